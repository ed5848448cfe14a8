//! `IdleCache`: a map that is bounded by the size of what it holds, and drops what is not asked for.

use std::{
    fmt,
    hash::Hash,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use quick_cache::{
    Equivalent, Weighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::{environment::Clock, time::Timestamp};

/// A value that is not asked for this long is dropped: at the latest when one is added after that.
pub(super) const IDLE: Duration = Duration::from_secs(600);
/// The usual size of a value, in bytes: it decides how many slots are prepared, not how many values fit.
const USUAL: u64 = 4 * 1024;

/// A map for values that are read much more often than they are added: reading one takes a lock that readers share.
pub(super) struct IdleCache<K, V> {
    entries: Cache<K, Arc<Entry<V>>, Size, foldhash::quality::RandomState>,
    clock: Arc<dyn Clock>,
    /// When idle values were dropped, in seconds.
    swept_at: AtomicU64,
}

/// A value, when it was asked for last, and its size in bytes.
pub(super) struct Entry<V> {
    value: V,
    used_at: AtomicU64,
    size: u64,
}

#[derive(Clone)]
struct Size;

impl<K, V> Weighter<K, Arc<Entry<V>>> for Size {
    fn weight(&self, _: &K, entry: &Arc<Entry<V>>) -> u64 {
        entry.size
    }
}

impl<K: Eq + Hash, V> IdleCache<K, V> {
    /// Of at most this many bytes.
    pub(super) fn new(max_bytes: u64, clock: &Arc<dyn Clock>) -> Self {
        let slots = usize::try_from(max_bytes / USUAL).unwrap_or(usize::MAX);
        let hasher = foldhash::quality::RandomState::default();
        Self {
            entries: Cache::with(slots, max_bytes, Size, hasher, DefaultLifecycle::default()),
            clock: Arc::clone(clock),
            swept_at: AtomicU64::new(clock.now().as_unix()),
        }
    }

    pub(super) fn get<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q, now: Timestamp) -> Option<Arc<Entry<V>>> {
        let entry = self.entries.get(key)?;
        if entry.is_idle(now) {
            self.entries.remove(key);
            return None;
        }
        if entry.used_at.load(Ordering::Relaxed) != now.as_unix() {
            entry.used_at.store(now.as_unix(), Ordering::Relaxed);
        }
        Some(entry)
    }

    /// The same, without asking for it: it becomes no younger.
    #[cfg(feature = "login")]
    pub(super) fn peek<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<Arc<Entry<V>>> {
        self.entries.peek(key)
    }

    /// Adds a value instead of the one with this key, if there is one. `size`: of both, in bytes.
    pub(super) fn insert(&self, key: K, value: V, size: usize) -> Arc<Entry<V>> {
        let now = self.clock.now();
        self.sweep(now);
        // What weighs nothing would never be dropped.
        let size = u64::try_from(size).unwrap_or(u64::MAX).max(1);
        let entry = Arc::new(Entry { value, used_at: AtomicU64::new(now.as_unix()), size });
        self.entries.insert(key, Arc::clone(&entry));
        entry
    }

    #[cfg(feature = "login")]
    pub(super) fn remove<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) {
        self.entries.remove(key);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Drops idle values, if that was not done for as long as they may be idle.
    fn sweep(&self, now: Timestamp) {
        let swept_at = self.swept_at.load(Ordering::Relaxed);
        let is_due = now.duration_since(Timestamp::from_unix(swept_at)) >= IDLE || now.as_unix() < swept_at;
        let exchanged =
            || self.swept_at.compare_exchange(swept_at, now.as_unix(), Ordering::Relaxed, Ordering::Relaxed);
        if is_due && exchanged().is_ok() {
            self.entries.retain(|_, entry| !entry.is_idle(now));
        }
    }
}

impl<V> Entry<V> {
    fn is_idle(&self, now: Timestamp) -> bool {
        now.duration_since(Timestamp::from_unix(self.used_at.load(Ordering::Relaxed))) >= IDLE
    }
}

impl<V> Deref for Entry<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

impl<K: Eq + Hash, V> fmt::Debug for IdleCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither keys nor values: they are credentials.
        f.debug_struct("IdleCache").field("entries", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix(self.0.load(Ordering::Relaxed))
        }
    }

    fn cache(max_bytes: u64) -> (Arc<Hand>, IdleCache<u32, &'static str>) {
        let hand = Arc::new(Hand(AtomicU64::new(1_000_000)));
        let clock: Arc<dyn Clock> = hand.clone();
        (hand, IdleCache::new(max_bytes, &clock))
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_is_dropped() {
        let (hand, cache) = cache(1024 * 1024);
        cache.insert(1, "asked for", 100);
        cache.insert(2, "not asked for", 100);
        for _ in 0..3 {
            hand.0.fetch_add(IDLE.as_secs() - 1, Ordering::Relaxed);
            assert_eq!(cache.get(&1, hand.now()).map(|entry| **entry), Some("asked for"));
        }
        assert!(cache.get(&2, hand.now()).is_none());
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn idle_values_are_dropped_when_another_is_added() {
        let (hand, cache) = cache(1024 * 1024);
        (0..10).for_each(|key| drop(cache.insert(key, "value", 100)));
        hand.0.fetch_add(IDLE.as_secs(), Ordering::Relaxed);
        assert_eq!(cache.len(), 10);
        cache.insert(10, "value", 100);
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn looking_at_a_value_keeps_it_no_longer() {
        let (hand, cache) = cache(1024 * 1024);
        cache.insert(1, "value", 100);
        hand.0.fetch_add(IDLE.as_secs() - 1, Ordering::Relaxed);
        assert!(cache.peek(&1).is_some());
        hand.0.fetch_add(1, Ordering::Relaxed);
        assert!(cache.get(&1, hand.now()).is_none());
    }

    #[test]
    fn it_never_holds_more_than_its_bytes() {
        let (_, cache) = cache(1024 * 1024);
        for key in 0..10_000 {
            cache.insert(key, "value", 1024);
            assert!(cache.entries.weight() <= 1024 * 1024);
        }
        assert!(cache.len() > 500, "{}", cache.len());
        cache.insert(1, "larger than everything", 2 * 1024 * 1024);
        assert!(cache.entries.weight() <= 1024 * 1024);
    }

    #[test]
    fn a_clock_that_is_set_back_drops_nothing() {
        let (hand, cache) = cache(1024 * 1024);
        cache.insert(1, "value", 100);
        hand.0.fetch_sub(100_000, Ordering::Relaxed);
        assert!(cache.get(&1, hand.now()).is_some());
        cache.insert(2, "value", 100);
        assert_eq!(cache.len(), 2);
    }
}
