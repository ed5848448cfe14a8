//! `MemoryStore`: the default store, for one process.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{BoxFuture, Clock, Store, StoreError, StoreKey};
use crate::time::Timestamp;

/// The default [`Store`]: this process's memory, for at most a million entries.
///
/// An entry takes about 300 bytes and its value. Only logouts and refreshes write, never anonymous requests. When it is
/// full, both fail until entries expire: it never forgets that a session was revoked to make room.
///
/// A restart empties it: a session that was revoked before counts as active again until it expires. An application that
/// cannot accept that needs a shared store.
pub struct MemoryStore {
    clock: Box<dyn Clock>,
    capacity: usize,
    entries: Mutex<Entries>,
}

/// Default number of entries.
const CAPACITY: usize = 1_000_000;
/// The map is not swept before it has this many entries.
const MIN_SWEEP: usize = 1024;

#[derive(Default)]
struct Entries {
    map: HashMap<StoreKey, Entry>,
    /// Expired entries are removed when the map has grown to this size.
    sweep_at: usize,
}

struct Entry {
    value: Vec<u8>,
    expires_at: Timestamp,
}

impl MemoryStore {
    /// An empty store on this clock, for a million entries.
    #[must_use]
    pub fn new(clock: impl Clock) -> Self {
        Self::with_capacity(clock, CAPACITY)
    }

    /// An empty store for at most `capacity` entries.
    #[must_use]
    pub fn with_capacity(clock: impl Clock, capacity: usize) -> Self {
        Self { clock: Box::new(clock), capacity, entries: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &StoreKey) -> Option<Vec<u8>> {
        let now = self.clock.now();
        self.lock().map.get(key).filter(|entry| now < entry.expires_at).map(|entry| entry.value.clone())
    }

    /// Writes if `condition` holds for the value that is there; returns whether it did.
    fn write_if(
        &self,
        key: &StoreKey,
        value: Vec<u8>,
        ttl: Duration,
        condition: impl FnOnce(Option<&[u8]>) -> bool,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut entries = self.lock();
        let Entries { map, sweep_at } = &mut *entries;
        let current = map.get(key).filter(|entry| now < entry.expires_at).map(|entry| entry.value.as_slice());
        if !condition(current) {
            return Ok(false);
        }
        if map.len() >= *sweep_at {
            map.retain(|_, entry| now < entry.expires_at);
            // Never beyond the capacity: a full map must still be swept.
            *sweep_at = map.len().saturating_mul(2).max(MIN_SWEEP).min(self.capacity);
        }
        if map.len() >= self.capacity && !map.contains_key(key) {
            return Err(StoreError::new("the in-memory store is full"));
        }
        map.insert(key.clone(), Entry { value, expires_at: now.saturating_add(ttl) });
        Ok(true)
    }
}

/// The result of work that is already done: the memory store never waits.
fn ready<T: Send + 'static>(result: T) -> BoxFuture<'static, T> {
    Box::pin(std::future::ready(result))
}

impl Store for MemoryStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        ready(Ok(self.read(key)))
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        ready(self.write_if(key, value, ttl, |_| true).map(drop))
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        ready(self.write_if(key, value, ttl, |current| current.is_none()))
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        ready(self.write_if(key, value, ttl, |current| current == Some(expected)))
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.lock().map.remove(key);
        ready(Ok(()))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use super::*;
    use crate::environment::store_suite;

    #[derive(Default)]
    struct TestClock(AtomicU64);

    impl Clock for TestClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix(self.0.load(Ordering::Relaxed))
        }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    fn key(name: &str) -> StoreKey {
        StoreKey::hashed("test", name.as_bytes())
    }

    #[tokio::test]
    async fn the_memory_store_passes_the_suite() {
        let clock = Arc::new(TestClock::default());
        let store = MemoryStore::new(Arc::clone(&clock));
        let wait = async |pause: Duration| {
            clock.0.fetch_add(pause.as_secs(), Ordering::Relaxed);
        };
        store_suite::run(&store, wait).await;
    }

    #[tokio::test]
    async fn expired_entries_do_not_accumulate() {
        let clock = Arc::new(TestClock::default());
        let store = MemoryStore::new(Arc::clone(&clock));
        for round in 0..10_000_u64 {
            clock.0.store(round, Ordering::Relaxed);
            store.put(&key(&round.to_string()), Vec::new(), MINUTE).await.unwrap();
        }
        assert!(store.lock().map.len() <= MIN_SWEEP);
    }

    #[tokio::test]
    async fn a_full_store_refuses_new_keys_until_old_ones_expire() {
        let clock = Arc::new(TestClock::default());
        let store = MemoryStore::with_capacity(Arc::clone(&clock), 100);
        for number in 0..100 {
            store.put(&key(&number.to_string()), Vec::new(), MINUTE).await.unwrap();
        }
        assert!(store.put(&key("new"), Vec::new(), MINUTE).await.is_err(), "no revocation is dropped to make room");
        assert!(store.put(&key("7"), b"changed".to_vec(), MINUTE).await.is_ok(), "a known key takes no room");
        clock.0.store(60, Ordering::Relaxed);
        assert!(store.put(&key("new"), Vec::new(), MINUTE).await.is_ok());
    }
}
