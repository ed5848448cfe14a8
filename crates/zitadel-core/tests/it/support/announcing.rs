//! `AnnouncingStore`: a store of several replicas that announces, can lose its subscribers and fail, and counts.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use tokio::sync::mpsc;
use zitadel_core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreEvent, StoreKey};

pub(crate) struct AnnouncingStore {
    inner: Arc<MemoryStore>,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<StoreEvent>>>,
    is_down: AtomicBool,
    reads: AtomicU64,
}

impl AnnouncingStore {
    pub(crate) fn new(inner: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            inner: Arc::clone(inner),
            subscribers: Mutex::default(),
            is_down: AtomicBool::new(false),
            reads: AtomicU64::new(0),
        })
    }

    /// Every call fails from now on, or works again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::Relaxed);
    }

    /// How often a value was read.
    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Tells every subscriber, and waits until they know.
    pub(crate) async fn tell(&self, event: &StoreEvent) {
        self.subscribers.lock().unwrap().retain(|subscriber| subscriber.send(event.clone()).is_ok());
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    fn call<T: Send + 'static>(
        &self,
        call: BoxFuture<'_, Result<T, StoreError>>,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        match self.is_down.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::new("unplugged")) }),
            // The store in memory never waits.
            false => Box::pin(std::future::ready(futures_util::FutureExt::now_or_never(call).unwrap())),
        }
    }
}

impl Store for AnnouncingStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.call(self.inner.get(key))
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        match self.is_down.load(Ordering::Relaxed) {
            true => Box::pin(async { Err(StoreError::new("unplugged")) }),
            false => self.inner.put(key, value, ttl),
        }
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.call(self.inner.put_if_absent(key, value, ttl))
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.call(self.inner.compare_and_swap(key, expected, value, ttl))
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.call(self.inner.remove(key))
    }
    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.as_str().to_owned();
        Box::pin(async move {
            if self.is_down.load(Ordering::Relaxed) {
                return Err(StoreError::new("unplugged"));
            }
            self.tell(&StoreEvent::Announced { key, value }).await;
            Ok(())
        })
    }
    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        let (sender, receiver) = mpsc::unbounded_channel();
        sender.send(StoreEvent::Subscribed).unwrap();
        self.subscribers.lock().unwrap().push(sender);
        let next = |mut receiver: mpsc::UnboundedReceiver<_>| async { Some((receiver.recv().await?, receiver)) };
        Some(stream::unfold(receiver, next).boxed())
    }
}
