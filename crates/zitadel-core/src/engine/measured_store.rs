//! `MeasuredStore`: the store of the application, with every call measured and in a span.

use std::{sync::Arc, time::Duration};

use futures_util::stream::BoxStream;
use tracing::Instrument as _;

use crate::{
    environment::{BoxFuture, Clock, Environment, Store, StoreError, StoreEvent, StoreKey},
    telemetry::{self, StoreOperation},
};

/// Every call of the engine goes through it, and nothing else does.
pub(super) struct MeasuredStore {
    inner: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl MeasuredStore {
    /// The same environment, with a store that is measured.
    pub(super) fn around(environment: Environment) -> Environment {
        let Environment { store, clock, .. } = &environment;
        let store = Arc::new(Self { inner: Arc::clone(store), clock: Arc::clone(clock) });
        Environment { store, ..environment }
    }

    fn measure<'a, T: 'a>(
        &'a self,
        operation: StoreOperation,
        call: BoxFuture<'a, Result<T, StoreError>>,
    ) -> BoxFuture<'a, Result<T, StoreError>> {
        Box::pin(async move {
            let span = telemetry::store_span(operation);
            let started = self.clock.monotonic();
            let result = call.instrument(span.clone()).await;
            let duration = self.clock.monotonic().saturating_sub(started);
            telemetry::store_call_ended(&span, operation, result.is_ok(), duration);
            result
        })
    }
}

impl Store for MeasuredStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.measure(StoreOperation::Get, self.inner.get(key))
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.measure(StoreOperation::PutValue, self.inner.put(key, value, ttl))
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.measure(StoreOperation::PutIfAbsent, self.inner.put_if_absent(key, value, ttl))
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.measure(StoreOperation::CompareAndSwap, self.inner.compare_and_swap(key, expected, value, ttl))
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.measure(StoreOperation::Remove, self.inner.remove(key))
    }

    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        self.measure(StoreOperation::GetMany, self.inner.get_many(keys))
    }

    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.measure(StoreOperation::PutAndAnnounce, self.inner.put_and_announce(key, value, ttl))
    }

    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        self.measure(StoreOperation::Announce, self.inner.announce(key, value))
    }

    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        self.inner.subscribe()
    }
}
