//! Recently opened session cookies, so that most requests decrypt and decode nothing.

use std::{fmt, sync::Arc, time::Duration};

use moka::sync::Cache;

use crate::{
    session::{Session, SessionId},
    time::Timestamp,
};

/// Size of the cache in bytes; about eight thousand ordinary sessions.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// A cookie that is not presented for this long is dropped.
const IDLE: Duration = Duration::from_secs(600);
/// Sessions revoked by this process that are remembered.
const MAX_REVOKED: u64 = 100_000;

/// A bounded map from the whole value of a cookie (hashed to find it, compared to accept it) to its session. Only
/// cookies that could be opened are added: forged ones use no memory.
pub(super) struct SessionCache {
    by_cookie: Cache<Box<str>, Arc<CachedSession>, foldhash::quality::RandomState>,
    /// Sessions that this process revoked. It may rely on "not revoked" for a few seconds, but knows its own
    /// revocations at once.
    revoked_here: Cache<SessionId, (), foldhash::quality::RandomState>,
}

/// An opened session, and when the store last reported that it was not revoked.
pub(super) struct CachedSession {
    pub(super) session: Arc<Session>,
    pub(super) revocation_checked_at: Timestamp,
}

/// The opened session is about twice as large as its cookie, which is kept too.
#[expect(clippy::borrowed_box, reason = "the type of the map's keys")]
fn weight(sealed: &Box<str>, _: &Arc<CachedSession>) -> u32 {
    u32::try_from(sealed.len().saturating_mul(3)).unwrap_or(u32::MAX)
}

impl SessionCache {
    pub(super) fn new(revocation_lag: Duration) -> Self {
        Self {
            by_cookie: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weight)
                .time_to_idle(IDLE)
                .build_with_hasher(foldhash::quality::RandomState::default()),
            revoked_here: Cache::builder()
                .max_capacity(MAX_REVOKED)
                .time_to_live(revocation_lag.saturating_mul(2) + Duration::from_secs(10))
                .build_with_hasher(foldhash::quality::RandomState::default()),
        }
    }

    pub(super) fn get(&self, sealed: &str) -> Option<Arc<CachedSession>> {
        self.by_cookie.get(sealed)
    }

    pub(super) fn insert(
        &self,
        sealed: &str,
        session: Arc<Session>,
        revocation_checked_at: Timestamp,
    ) -> Arc<CachedSession> {
        let cached = Arc::new(CachedSession { session, revocation_checked_at });
        self.by_cookie.insert(sealed.into(), Arc::clone(&cached));
        cached
    }

    pub(super) fn remove(&self, sealed: &str) {
        self.by_cookie.invalidate(sealed);
    }

    pub(super) fn revoke(&self, id: SessionId) {
        self.revoked_here.insert(id, ());
    }

    pub(super) fn is_revoked_here(&self, id: SessionId) -> bool {
        self.revoked_here.contains_key(&id)
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCache").field("cookies", &self.by_cookie.entry_count()).finish_non_exhaustive()
    }
}
