//! The entries within a transaction: which are there, and for which there is room.

use std::time::Duration;

use redb::{ReadableTable as _, StorageError, Table, WriteTransaction};

use crate::{
    database::{COUNTS, ENTRIES, EXPIRIES, LATEST, META, Row},
    lifetime::{Class, Lifetime, Millis},
};

/// Most expired entries that one write removes: more than it adds, and few enough to take microseconds.
const REMOVED_PER_WRITE: usize = 8;
/// One user takes at most this part of the room of a class: thousands of sessions, for load tests and monitoring.
const SUBJECT_SHARE: u64 = 16;
/// What a user may have in any case.
const MIN_PER_SUBJECT: u64 = 16;
/// Where the count of all users is.
const ALL: u64 = 0;
/// How exactly the latest time is noted.
const LATEST_EXACTNESS: Millis = 60_000;

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    Store,
    Subject,
}

/// When a write happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// The clock's time, by which entries are alive.
    pub(crate) clock: Millis,
    /// The time up to which entries may be removed.
    pub(crate) removal: Millis,
}

/// The tables of one write transaction.
pub(crate) struct Entries<'t> {
    entries: Table<'t, &'static str, Row>,
    expiries: Table<'t, (Millis, &'static str), ()>,
    counts: Table<'t, (u8, u64), u64>,
    meta: Table<'t, &'static str, u64>,
    capacity: u64,
    now: Now,
    has_changed: bool,
}

/// The value of a row, if it is alive.
pub(crate) fn value_of((expires_at, length, _, value): (Millis, Millis, u64, &[u8]), now: Millis) -> Option<Vec<u8>> {
    Lifetime { expires_at, length }.is_alive(now).then(|| value.to_vec())
}

impl<'t> Entries<'t> {
    pub(crate) fn open(transaction: &'t WriteTransaction, capacity: u64, now: Now) -> Result<Self, redb::Error> {
        Ok(Self {
            entries: transaction.open_table(ENTRIES)?,
            expiries: transaction.open_table(EXPIRIES)?,
            counts: transaction.open_table(COUNTS)?,
            meta: transaction.open_table(META)?,
            capacity,
            now,
            has_changed: false,
        })
    }

    /// Whether there is anything to commit.
    pub(crate) const fn has_changed(&self) -> bool {
        self.has_changed
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.entries.get(key)?.and_then(|row| value_of(row.value(), self.now.clock)))
    }

    /// Writes, if there is room.
    pub(crate) fn insert(
        &mut self,
        key: &str,
        subject: Option<u64>,
        value: &[u8],
        length: Duration,
    ) -> Result<Result<(), Full>, StorageError> {
        self.remove_expired()?;
        let lifetime = Lifetime::from_now(self.now.clock, length);
        // Zero stands for nobody; no hash of a user is likely to be zero.
        let subject = subject.unwrap_or(ALL);
        if let Err(full) = self.check_room(key, lifetime.class(), subject)? {
            return Ok(Err(full));
        }
        self.remove(key)?;
        self.entries.insert(key, (lifetime.expires_at, lifetime.length, subject, value))?;
        self.expiries.insert((lifetime.expires_at, key), ())?;
        self.count(lifetime.class(), subject, 1)?;
        self.has_changed = true;
        Ok(Ok(()))
    }

    pub(crate) fn remove(&mut self, key: &str) -> Result<(), StorageError> {
        let Some((lifetime, subject)) = self.entries.remove(key)?.map(|row| lifetime_of(row.value())) else {
            return Ok(());
        };
        self.expiries.remove((lifetime.expires_at, key))?;
        self.count(lifetime.class(), subject, -1)?;
        self.has_changed = true;
        Ok(())
    }

    /// Notes the time, if anything is committed with it.
    pub(crate) fn note_time(&mut self) -> Result<(), StorageError> {
        let noted = self.meta.get(LATEST)?.map(|noted| noted.value());
        if noted.is_none_or(|noted| noted.abs_diff(self.now.removal) >= LATEST_EXACTNESS) {
            self.meta.insert(LATEST, self.now.removal)?;
        }
        Ok(())
    }

    fn remove_expired(&mut self) -> Result<(), StorageError> {
        let mut keys = Vec::new();
        for expired in self.expiries.range(..(self.now.removal.saturating_add(1), ""))?.take(REMOVED_PER_WRITE) {
            keys.push(expired?.0.value().1.to_owned());
        }
        keys.iter().try_for_each(|key| self.remove(key))
    }

    fn check_room(&self, key: &str, class: Class, subject: u64) -> Result<Result<(), Full>, StorageError> {
        let replaced = self.entries.get(key)?.map(|row| lifetime_of(row.value()));
        if replaced.is_some_and(|(lifetime, _)| lifetime.class() == class) {
            return Ok(Ok(()));
        }
        if self.counted(class, ALL)? >= self.room(class) {
            return Ok(Err(Full::Store));
        }
        let most = (self.room(class) / SUBJECT_SHARE).max(MIN_PER_SUBJECT);
        let is_full = subject != ALL && self.counted(class, subject)? >= most;
        Ok(if is_full { Err(Full::Subject) } else { Ok(()) })
    }

    /// An eighth is reserved for brief entries: refreshes go on when revocations fill their part, and the reverse.
    const fn room(&self, class: Class) -> u64 {
        let reserve = self.capacity.div_ceil(8);
        match class {
            Class::Brief => reserve,
            Class::Lasting => self.capacity - reserve,
        }
    }

    fn counted(&self, class: Class, subject: u64) -> Result<u64, StorageError> {
        Ok(self.counts.get((class as u8, subject))?.map_or(0, |count| count.value()))
    }

    fn count(&mut self, class: Class, subject: u64, change: i64) -> Result<(), StorageError> {
        self.add(class, ALL, change)?;
        if subject == ALL { Ok(()) } else { self.add(class, subject, change) }
    }

    fn add(&mut self, class: Class, subject: u64, change: i64) -> Result<(), StorageError> {
        match self.counted(class, subject)?.saturating_add_signed(change) {
            0 => drop(self.counts.remove((class as u8, subject))?),
            count => drop(self.counts.insert((class as u8, subject), count)?),
        }
        Ok(())
    }
}

fn lifetime_of((expires_at, length, subject, _): (Millis, Millis, u64, &[u8])) -> (Lifetime, u64) {
    (Lifetime { expires_at, length }, subject)
}
