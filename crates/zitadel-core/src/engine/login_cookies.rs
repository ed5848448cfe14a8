//! The cookies of pending logins: one per login, so that several tabs can log in at once.
//!
//! # Rules
//!
//! 1. A cookie holds at most [`MAX_BYTES`]. A page to return to that does not fit loses its query, then is dropped.
//! 2. At most [`MAX_PENDING`] logins are pending, the new one among them, and all together take at most
//!    [`MAX_PENDING_BYTES`]. The earliest is dropped first; of two that started in the same second, the one that the
//!    browser sent first (RFC 6265 §5.4: cookies of one path are sent in the order of their creation).
//! 3. At most [`MAX_CLEARED`] cookies are removed in one response: its head has limits, too.
//! 4. A cookie that was sealed with an unknown key is left alone: it may be that of another replica.

use super::sessions::Sessions;
use crate::{
    http::{RequestHead, ReturnTo},
    protocol::{authorization::PendingLogin, state::cookie_suffix},
    session::OpenError,
    telemetry,
};

/// One sealed login: a browser keeps 4,096 bytes, with the name.
const MAX_BYTES: usize = 3_500;
const MAX_PENDING: usize = 5;
/// What all pending logins may take. Another site can start logins with long return paths, and together with the session
/// they must stay below the 8 KiB that servers accept for one header line.
const MAX_PENDING_BYTES: usize = 4 * 1024;
const MAX_CLEARED: usize = 20;

/// The pending login of a callback, and how its cookie is removed.
pub(crate) struct FoundLogin {
    pub(crate) login: PendingLogin,
    pub(crate) clear: String,
}

impl Sessions {
    /// The `Set-Cookie` values that store a login that starts now, and remove what must make room for it.
    pub(crate) fn write_login(&self, login: PendingLogin, default: &ReturnTo, head: &RequestHead) -> Vec<String> {
        let cookie = self.sealer.login(&login.state().cookie_suffix());
        let Ok(mut sealed) = cookie.seal(&login);
        if sealed.len() > MAX_BYTES {
            telemetry::return_to_dropped("it does not fit into the cookie; its path is kept if that does");
            let path = login.return_to().without_query();
            let login = login.with_return_to(path);
            Ok(sealed) = cookie.seal(&login);
            if sealed.len() > MAX_BYTES {
                Ok(sealed) = cookie.seal(&login.with_return_to(default.clone()));
            }
        }
        let mut cookies = vec![cookie.set_sealed(&sealed)];
        cookies.extend(self.evict_logins(head, sealed.len()));
        cookies
    }

    /// The pending login to which a callback with this `state` belongs; compared in constant time.
    pub(crate) fn find_login(&self, head: &RequestHead, state: &str) -> Option<FoundLogin> {
        let suffix = cookie_suffix(state)?;
        let cookie = self.sealer.login(suffix);
        let untagged = self.sealer.untagged_login(suffix);
        let found = cookie.find(head).map(|login| FoundLogin { login, clear: cookie.clear() });
        let found = found.or_else(|| Some(FoundLogin { login: untagged.find(head)?.into(), clear: untagged.clear() }));
        // The suffix alone is no evidence: a wrong `state` must not use up the login.
        found.filter(|found| found.login.state().matches(state))
    }

    /// Rules 2 to 4: `added` are the bytes of the new login.
    fn evict_logins(&self, head: &RequestHead, added: usize) -> Vec<String> {
        let mut removed = Vec::new();
        let mut pending = Vec::new();
        for (suffix, sealed) in
            self.sealer.logins(head).into_iter().filter(|(suffix, _)| cookie_suffix(suffix) == Some(*suffix))
        {
            match self.sealer.login(suffix).open(sealed) {
                Ok(login) => pending.push((login.started_at(), suffix, sealed.len())),
                Err(OpenError::UnknownKey) => {}
                Err(_) => removed.push(suffix),
            }
        }
        // The latest last; the sort is stable, so that the order of the header decides within a second.
        pending.sort_by_key(|(started_at, ..)| *started_at);
        let (mut count, mut bytes) = (1, added);
        let mut is_full = false;
        for (_, suffix, size) in pending.into_iter().rev() {
            is_full = is_full || count == MAX_PENDING || bytes + size > MAX_PENDING_BYTES;
            if is_full {
                removed.push(suffix);
            } else {
                count += 1;
                bytes += size;
            }
        }
        removed.into_iter().take(MAX_CLEARED).map(|suffix| self.sealer.login(suffix).clear()).collect()
    }
}
