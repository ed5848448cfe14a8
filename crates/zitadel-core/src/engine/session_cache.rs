//! Recently opened session cookies, so that most requests decrypt and decode nothing.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    ended_sessions::EndCheck,
    idle_cache::{Entry, IdleCache},
};
use crate::{environment::Clock, session::Session, time::Timestamp};

/// Size of the cache in bytes; about eight thousand ordinary sessions.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// A bounded map from the whole value of a cookie (hashed to find it, compared to accept it) to its session. Only
/// cookies that could be opened are added: forged ones use no memory. One that is not presented for a while is dropped.
pub(super) struct SessionCache {
    by_cookie: IdleCache<Box<[u8]>, CachedSession>,
}

/// An opened session, and what is known about its end.
pub(super) struct CachedSession {
    pub(super) session: Arc<Session>,
    check: EndCheck,
    /// The number of ends that it was compared with since.
    ends: AtomicU64,
}

impl CachedSession {
    /// The latest check.
    pub(super) fn check(&self) -> EndCheck {
        self.check.compared_with(self.ends.load(Ordering::Relaxed))
    }

    /// Notes that it was compared with this number of ends.
    pub(super) fn compared_with(&self, ends: u64) {
        if self.ends.load(Ordering::Relaxed) != ends {
            self.ends.store(ends, Ordering::Relaxed);
        }
    }
}

impl SessionCache {
    pub(super) fn new(clock: &Arc<dyn Clock>) -> Self {
        Self { by_cookie: IdleCache::new(MAX_BYTES, clock) }
    }

    pub(super) fn get(&self, sealed: impl AsRef<[u8]>, now: Timestamp) -> Option<Arc<Entry<CachedSession>>> {
        self.by_cookie.get(sealed.as_ref(), now)
    }

    pub(super) fn insert(
        &self,
        sealed: impl AsRef<[u8]>,
        session: Arc<Session>,
        check: EndCheck,
    ) -> Arc<Entry<CachedSession>> {
        let size = sealed.as_ref().len();
        self.insert_sized(sealed.as_ref(), session, check, size)
    }

    /// For a cookie that refers to a session in the store; `size` is that of its sealed body, in bytes. A newer state of it
    /// that is here already stays; what is here then.
    pub(super) fn insert_stored(
        &self,
        cookie: impl AsRef<[u8]>,
        session: Arc<Session>,
        check: EndCheck,
        size: usize,
    ) -> Arc<Entry<CachedSession>> {
        let cookie = cookie.as_ref();
        let known = self.by_cookie.peek(cookie).map(|cached| Arc::clone(&cached.session));
        let newest = known.filter(|known| known.is_newer_than(&session)).unwrap_or(session);
        self.insert_sized(cookie, newest, check, size)
    }

    fn insert_sized(
        &self,
        cookie: &[u8],
        session: Arc<Session>,
        check: EndCheck,
        size: usize,
    ) -> Arc<Entry<CachedSession>> {
        let cached = CachedSession { session, ends: AtomicU64::new(check.ends), check };
        // The opened session is about twice as large as its sealed form; the cookie is kept too.
        let weight = size.saturating_mul(2).saturating_add(cookie.len());
        self.by_cookie.insert(cookie.into(), cached, weight)
    }

    pub(super) fn remove(&self, sealed: impl AsRef<[u8]>) {
        self.by_cookie.remove(sealed.as_ref());
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCache").field("cookies", &self.by_cookie.len()).finish_non_exhaustive()
    }
}
