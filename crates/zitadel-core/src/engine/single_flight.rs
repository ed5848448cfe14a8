//! `SingleFlight`: work that runs once for all callers that need its result at the same time.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tracing::Instrument as _;

use crate::telemetry;

/// Work in flight, by key. Each runs in a task of its own: a caller that goes away does not cancel it.
pub(crate) struct SingleFlight<K, V: Clone> {
    in_flight: Mutex<HashMap<K, Flight<V>>>,
}

/// `None` if the task was lost: the runtime it ran on ended.
type Flight<V> = Shared<BoxFuture<'static, Option<V>>>;

/// A task is lost with its runtime (an actix-web worker that stops); another one is started once.
const ATTEMPTS: usize = 2;

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { in_flight: Mutex::default() })
    }

    /// The result of `work` for `key`: of the work in flight, or of work that starts now. `None` if it was lost.
    ///
    /// When the result is there the key is free again. The work must leave its result where a later caller looks first.
    pub(crate) async fn run<F>(self: &Arc<Self>, key: &K, work: impl Fn() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        for _ in 0..ATTEMPTS {
            let flight = self.lock().entry(key.clone()).or_insert_with(|| self.spawn(key.clone(), work())).clone();
            if let Some(result) = flight.clone().await {
                return Some(result);
            }
            self.remove(key, &flight);
        }
        None
    }

    fn spawn(self: &Arc<Self>, key: K, work: impl Future<Output = V> + Send + 'static) -> Flight<V> {
        let flights = Arc::clone(self);
        let work = async move {
            let result = work.await;
            flights.lock().remove(&key);
            result
        };
        // The span of the caller that started it.
        let task = tokio::spawn(work.in_current_span());
        async move { task.await.inspect_err(|error| telemetry::background_task_lost(error)).ok() }.boxed().shared()
    }

    /// Removes this very flight: its task did not come as far as removing it.
    fn remove(&self, key: &K, flight: &Flight<V>) {
        let mut in_flight = self.lock();
        if in_flight.get(key).is_some_and(|other| other.ptr_eq(flight)) {
            in_flight.remove(key);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Flight<V>>> {
        self.in_flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V: Clone> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn callers_at_the_same_time_share_one_result_and_a_later_one_starts_anew() {
        let flights = SingleFlight::new();
        let started = Arc::new(AtomicUsize::new(0));
        let work = || {
            let started = Arc::clone(&started);
            async move {
                tokio::task::yield_now().await;
                started.fetch_add(1, Ordering::Relaxed) + 1
            }
        };
        let (one, other) = tokio::join!(flights.run(&"key", work), flights.run(&"key", work));
        assert_eq!((one, other), (Some(1), Some(1)));
        assert_eq!(flights.run(&"key", work).await, Some(2));
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_cancel_the_work() {
        let flights = SingleFlight::new();
        let finished = Arc::new(AtomicUsize::new(0));
        let work = || {
            let finished = Arc::clone(&finished);
            async move {
                tokio::task::yield_now().await;
                finished.fetch_add(1, Ordering::Relaxed);
            }
        };
        tokio::select! {
            biased;
            _ = flights.run(&"key", work) => panic!("the work yields first"),
            () = std::future::ready(()) => {}
        }
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        assert_eq!(finished.load(Ordering::Relaxed), 1);
    }
}
