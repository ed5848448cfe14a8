//! `LateResults`: results of refreshes that the store did not take. They are written as soon as it takes them: until then another
//! replica, asked with the cookie from before, would spend the refresh token once more and end a session that goes on.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::refresh_outcome::SUCCESSOR_LIFETIME;
use crate::{
    environment::{Clock, Store, StoreKey},
    telemetry,
    time::Timestamp,
};

/// Between two attempts. Short: requests with the old cookie come as soon as the store answers.
const PAUSE: Duration = Duration::from_millis(250);
/// How many results wait for the store at a time, each of some 2 KB.
const MAX_WAITING: usize = 10_000;

pub(super) struct LateResults {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<HashMap<StoreKey, Late>>,
    is_writing: AtomicBool,
}

#[derive(Clone)]
struct Late {
    value: Arc<[u8]>,
    /// Then no request has the old cookie any more.
    until: Timestamp,
}

impl LateResults {
    pub(super) fn new(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            waiting: Mutex::default(),
            is_writing: AtomicBool::new(false),
        })
    }

    /// Writes a result later, instead of an earlier one of the same refresh. Needs a Tokio runtime.
    pub(super) fn add(self: &Arc<Self>, key: &StoreKey, value: &[u8]) {
        let until = self.clock.now().saturating_add(SUCCESSOR_LIFETIME);
        let mut waiting = self.lock();
        if waiting.len() < MAX_WAITING || waiting.contains_key(key) {
            waiting.insert(key.clone(), Late { value: value.into(), until });
        }
        // While the lock is held: a task that ends has seen that nothing is left.
        if !self.is_writing.swap(true, Ordering::AcqRel) {
            let mut writing = Writing { results: Arc::downgrade(self), is_done: false };
            tokio::spawn(async move { writing.write_all().await });
        }
    }

    /// The result that waits: this process need not ask the store for it.
    pub(super) fn get(&self, key: &StoreKey) -> Option<Vec<u8>> {
        self.lock().get(key).map(|late| late.value.to_vec())
    }

    /// The store has a later result of the same refresh.
    pub(super) fn forget(&self, key: &StoreKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StoreKey, Late>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether none is left.
    async fn try_to_write(&self) -> bool {
        let now = self.clock.now();
        self.lock().retain(|_, late| late.until > now);
        let all: Vec<_> = self.lock().iter().map(|(key, late)| (key.clone(), late.clone())).collect();
        for (key, late) in all {
            if self.store.put(&key, late.value.to_vec(), SUCCESSOR_LIFETIME).await.is_err() {
                return false;
            }
            telemetry::refresh_result_published_late();
            let mut waiting = self.lock();
            // Unless a later one came meanwhile.
            if waiting.get(&key).is_some_and(|waiting| Arc::ptr_eq(&waiting.value, &late.value)) {
                waiting.remove(&key);
            }
        }
        let waiting = self.lock();
        if waiting.is_empty() {
            self.is_writing.store(false, Ordering::Release);
        }
        waiting.is_empty()
    }
}

/// The task that writes; another one starts after it, also if its runtime ended (an actix-web worker that stops).
struct Writing {
    results: Weak<LateResults>,
    is_done: bool,
}

impl Writing {
    async fn write_all(&mut self) {
        while !self.is_done {
            tokio::time::sleep(PAUSE).await;
            let Some(results) = self.results.upgrade() else { return };
            self.is_done = results.try_to_write().await;
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(results) = self.results.upgrade().filter(|_| !self.is_done) {
            results.is_writing.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for LateResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateResults").field("waiting", &self.lock().len()).finish_non_exhaustive()
    }
}
