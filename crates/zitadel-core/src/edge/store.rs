//! `Store`: what must be remembered outside the cookie.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{BoxFuture, Clock};
use crate::time::Timestamp;

/// Expiring keys. Everything that must be remembered outside the cookie goes through these five verbs.
///
/// Sessions live in sealed cookies; a store holds only what a cookie cannot know: that a session ended,
/// who is refreshing, and what a refresh led to. Replicas of one application share a store; one replica needs
/// only the [`InProcessStore`].
///
/// Each verb must give up after a bounded time, well below ten seconds, and `put_new` and `swap` must be one step for
/// all replicas: two that both get `true` would both spend a refresh token that works once.
///
/// # Security
///
/// Reading it gives nobody a session: keys are hashes, and what a refresh led to is sealed for this purpose alone.
/// Whoever can *write* to it can undo a sign-out.
pub trait Store: Send + Sync + 'static {
    /// The value, if it is there and has not expired.
    fn get(&self, key: &Key) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;
    /// Sets the value, whatever was there.
    fn put(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Only if absent; says whether it was.
    fn put_new(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// Only if the value is still `seen`; says whether it was.
    fn swap(&self, key: &Key, seen: &[u8], value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// Forgets the key, if it is there.
    fn remove(&self, key: &Key) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// The store could not be asked, or is full.
#[derive(Debug, thiserror::Error)]
#[error("the store cannot be asked")]
pub struct StoreError(#[source] Option<Box<dyn std::error::Error + Send + Sync>>);

impl StoreError {
    /// With the reason, for the log. It must not contain keys, values or credentials.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(Some(reason.into()))
    }
}

/// A key: a kind in clear and a SHA-256 of the rest, so that a store's contents and logs hold no token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    pub(crate) fn hashed(kind: &'static str, secret: &[u8]) -> Self {
        let digest = Sha256::digest(secret);
        Self(format!("{kind}/{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(digest)))
    }

    /// The key as text: lower-case words, `/`, and base64url. At most 80 bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// At most this many live entries (about 300 bytes each without values). Only sign-outs and refreshes write,
/// never anonymous requests; beyond it `put` fails rather than forget that a session ended.
const MOST: usize = 1_000_000;

/// The default store: this process's memory, for at most a million entries; beyond that sign-outs and refreshes fail
/// until some expire. It forgets everything on restart: ended sessions of before count as live again until
/// they expire, so an application that restarts often and must not bear that uses a shared store.
pub struct InProcessStore {
    clock: Arc<dyn Clock>,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    map: HashMap<Key, Entry>,
    /// Expired entries are swept when the map has grown to this.
    sweep_at: usize,
}

struct Entry {
    value: Vec<u8>,
    expires: Timestamp,
}

impl InProcessStore {
    /// An empty store on this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    async fn write(
        &self,
        key: Key,
        value: Vec<u8>,
        ttl: Duration,
        may: impl FnOnce(Option<&[u8]>) -> bool + Send,
    ) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let mut entries = self.entries.lock().await;
        let Entries { map, sweep_at } = &mut *entries;
        let seen = map.get(&key).filter(|entry| now < entry.expires).map(|entry| entry.value.as_slice());
        if !may(seen) {
            return Ok(false);
        }
        if map.len() >= *sweep_at {
            map.retain(|_, entry| now < entry.expires);
            // Never beyond what fits: a full map must still be swept.
            *sweep_at = (map.len() * 2).clamp(1024, MOST);
        }
        if map.len() >= MOST && !map.contains_key(&key) {
            return Err(StoreError::new("the in-process store is full"));
        }
        map.insert(key, Entry { value, expires: now.plus(ttl) });
        Ok(true)
    }
}

impl Store for InProcessStore {
    fn get(&self, key: &Key) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            let now = self.clock.now();
            let entries = self.entries.lock().await;
            Ok(entries.map.get(&key).filter(|entry| now < entry.expires).map(|entry| entry.value.clone()))
        })
    }

    fn put(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.write(key, value, ttl, |_| true).await.map(drop) })
    }

    fn put_new(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.write(key, value, ttl, |seen| seen.is_none()).await })
    }

    fn swap(&self, key: &Key, seen: &[u8], value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        let (key, expected) = (key.clone(), seen.to_vec());
        Box::pin(async move { self.write(key, value, ttl, |seen| seen == Some(expected.as_slice())).await })
    }

    fn remove(&self, key: &Key) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            self.entries.lock().await.map.remove(&key);
            Ok(())
        })
    }
}

