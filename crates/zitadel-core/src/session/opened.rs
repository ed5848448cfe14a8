//! Recently opened cookies, so that the common request decrypts and decodes nothing.

use std::{fmt, sync::Arc, time::Duration};

use moka::sync::Cache;

use super::{Session, SessionId};
use crate::time::Timestamp;

/// How much is remembered, in bytes; about eight thousand ordinary sessions.
const MOST: u64 = 32 * 1024 * 1024;
/// A cookie that did not come for this long is forgotten.
const IDLE: Duration = Duration::from_secs(600);

/// A bounded map from the whole value of a cookie (hashed to find it, compared to accept it) to the session
/// that was in it. Only cookies that opened get in: forged ones cost no memory.
pub(crate) struct OpenedSessions {
    by_cookie: Cache<Box<str>, Arc<Opened>, foldhash::quality::RandomState>,
    /// Sessions that ended in this process. A replica may trust "not ended" for a few seconds; what this
    /// process ended itself, it knows at once.
    ended_here: Cache<SessionId, (), foldhash::quality::RandomState>,
}

/// An opened session and when the store last said that it had not ended.
pub(crate) struct Opened {
    pub(crate) session: Arc<Session>,
    asked_at: Timestamp,
}

#[expect(clippy::borrowed_box, reason = "the type of the map's keys")]
fn weight(sealed: &Box<str>, _: &Arc<Opened>) -> u32 {
    u32::try_from(sealed.len().saturating_mul(3)).unwrap_or(u32::MAX)
}

impl OpenedSessions {
    pub(crate) fn new(revocation_lag: Duration) -> Self {
        Self {
            by_cookie: Cache::builder()
                .max_capacity(MOST)
                // The opened session is about as large as twice its cookie, plus the cookie itself.
                .weigher(weight)
                .time_to_idle(IDLE)
                .build_with_hasher(foldhash::quality::RandomState::default()),
            ended_here: Cache::builder()
                .max_capacity(100_000)
                .time_to_live(revocation_lag.saturating_mul(2) + Duration::from_secs(10))
                .build_with_hasher(foldhash::quality::RandomState::default()),
        }
    }

    pub(crate) fn get(&self, sealed: &str) -> Option<Arc<Opened>> {
        self.by_cookie.get(sealed)
    }

    pub(crate) fn insert(&self, sealed: &str, session: Arc<Session>, asked_at: Timestamp) -> Arc<Opened> {
        let opened = Arc::new(Opened { session, asked_at });
        self.by_cookie.insert(sealed.into(), Arc::clone(&opened));
        opened
    }

    pub(crate) fn forget(&self, sealed: &str) {
        self.by_cookie.invalidate(sealed);
    }

    pub(crate) fn end(&self, id: SessionId) {
        self.ended_here.insert(id, ());
    }

    pub(crate) fn ended_here(&self, id: SessionId) -> bool {
        self.ended_here.contains_key(&id)
    }
}

impl Opened {
    pub(crate) const fn asked_at(&self) -> Timestamp {
        self.asked_at
    }

    /// Whether the store said less than `lag` ago that the session had not ended.
    pub(crate) fn is_trusted(&self, now: Timestamp, lag: Duration) -> bool {
        // Not what a clock that was set back makes of it: what lies ahead says nothing about now.
        self.asked_at <= now && now.since(self.asked_at) < lag
    }
}

impl fmt::Debug for OpenedSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedSessions").field("cookies", &self.by_cookie.entry_count()).finish_non_exhaustive()
    }
}
