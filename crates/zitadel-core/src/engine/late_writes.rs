//! `LateWrites`: ends of sessions and results of refreshes that the store did not take. They are written as soon as it takes them.
//! Until then other replicas accept ended sessions, or spend a refresh token a second time and end a session that goes on.
//!
//! A restart of this process forgets them.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::{end::End, refresh_outcome::SUCCESSOR_LIFETIME};
use crate::{
    environment::{Clock, Store, StoreKey},
    telemetry,
    time::Timestamp,
};

/// Between two attempts. Short: requests with the old cookie come as soon as the store answers.
const PAUSE: Duration = Duration::from_millis(250);
/// How many writes wait for the store at a time, each of some 2 KB.
const MAX_WAITING: usize = 20_000;
/// How many may wait when a result is added: the rest is for ends, which are small and which nothing else can make up for.
const MAX_WAITING_FOR_RESULTS: usize = 10_000;
/// How many failures end an attempt: more than one, because a store may refuse one entry for its own sake.
const MAX_FAILURES: usize = 3;

pub(super) struct LateWrites {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<HashMap<StoreKey, Late>>,
    is_writing: AtomicBool,
}

#[derive(Clone)]
struct Late {
    entry: Entry,
    /// Then it is of no use any more.
    until: Timestamp,
    failures: usize,
}

#[derive(Clone, PartialEq)]
enum Entry {
    End(End),
    /// What a refresh led to, sealed.
    Result(Arc<[u8]>),
}

impl LateWrites {
    pub(super) fn new(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            clock: Arc::clone(clock),
            waiting: Mutex::default(),
            is_writing: AtomicBool::new(false),
        })
    }

    /// Writes an end later. Needs a Tokio runtime.
    pub(super) fn add_end(self: &Arc<Self>, key: &StoreKey, end: End) {
        let mut waiting = self.lock();
        let end = match waiting.get(key) {
            Some(Late { entry: Entry::End(other), .. }) => end.or_later(*other),
            None if waiting.len() >= MAX_WAITING => return telemetry::end_dropped(),
            _ => end,
        };
        self.add(&mut waiting, key, Entry::End(end), end.lifetime);
    }

    /// Writes a result later, instead of an earlier one of the same refresh. Needs a Tokio runtime.
    pub(super) fn add_result(self: &Arc<Self>, key: &StoreKey, value: &[u8]) {
        let mut waiting = self.lock();
        if waiting.len() < MAX_WAITING_FOR_RESULTS || waiting.contains_key(key) {
            self.add(&mut waiting, key, Entry::Result(value.into()), SUCCESSOR_LIFETIME);
        }
    }

    fn add(self: &Arc<Self>, waiting: &mut HashMap<StoreKey, Late>, key: &StoreKey, entry: Entry, lifetime: Duration) {
        let until = self.clock.now().saturating_add(lifetime);
        waiting.insert(key.clone(), Late { entry, until, failures: 0 });
        // While the lock is held: a task that ends has seen that nothing is left.
        if !self.is_writing.swap(true, Ordering::AcqRel) {
            let mut writing = Writing { writes: Arc::downgrade(self), is_done: false };
            tokio::spawn(async move { writing.write_all().await });
        }
    }

    /// The result that waits: this process need not ask the store for it.
    pub(super) fn result(&self, key: &StoreKey) -> Option<Vec<u8>> {
        match &self.lock().get(key)?.entry {
            Entry::Result(value) => Some(value.to_vec()),
            Entry::End(_) => None,
        }
    }

    /// The store has a later result of the same refresh.
    pub(super) fn forget_result(&self, key: &StoreKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<StoreKey, Late>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is left.
    async fn try_to_write(&self) -> bool {
        let mut failures = 0;
        for (key, entry) in self.next() {
            let is_written = match &entry {
                Entry::End(end) => end.write(&*self.store, &key).await,
                Entry::Result(value) => self.store.put(&key, value.to_vec(), SUCCESSOR_LIFETIME).await,
            }
            .is_ok();
            self.finish(&key, &entry, is_written);
            failures += usize::from(!is_written);
            if failures == MAX_FAILURES {
                return false;
            }
        }
        let waiting = self.lock();
        if waiting.is_empty() {
            self.is_writing.store(false, Ordering::Release);
        }
        waiting.is_empty()
    }

    /// What waits and is of use: that which failed least first, and ends before results.
    fn next(&self) -> Vec<(StoreKey, Entry)> {
        let now = self.clock.now();
        let mut waiting = self.lock();
        waiting.retain(|_, late| late.until > now);
        let mut next: Vec<_> = waiting.iter().collect();
        next.sort_by_key(|(_, late)| (late.failures, matches!(late.entry, Entry::Result(_))));
        next.into_iter().map(|(key, late)| (key.clone(), late.entry.clone())).collect()
    }

    /// After an attempt. What was written is removed, unless another value for its key came meanwhile.
    fn finish(&self, key: &StoreKey, entry: &Entry, is_written: bool) {
        let mut waiting = self.lock();
        match waiting.get_mut(key) {
            Some(late) if !is_written => late.failures += 1,
            Some(late) if late.entry == *entry => drop(waiting.remove(key)),
            _ => {}
        }
        match entry {
            _ if !is_written => {}
            Entry::End(_) => telemetry::end_stored_late(),
            Entry::Result(_) => telemetry::refresh_result_published_late(),
        }
    }
}

/// The task that writes; another one starts after it, also if its runtime ended (an actix-web worker that stops).
struct Writing {
    writes: Weak<LateWrites>,
    is_done: bool,
}

impl Writing {
    async fn write_all(&mut self) {
        while !self.is_done {
            tokio::time::sleep(PAUSE).await;
            let Some(writes) = self.writes.upgrade() else { return };
            self.is_done = writes.try_to_write().await;
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if let Some(writes) = self.writes.upgrade().filter(|_| !self.is_done) {
            writes.is_writing.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for LateWrites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LateWrites").field("waiting", &self.lock().len()).finish_non_exhaustive()
    }
}
