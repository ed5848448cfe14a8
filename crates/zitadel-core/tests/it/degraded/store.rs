//! `FaultyStore`: a store that announces, and can be everything that a Redis can be.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use tokio::sync::mpsc;
use zitadel_core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreEvent, StoreKey};

use crate::support::MovedClock;

/// How long the store's client waits, as `zitadel-redis` does by default.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Up,
    /// Every call fails at once.
    Down,
    /// Every call fails after [`LIMIT`].
    Slow,
    /// Every write fails: a replica that only reads, or a server that is full.
    ReadOnly,
}

pub(super) struct FaultyStore {
    clock: Arc<MovedClock>,
    inner: Mutex<Arc<MemoryStore>>,
    mode: Mutex<Mode>,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<StoreEvent>>>,
    writes: AtomicU32,
}

impl FaultyStore {
    pub(super) fn new(clock: &Arc<MovedClock>) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::clone(clock),
            inner: Mutex::new(Arc::new(MemoryStore::new(Arc::clone(clock)))),
            mode: Mutex::new(Mode::Up),
            subscribers: Mutex::default(),
            writes: AtomicU32::new(0),
        })
    }

    /// Subscribers that cannot be told any more are interrupted.
    pub(super) async fn set(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
        self.tell(&match mode {
            Mode::Down | Mode::Slow => StoreEvent::Interrupted,
            Mode::Up | Mode::ReadOnly => StoreEvent::Subscribed,
        })
        .await;
    }

    /// The connection breaks and is made again; nothing is lost.
    pub(super) async fn restart(&self) {
        self.tell(&StoreEvent::Interrupted).await;
        self.tell(&StoreEvent::Subscribed).await;
    }

    /// Everything is lost.
    pub(super) async fn flush(&self) {
        *self.inner.lock().unwrap() = Arc::new(MemoryStore::new(Arc::clone(&self.clock)));
        self.restart().await;
    }

    /// Writes that were attempted.
    pub(super) fn writes(&self) -> u32 {
        self.writes.load(Ordering::Relaxed)
    }

    async fn tell(&self, event: &StoreEvent) {
        self.subscribers.lock().unwrap().retain(|subscriber| subscriber.send(event.clone()).is_ok());
        crate::support::run_background_tasks().await;
    }

    fn inner(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.inner.lock().unwrap())
    }

    /// Whether a call may be made.
    async fn may(&self, is_write: bool) -> Result<Arc<MemoryStore>, StoreError> {
        self.writes.fetch_add(u32::from(is_write), Ordering::Relaxed);
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Up => Ok(self.inner()),
            Mode::ReadOnly if !is_write => Ok(self.inner()),
            Mode::Slow => {
                tokio::time::sleep(LIMIT).await;
                Err(StoreError::new("no answer in time"))
            }
            Mode::Down | Mode::ReadOnly => Err(StoreError::new("unplugged")),
        }
    }
}

impl Store for FaultyStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.may(false).await?.get(&key).await })
    }
    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        let keys = keys.to_vec();
        Box::pin(async move { self.may(false).await?.get_many(&keys).await })
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.may(true).await?.put(&key, value, ttl).await })
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.may(true).await?.put_if_absent(&key, value, ttl).await })
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        let (key, expected) = (key.clone(), expected.to_vec());
        Box::pin(async move { self.may(true).await?.compare_and_swap(&key, &expected, value, ttl).await })
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(async move { self.may(true).await?.remove(&key).await })
    }
    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.as_str().to_owned();
        Box::pin(async move {
            self.may(true).await?;
            self.tell(&StoreEvent::Announced { key, value }).await;
            Ok(())
        })
    }
    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        if matches!(*self.mode.lock().unwrap(), Mode::Up | Mode::ReadOnly) {
            sender.send(StoreEvent::Subscribed).unwrap();
        }
        self.subscribers.lock().unwrap().push(sender);
        let next = |mut receiver: mpsc::UnboundedReceiver<_>| async { Some((receiver.recv().await?, receiver)) };
        Some(stream::unfold(receiver, next).boxed())
    }
}
