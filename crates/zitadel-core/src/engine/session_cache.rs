//! Recently opened session cookies, so that most requests decrypt and decode nothing.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::sync::Cache;

use super::ended_sessions::EndCheck;
use crate::session::Session;

/// Size of the cache in bytes; about eight thousand ordinary sessions.
const MAX_BYTES: u64 = 32 * 1024 * 1024;
/// A cookie that is not presented for this long is dropped.
const IDLE: Duration = Duration::from_secs(600);

/// A bounded map from the whole value of a cookie (hashed to find it, compared to accept it) to its session. Only
/// cookies that could be opened are added: forged ones use no memory.
pub(super) struct SessionCache {
    by_cookie: Cache<Box<str>, Arc<CachedSession>, foldhash::quality::RandomState>,
}

/// An opened session, and what is known about its end.
pub(super) struct CachedSession {
    pub(super) session: Arc<Session>,
    check: EndCheck,
    /// The number of ends that it was compared with since.
    ends: AtomicU64,
    /// The size of its sealed form, in bytes.
    size: usize,
}

impl CachedSession {
    /// The latest check.
    pub(super) fn check(&self) -> EndCheck {
        self.check.compared_with(self.ends.load(Ordering::Relaxed))
    }

    /// Notes that it was compared with this number of ends.
    pub(super) fn compared_with(&self, ends: u64) {
        self.ends.store(ends, Ordering::Relaxed);
    }
}

/// The opened session is about twice as large as its sealed form; the cookie is kept too.
#[expect(clippy::borrowed_box, reason = "the type of the map's keys")]
fn weight(cookie: &Box<str>, cached: &Arc<CachedSession>) -> u32 {
    u32::try_from(cached.size.saturating_mul(2).saturating_add(cookie.len())).unwrap_or(u32::MAX)
}

impl SessionCache {
    pub(super) fn new() -> Self {
        Self {
            by_cookie: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weight)
                .time_to_idle(IDLE)
                .build_with_hasher(foldhash::quality::RandomState::default()),
        }
    }

    pub(super) fn get(&self, sealed: &str) -> Option<Arc<CachedSession>> {
        self.by_cookie.get(sealed)
    }

    pub(super) fn insert(&self, sealed: &str, session: Arc<Session>, check: EndCheck) -> Arc<CachedSession> {
        self.insert_sized(sealed, session, check, sealed.len())
    }

    /// For a cookie that refers to a session in the store; `size` is that of its sealed body, in bytes. A newer state of it
    /// that is here already stays; what is here then.
    pub(super) fn insert_stored(
        &self,
        cookie: &str,
        session: Arc<Session>,
        check: EndCheck,
        size: usize,
    ) -> Arc<CachedSession> {
        let known = self.get(cookie).map(|cached| Arc::clone(&cached.session));
        let newest = known.filter(|known| known.is_newer_than(&session)).unwrap_or(session);
        self.insert_sized(cookie, newest, check, size)
    }

    fn insert_sized(&self, cookie: &str, session: Arc<Session>, check: EndCheck, size: usize) -> Arc<CachedSession> {
        let cached = Arc::new(CachedSession { session, ends: AtomicU64::new(check.ends), check, size });
        self.by_cookie.insert(cookie.into(), Arc::clone(&cached));
        cached
    }

    pub(super) fn remove(&self, sealed: &str) {
        self.by_cookie.invalidate(sealed);
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCache").field("cookies", &self.by_cookie.entry_count()).finish_non_exhaustive()
    }
}
