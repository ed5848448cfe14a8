//! The entries of a [`MemoryStore`](super::MemoryStore): which are there, and for which there is room.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use crate::{environment::StoreKey, time::Timestamp};

/// Entries of at most this lifetime are brief: leases, and what a refresh or a callback led to. The others are revocations.
pub(super) const BRIEF: Duration = Duration::from_secs(300);
/// Most entries of each class that have expired and are forgotten by one write: more than it adds, and few enough to take
/// microseconds.
const FORGOTTEN_PER_WRITE: usize = 4;
/// One subject takes at most this part of the room of a class: thousands of sessions, for load tests and monitoring.
const SUBJECT_SHARE: usize = 16;
/// What a subject may have in any case.
const MIN_PER_SUBJECT: usize = 16;

/// Both times at once.
#[derive(Clone, Copy)]
pub(super) struct Now {
    /// The time of the clock, which may be wrong and corrected.
    pub(super) wall: Timestamp,
    /// Time that only grows.
    pub(super) monotonic: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Expires by monotonic time: a clock that was set back must not prolong a lease.
    Brief,
    /// Expires by the clock, as the session does that it is about, and is not forgotten before its time has really passed:
    /// neither a clock that was set back nor one that jumped ahead for a while revives a session.
    Lasting,
}

impl Class {
    pub(super) fn of(ttl: Duration) -> Self {
        if ttl <= BRIEF { Self::Brief } else { Self::Lasting }
    }
}

pub(super) struct Entry {
    value: Vec<u8>,
    class: Class,
    subject: Option<u64>,
    expires_at: Timestamp,
    /// When it may be forgotten, and a number that makes that unique.
    forget: (Duration, u64),
}

/// The entries of one class, the next to be forgotten first.
type ByAge = BTreeMap<(Duration, u64), StoreKey>;

/// Room is separate for both classes, and limited for one subject.
pub(super) struct Entries {
    capacity: usize,
    map: HashMap<StoreKey, Entry>,
    brief: ByAge,
    lasting: ByAge,
    by_subject: HashMap<(Class, u64), usize>,
    written: u64,
}

/// Why there is no room.
pub(super) enum Full {
    Store,
    Subject,
}

impl Entries {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            map: HashMap::new(),
            brief: ByAge::new(),
            lasting: ByAge::new(),
            by_subject: HashMap::new(),
            written: 0,
        }
    }

    pub(super) fn get(&self, key: &StoreKey, now: Now) -> Option<&[u8]> {
        self.map.get(key).filter(|entry| entry.is_alive(now)).map(|entry| entry.value.as_slice())
    }

    /// Writes, if there is room.
    pub(super) fn insert(&mut self, key: &StoreKey, value: Vec<u8>, ttl: Duration, now: Now) -> Result<(), Full> {
        self.forget_expired(Class::Brief, now);
        self.forget_expired(Class::Lasting, now);
        let (class, subject) = (Class::of(ttl), key.subject());
        self.check_room(key, class, subject)?;
        self.remove(key);
        self.written += 1;
        let forget = (now.monotonic.saturating_add(ttl), self.written);
        let expires_at = now.wall.saturating_add(ttl);
        self.by_age(class).insert(forget, key.clone());
        if let Some(subject) = subject {
            *self.by_subject.entry((class, subject)).or_default() += 1;
        }
        self.map.insert(key.clone(), Entry { value, class, subject, expires_at, forget });
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &StoreKey) {
        let Some(entry) = self.map.remove(key) else { return };
        self.by_age(entry.class).remove(&entry.forget);
        if let Some(subject) = entry.subject
            && let Some(count) = self.by_subject.get_mut(&(entry.class, subject))
        {
            *count -= 1;
            if *count == 0 {
                self.by_subject.remove(&(entry.class, subject));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    fn check_room(&self, key: &StoreKey, class: Class, subject: Option<u64>) -> Result<(), Full> {
        let replaced = self.map.get(key).filter(|entry| entry.class == class);
        if replaced.is_none() && self.count(class) >= self.room(class) {
            return Err(Full::Store);
        }
        let Some(subject) = subject.filter(|_| replaced.is_none()) else { return Ok(()) };
        let held = self.by_subject.get(&(class, subject)).copied().unwrap_or_default();
        if held >= (self.room(class) / SUBJECT_SHARE).max(MIN_PER_SUBJECT) { Err(Full::Subject) } else { Ok(()) }
    }

    fn count(&self, class: Class) -> usize {
        match class {
            Class::Brief => self.brief.len(),
            Class::Lasting => self.lasting.len(),
        }
    }

    const fn by_age(&mut self, class: Class) -> &mut ByAge {
        match class {
            Class::Brief => &mut self.brief,
            Class::Lasting => &mut self.lasting,
        }
    }

    /// An eighth is reserved for brief entries: refreshes go on when revocations fill their part, and the reverse.
    pub(super) const fn room(&self, class: Class) -> usize {
        let reserve = self.capacity.div_ceil(8);
        match class {
            Class::Brief => reserve,
            Class::Lasting => self.capacity - reserve,
        }
    }

    /// Forgets a few of the oldest entries, so that every write takes the same time, however many expired at once.
    fn forget_expired(&mut self, class: Class, now: Now) {
        for _ in 0..FORGOTTEN_PER_WRITE {
            let Some((&forget, key)) = self.by_age(class).first_key_value() else { return };
            if now.monotonic < forget.0 {
                return;
            }
            let key = key.clone();
            match self.map.get_mut(&key) {
                // The clock was set back since: it is still needed.
                Some(entry) if entry.is_alive(now) => {
                    let rest = entry.expires_at.duration_since(now.wall).max(Duration::from_secs(1));
                    entry.forget = (now.monotonic.saturating_add(rest), forget.1);
                    let later = entry.forget;
                    let by_age = self.by_age(class);
                    by_age.remove(&forget);
                    by_age.insert(later, key);
                }
                _ => self.remove(&key),
            }
        }
    }
}

impl Entry {
    fn is_alive(&self, now: Now) -> bool {
        match self.class {
            Class::Brief => now.monotonic < self.forget.0,
            Class::Lasting => now.wall < self.expires_at,
        }
    }
}
