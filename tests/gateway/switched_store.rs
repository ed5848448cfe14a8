//! `SwitchedStore`: a store that can be switched off.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use behaviours::MovedClock;
use zitadel_axum::core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey};

/// Clones are the same store.
#[derive(Clone)]
pub(crate) struct SwitchedStore {
    store: Arc<MemoryStore>,
    is_off: Arc<AtomicBool>,
}

impl SwitchedStore {
    pub(crate) fn new(clock: MovedClock) -> Self {
        Self { store: Arc::new(MemoryStore::new(clock)), is_off: Arc::default() }
    }

    /// From now on every call fails, or none.
    pub(crate) fn switch(&self, is_on: bool) {
        self.is_off.store(!is_on, Ordering::Relaxed);
    }

    fn answer<'s, T: 'static>(
        &'s self,
        call: BoxFuture<'s, Result<T, StoreError>>,
    ) -> BoxFuture<'s, Result<T, StoreError>> {
        match self.is_off.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::new("switched off")) }),
            false => call,
        }
    }
}

impl Store for SwitchedStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.answer(self.store.get(key))
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.answer(self.store.put(key, value, ttl))
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.answer(self.store.put_if_absent(key, value, ttl))
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.answer(self.store.compare_and_swap(key, expected, value, ttl))
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.answer(self.store.remove(key))
    }
}
