//! `Cached`: one document fetched from the provider, read without a lock, fetched by one task at a time.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, MutexGuard};

use super::{back_off::BackOff, error::ProviderError};
use crate::{
    environment::Clock,
    telemetry::{self, Document},
    time::Timestamp,
};

/// No document is fresh for longer (`key_set::cache_lifetime`).
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// How long a document that is no longer fresh is used while it cannot be fetched: a key that the provider withdrew must
/// not verify tokens forever.
const MAX_STALE: Duration = Duration::from_secs(24 * 3600);
/// Seconds between attempts at a provider that fails.
const PAUSES: &[u64] = &[1, 2, 4, 5];

/// A document with its age.
pub(super) struct Cached<T> {
    document: Document,
    current: ArcSwapOption<Fetched<T>>,
    fetching: Mutex<FetchState>,
}

struct Fetched<T> {
    value: Arc<T>,
    stale_at: Timestamp,
}

/// What happened so far; the task that holds it may fetch.
pub(super) struct FetchState {
    back_off: BackOff,
    /// When it was last fetched because something was missing in it.
    pub(super) missed_at: Option<Timestamp>,
    /// Why the last attempt failed.
    failure: Option<ProviderError>,
}

impl FetchState {
    /// Why nothing is fetched now: the last attempt failed, and its pause is still running.
    pub(super) fn pause(&self, now: Timestamp) -> Option<ProviderError> {
        let failure = self.failure.as_ref().filter(|_| self.back_off.is_active(now))?;
        Some(ProviderError::BackingOff(Box::new(failure.clone())))
    }
}

impl<T> Cached<T> {
    pub(super) fn new(document: Document) -> Self {
        let state = FetchState { back_off: BackOff::new(PAUSES), missed_at: None, failure: None };
        Self { document, current: ArcSwapOption::empty(), fetching: Mutex::new(state) }
    }

    /// The document, fresh or stale, unless it is too old.
    pub(super) fn current(&self, now: Timestamp) -> Option<Arc<T>> {
        let current = self.current.load();
        let longest = MAX_LIFETIME.saturating_add(MAX_STALE);
        let usable = |fetched: &Fetched<T>| fetched.stale_at.saturating_add(MAX_STALE).is_ahead_of(now, longest);
        let fetched = current.as_deref().filter(|fetched| usable(fetched))?;
        Some(Arc::clone(&fetched.value))
    }

    /// Waits until no other task fetches.
    pub(super) async fn lock(&self) -> MutexGuard<'_, FetchState> {
        self.fetching.lock().await
    }

    /// The document if it is fresh, else the one that `fetch` brings; the stale one if that fails, or if another task
    /// is fetching already.
    pub(super) async fn get(
        &self,
        clock: &dyn Clock,
        fetch: impl Future<Output = Result<(T, Duration), ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        let now = clock.now();
        if let Some(value) = self.fresh(now) {
            return Ok(value);
        }
        let stale = self.current(now);
        let mut state = match &stale {
            Some(value) => match self.fetching.try_lock() {
                Ok(state) => state,
                Err(_) => return Ok(Arc::clone(value)),
            },
            None => self.fetching.lock().await,
        };
        // Waiting may have taken as long as another task's failure: the time now is the one that counts.
        let now = clock.now();
        if let Some(value) = self.fresh(now) {
            return Ok(value);
        }
        if let Some(error) = state.pause(now) {
            return stale.ok_or(error);
        }
        self.fetch(&mut state, clock, fetch).await.or_else(|error| stale.ok_or(error))
    }

    /// Fetches, whatever is there.
    pub(super) async fn fetch(
        &self,
        state: &mut FetchState,
        clock: &dyn Clock,
        fetch: impl Future<Output = Result<(T, Duration), ProviderError>>,
    ) -> Result<Arc<T>, ProviderError> {
        match fetch.await {
            Ok((value, lifetime)) => {
                state.back_off.record_success();
                telemetry::provider_document_fetched(self.document);
                let value = Arc::new(value);
                let stale_at = clock.now().saturating_add(lifetime);
                self.current.store(Some(Arc::new(Fetched { value: Arc::clone(&value), stale_at })));
                Ok(value)
            }
            Err(error) => {
                state.back_off.record_failure(clock.now());
                state.failure = Some(error.clone());
                telemetry::provider_fetch_failed(self.document, error.reason(), &error);
                Err(error)
            }
        }
    }

    /// The document, if it is fresh.
    pub(super) fn fresh(&self, now: Timestamp) -> Option<Arc<T>> {
        let current = self.current.load();
        let fetched = current.as_ref().filter(|fetched| fetched.stale_at.is_ahead_of(now, MAX_LIFETIME))?;
        Some(Arc::clone(&fetched.value))
    }
}
