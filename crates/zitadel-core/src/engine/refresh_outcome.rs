//! `RefreshOutcome`: what became of a session whose tokens were due, and the outcomes that this process remembers.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;

use crate::{
    answer::ErrorCode,
    session::{Session, chunk},
    time::Timestamp,
};

/// How long an outcome is kept: long enough for a slow page that was decided on before the refresh and reaches the browser
/// after it.
pub(super) const SUCCESSOR_LIFETIME: Duration = Duration::from_secs(300);
/// Size of the cache of recent refreshes, in bytes; thousands of them.
const MAX_RECENT_BYTES: u64 = 16 * 1024 * 1024;

/// What the session cookie holds: opaque outside of the engine.
#[derive(Clone)]
pub(crate) struct CookieValue {
    sealed: Arc<str>,
    /// `None`: the browser forgets it when it is closed.
    persistent_until: Option<Timestamp>,
}

impl CookieValue {
    pub(super) fn new(sealed: &str, session: &Session) -> Self {
        Self { sealed: sealed.into(), persistent_until: session.persistent_until() }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.sealed
    }

    /// Whether it refers to a session in the store.
    pub(super) fn is_reference(&self) -> bool {
        chunk::is_reference(&*self.sealed)
    }

    /// The `Max-Age` of its cookies.
    pub(super) fn max_age(&self, now: Timestamp) -> Option<Duration> {
        self.persistent_until.map(|until| until.duration_since(now))
    }

    /// Its size in bytes, for the log.
    pub(crate) fn len(&self) -> usize {
        self.sealed.len()
    }
}

/// What became of a session whose tokens were due.
#[derive(Clone)]
pub(crate) enum RefreshOutcome {
    /// The new session and its cookie: every request that waited sets the same one.
    Renewed { session: Arc<Session>, cookie: CookieValue },
    /// The provider will not refresh it again, or it was revoked meanwhile.
    Ended,
    /// It was refreshed, is now larger than cookies can hold, and was ended.
    TooLarge,
    /// It could not be refreshed just now, for this reason: the provider, the store, or the settings.
    Unavailable(ErrorCode),
}

impl RefreshOutcome {
    /// Whether the same outcome with current claims may follow in a moment.
    pub(crate) fn awaits_claims(&self, now: Timestamp) -> bool {
        matches!(self, Self::Renewed { session, .. } if session.awaits_claims(now))
    }
}

/// Recent outcomes by key and value of the store.
pub(super) type RecentRefreshes = Cache<String, RefreshOutcome>;

pub(super) fn recent_refreshes() -> RecentRefreshes {
    let weight =
        |stored: &String, _: &RefreshOutcome| u32::try_from(stored.len().saturating_mul(4)).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(MAX_RECENT_BYTES).weigher(weight).time_to_live(SUCCESSOR_LIFETIME).build()
}
