//! `Cached`: one thing fetched from the provider, read without a lock, fetched by one task at a time.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, MutexGuard};

use super::{
    Clock,
    provider::{ProviderError, chain},
};
use crate::time::Timestamp;

/// Nothing fetched is fresh for longer (`key_set::cache_lifetime`).
const LONGEST_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Between two attempts at a provider that fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A value with its age. `what` is for the log.
pub(super) struct Cached<T> {
    what: &'static str,
    current: ArcSwapOption<Fetched<T>>,
    turn: Mutex<Attempts>,
}

struct Fetched<T> {
    value: Arc<T>,
    stale_at: Timestamp,
}

/// What happened so far; whoever holds it may fetch.
#[derive(Default)]
pub(super) struct Attempts {
    failures: u32,
    not_before: Timestamp,
    /// When it was last fetched because something was missing in it.
    pub(super) missed_at: Option<Timestamp>,
}

/// Whether a deadline lies ahead, and no further than it can have been set. Further, the clock was set back since,
/// and a pause of a second must not become one of hours.
pub(super) fn is_ahead(now: Timestamp, deadline: Timestamp, longest: Duration) -> bool {
    now < deadline && deadline.since(now) <= longest
}

impl Attempts {
    pub(super) fn are_paused(&self, now: Timestamp) -> bool {
        is_ahead(now, self.not_before, LONGEST_PAUSE)
    }

    fn failed(&mut self, now: Timestamp) {
        let pause = 1_u64 << self.failures.min(2);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now.plus(if self.failures > 3 { LONGEST_PAUSE } else { Duration::from_secs(pause) });
    }
}

impl<T> Cached<T> {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, current: ArcSwapOption::empty(), turn: Mutex::default() }
    }

    /// What is there, however old.
    pub(super) fn current(&self) -> Option<Arc<T>> {
        self.current.load().as_ref().map(|fetched| Arc::clone(&fetched.value))
    }

    /// The right to fetch, when nobody else does.
    pub(super) async fn turn(&self) -> MutexGuard<'_, Attempts> {
        self.turn.lock().await
    }

    /// What is there if it is fresh, else what `fetch` brings; what is stale if it fails, or if somebody is fetching
    /// already.
    pub(super) async fn get(
        &self,
        clock: &dyn Clock,
        fetch: impl Future<Output = Result<(T, Duration), ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        if let Some(value) = self.fresh(clock.now()) {
            return Ok(value);
        }
        let stale = self.current();
        let mut attempts = match &stale {
            Some(value) => match self.turn.try_lock() {
                Ok(turn) => turn,
                Err(_) => return Ok(Arc::clone(value)),
            },
            None => self.turn.lock().await,
        };
        // Waiting may have taken as long as somebody else's failure: what counts is the time now.
        let now = clock.now();
        if let Some(value) = self.fresh(now) {
            return Ok(value);
        }
        if attempts.are_paused(now) {
            return stale.ok_or(ProviderError::Waiting);
        }
        self.fetch(&mut attempts, clock, fetch).await.or_else(|error| stale.ok_or(error))
    }

    /// Fetches, whatever is there.
    pub(super) async fn fetch(
        &self,
        attempts: &mut Attempts,
        clock: &dyn Clock,
        fetch: impl Future<Output = Result<(T, Duration), ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        match fetch.await {
            Ok((value, lifetime)) => {
                attempts.failures = 0;
                let value = Arc::new(value);
                let stale_at = clock.now().plus(lifetime);
                self.current.store(Some(Arc::new(Fetched { value: Arc::clone(&value), stale_at })));
                Ok(value)
            }
            Err(error) => {
                attempts.failed(clock.now());
                tracing::warn!(what = self.what, error = %chain(&error), "could not be fetched from the provider");
                Err(error)
            }
        }
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<T>> {
        let current = self.current.load();
        let fetched = current.as_ref().filter(|fetched| is_ahead(now, fetched.stale_at, LONGEST_LIFETIME))?;
        Some(Arc::clone(&fetched.value))
    }
}
