//! `ObservedStore`: a store that counts round trips, remembers what was written, and fails when it is told to.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Semaphore;
use zitadel_core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey};

type Written = Vec<(StoreKey, Vec<u8>)>;

pub(crate) struct ObservedStore {
    inner: Arc<MemoryStore>,
    is_down: AtomicBool,
    /// Writes to keys that begin like this fail.
    read_only: Mutex<&'static str>,
    calls: AtomicU64,
    written: Mutex<Written>,
    /// The next `compare_and_swap` of a key that begins like this is held.
    hold: Mutex<Option<&'static str>>,
    held: Semaphore,
    release: Semaphore,
}

impl ObservedStore {
    pub(crate) fn new(inner: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            is_down: AtomicBool::new(false),
            read_only: Mutex::new("-"),
            calls: AtomicU64::new(0),
            written: Mutex::default(),
            hold: Mutex::default(),
            held: Semaphore::new(0),
            release: Semaphore::new(0),
        })
    }

    /// Holds the next `compare_and_swap` of a key that begins like this, until [`release`](Self::release).
    pub(crate) fn hold_swap(&self, prefix: &'static str) {
        *self.hold.lock().unwrap() = Some(prefix);
    }

    /// Waits until a call is held.
    pub(crate) async fn wait_until_held(&self) {
        self.held.acquire().await.unwrap().forget();
    }

    /// Lets the call go on that is held.
    pub(crate) fn release(&self) {
        self.release.add_permits(1);
    }

    /// Every call fails from now on, or works again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// Writes to keys that begin like this fail from now on.
    pub(crate) fn set_read_only(&self, prefix: &'static str) {
        *self.read_only.lock().unwrap() = prefix;
    }

    /// How many round trips were made.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Every value that was written to keys that begin like this.
    pub(crate) fn written(&self, prefix: &str) -> Written {
        let written = self.written.lock().unwrap();
        written.iter().filter(|(key, _)| key.as_str().starts_with(prefix)).cloned().collect()
    }

    fn call<'a, T: Send + 'a>(
        &'a self,
        call: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.is_down.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::new("unplugged")) }),
            false => call,
        }
    }

    fn write<'a, T: Send + 'a>(
        &'a self,
        key: &StoreKey,
        value: &[u8],
        call: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        if key.as_str().starts_with(*self.read_only.lock().unwrap()) {
            return Box::pin(async { Err(StoreError::new("read-only")) });
        }
        self.written.lock().unwrap().push((key.clone(), value.to_vec()));
        self.call(call)
    }
}

impl Store for ObservedStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.call(self.inner.get(key))
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let (key, value_written) = (key.clone(), value.clone());
        let call = Box::pin({
            let key = key.clone();
            async move { self.inner.put(&key, value, ttl).await }
        });
        self.write(&key, &value_written, call)
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        let key = key.clone();
        let value_written = value.clone();
        let call = Box::pin({
            let key = key.clone();
            async move { self.inner.put_if_absent(&key, value, ttl).await }
        });
        self.write(&key, &value_written, call)
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        let (key, expected, value_written) = (key.clone(), expected.to_vec(), value.clone());
        let is_held = self.hold.lock().unwrap().take_if(|prefix| key.as_str().starts_with(*prefix)).is_some();
        let call = Box::pin({
            let key = key.clone();
            async move {
                if is_held {
                    self.held.add_permits(1);
                    self.release.acquire().await.unwrap().forget();
                }
                self.inner.compare_and_swap(&key, &expected, value, ttl).await
            }
        });
        self.write(&key, &value_written, call)
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        self.call(Box::pin(async move { self.inner.remove(&key).await }))
    }
    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        self.call(self.inner.get_many(keys))
    }
}