impl fmt::Debug for InProcessStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProcessStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Default)]
    struct Moved(AtomicU64);

    impl Clock for Moved {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix(self.0.load(Ordering::Relaxed))
        }
    }

    const MINUTE: Duration = Duration::from_secs(60);

    fn key(name: &str) -> Key {
        Key::hashed("test", name.as_bytes())
    }

    #[tokio::test]
    async fn a_value_is_there_until_its_time_is_over() {
        let clock = Arc::new(Moved::default());
        let store = InProcessStore::new(clock.clone());
        store.put(&key("a"), b"1".to_vec(), MINUTE).await.unwrap();
        assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
        clock.0.store(59, Ordering::Relaxed);
        assert!(store.get(&key("a")).await.unwrap().is_some());
        clock.0.store(60, Ordering::Relaxed);
        assert_eq!(store.get(&key("a")).await.unwrap(), None);
    }

    #[tokio::test]
    async fn only_the_first_takes_a_turn_until_it_is_given_back_or_runs_out() {
        let clock = Arc::new(Moved::default());
        let store = InProcessStore::new(clock.clone());
        assert!(store.put_new(&key("turn"), b"a".to_vec(), MINUTE).await.unwrap());
        assert!(!store.put_new(&key("turn"), b"b".to_vec(), MINUTE).await.unwrap());
        store.remove(&key("turn")).await.unwrap();
        assert!(store.put_new(&key("turn"), b"b".to_vec(), MINUTE).await.unwrap());
        clock.0.store(61, Ordering::Relaxed);
        assert!(store.put_new(&key("turn"), b"c".to_vec(), MINUTE).await.unwrap());
    }

    #[tokio::test]
    async fn a_swap_happens_only_if_nobody_was_faster() {
        let store = InProcessStore::new(Arc::new(Moved::default()));
        assert!(!store.swap(&key("a"), b"1", b"2".to_vec(), MINUTE).await.unwrap());
        store.put(&key("a"), b"1".to_vec(), MINUTE).await.unwrap();
        assert!(store.swap(&key("a"), b"1", b"2".to_vec(), MINUTE).await.unwrap());
        assert!(!store.swap(&key("a"), b"1", b"3".to_vec(), MINUTE).await.unwrap());
        assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"2".to_vec()));
    }

    #[tokio::test]
    async fn expired_entries_do_not_pile_up() {
        let clock = Arc::new(Moved::default());
        let store = InProcessStore::new(clock.clone());
        for round in 0..10_000_u64 {
            clock.0.store(round, Ordering::Relaxed);
            store.put(&key(&round.to_string()), Vec::new(), MINUTE).await.unwrap();
        }
        assert!(store.entries.lock().await.map.len() <= 1024);
    }

    #[tokio::test]
    async fn a_store_full_of_what_expired_takes_new_entries() {
        let clock = Arc::new(Moved::default());
        let store = InProcessStore::new(clock.clone());
        for number in 0..MOST {
            store.put(&key(&number.to_string()), Vec::new(), MINUTE).await.unwrap();
        }
        assert!(store.put(&key("one too many"), Vec::new(), MINUTE).await.is_err(), "rather than forget an end");
        clock.0.store(1_000_000, Ordering::Relaxed);
        assert!(store.put(&key("new"), Vec::new(), MINUTE).await.is_ok());
    }

    #[test]
    fn a_key_shows_nothing_of_the_token_behind_it() {
        let key = Key::hashed("successor", b"very secret refresh token");
        assert!(key.as_str().starts_with("successor/"));
        assert!(!key.as_str().contains("secret") && key.as_str().len() <= 80);
    }
}
