//! `MemoryStore`: the default store, for one process.

mod entries;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use self::entries::{Entries, Full, Now};
use super::{BoxFuture, Clock, Store, StoreError, StoreKey};

/// The default [`Store`]: this process's memory, for at most a million entries.
///
/// An entry takes about 400 bytes and its value. Only logouts, callbacks and refreshes write; with
/// [`SessionMode::Stored`](crate::SessionMode::Stored) sessions, too, of some 2 KB each. A full
/// store refuses new entries until others expire: it never forgets that a session was revoked to make room. An eighth is
/// reserved for entries that live at most five minutes, so that sessions are refreshed while revocations fill the rest; and
/// one user takes at most a 16th of each part, as do all logins in progress together. A write takes microseconds however full it is (6 to 21 without optimization:
/// `cargo test -p zitadel-core --lib -- --ignored full_store --nocapture`).
///
/// A clock that jumps ahead and comes back revives no revoked session: entries are forgotten by
/// [monotonic](Clock::monotonic) time.
///
/// A restart empties it: stored sessions are over, and a session in a cookie that was revoked before counts as active again
/// until it expires. An application that cannot accept that needs a shared store.
pub struct MemoryStore {
    clock: Box<dyn Clock>,
    entries: Mutex<Entries>,
}

/// Default number of entries.
const CAPACITY: usize = 1_000_000;

impl MemoryStore {
    /// An empty store on this clock, for a million entries.
    #[must_use]
    pub fn new(clock: impl Clock) -> Self {
        Self::with_capacity(clock, CAPACITY)
    }

    /// An empty store for at most `capacity` entries.
    #[must_use]
    pub fn with_capacity(clock: impl Clock, capacity: usize) -> Self {
        Self { clock: Box::new(clock), entries: Mutex::new(Entries::new(capacity)) }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now { wall: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    fn read(&self, key: &StoreKey) -> Option<Vec<u8>> {
        let now = self.now();
        self.lock().get(key, now).map(<[u8]>::to_vec)
    }

    /// Writes if `condition` holds for the value that is there; returns whether it did.
    fn write_if(
        &self,
        key: &StoreKey,
        value: Vec<u8>,
        ttl: Duration,
        condition: impl FnOnce(Option<&[u8]>) -> bool,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let mut entries = self.lock();
        if !condition(entries.get(key, now)) {
            return Ok(false);
        }
        match entries.insert(key, value, ttl, now) {
            Ok(()) => Ok(true),
            Err(Full::Store) => Err(StoreError::new("the in-memory store is full")),
            Err(Full::Subject) => Err(StoreError::new("one user has too many entries in the in-memory store")),
        }
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
        self.lock().remove(key);
        ready(Ok(()))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
