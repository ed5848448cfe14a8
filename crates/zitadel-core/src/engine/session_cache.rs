//! Recently opened session cookies, so that most requests decrypt and decode nothing.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use quick_cache::Equivalent;

use super::{
    ended_sessions::EndCheck,
    idle_cache::{Entry, IdleCache},
};
use crate::{environment::Clock, session::Session, time::Timestamp};

/// Size of the cache in bytes; about eight thousand ordinary sessions.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// A bounded map from the whole value of a cookie (its end hashed to find it, all of it compared to accept it) to its
/// session. Only cookies that could be opened are added: forged ones use no memory. One that is not presented for a while is
/// dropped.
pub(super) struct SessionCache {
    by_cookie: IdleCache<Cookie<Box<[u8]>>, CachedSession>,
}

/// The end of a cookie, in bytes, by which it is found: more than the text of its authentication tag. That is different for every
/// cookie of ours, so that nobody can make many that have the same hash.
const HASHED: usize = 32;

/// The whole value of a cookie, as the key of a map.
struct Cookie<T>(T);

impl<T: AsRef<[u8]>> Hash for Cookie<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let value = self.0.as_ref();
        value.last_chunk::<HASHED>().map_or(value, |end| end.as_slice()).hash(state);
    }
}

impl PartialEq for Cookie<Box<[u8]>> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Cookie<Box<[u8]>> {}

/// A presented cookie is compared with one that is cached.
impl Equivalent<Cookie<Box<[u8]>>> for Cookie<&[u8]> {
    fn equivalent(&self, cached: &Cookie<Box<[u8]>>) -> bool {
        *self.0 == *cached.0
    }
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
        self.by_cookie.get(&Cookie(sealed.as_ref()), now)
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
        let known = self.by_cookie.peek(&Cookie(cookie)).map(|cached| Arc::clone(&cached.session));
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
        self.by_cookie.insert(Cookie(cookie.into()), cached, weight)
    }

    pub(super) fn remove(&self, sealed: impl AsRef<[u8]>) {
        self.by_cookie.remove(&Cookie(sealed.as_ref()));
    }
}

impl fmt::Debug for SessionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCache").field("cookies", &self.by_cookie.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_end_and_accepted_as_a_whole() {
        let hasher = foldhash::quality::RandomState::default();
        let cached = Cookie(Box::<[u8]>::from(format!("a{}", "b".repeat(100)).into_bytes()));
        let presented = |text: &str| {
            let presented = Cookie(text.as_bytes());
            (hasher.hash_one(&presented) == hasher.hash_one(&cached), presented.equivalent(&cached))
        };
        assert_eq!(presented(&format!("a{}", "b".repeat(100))), (true, true));
        assert_eq!(presented(&format!("x{}", "b".repeat(100))), (true, false));
        assert_eq!(presented(&"b".repeat(100)), (true, false));
        assert_eq!(presented(&format!("a{}x", "b".repeat(99))), (false, false));
        assert_eq!(presented("b"), (false, false));
    }
}
