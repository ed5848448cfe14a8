//! `Sessions`: the only module that reads and writes sessions. It owns the cookie names, the keys, the cache of opened
//! cookies, the revocation lag and every key of the store; how a session is stored is decided here and nowhere else.
//!
//! # Rules
//!
//! 1. Whether a session ended is read from the store, once. If the store announces ends, that holds until told otherwise;
//!    without announcements for `revocation_lag`, counted from when the store was asked (`ended_sessions.rs`). Ends by this
//!    process take effect immediately.
//! 2. An end is remembered by the session's id, by the provider's session (`sid`), or by the user and a moment: it holds for
//!    every cookie that the session ever had, until its absolute limit.
//! 6. An end that the store does not take is known here at once, and written as soon as the store takes it.
//! 3. Writing a cookie does not query the store: it keeps the time of the last check of its session. A refresh that takes
//!    longer than the lag is followed by another check.
//! 4. A cookie that another application may have sealed is left alone: one with an unknown key, which may be that of a
//!    newer secret (replicas get it one after the other), and one under a name of before that does not open.
//! 5. A cookie under its name of before is read, and the response writes it under the new name.
//! 7. A cookie holds a session, or refers to one in the store. Both are read; which is written is a setting
//!    (`stored_sessions.rs`).

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use super::{
    ended_sessions::{EndCheck, EndedSessions, Known},
    found_session::{Found, LoadedSession},
    late_writes::LateWrites,
    refresh_outcome::{CookieValue, RecentRefreshes, recent_refreshes},
    sealed_cookie::{CookieSealer, SealedCookie},
    session_cache::SessionCache,
    store_check::StoreCheck,
    store_keys::Namespace,
};
use crate::{
    config::{LoginConfig, SessionMode},
    environment::{Clock, Environment, Store, StoreError},
    http::{RequestHead, cookie::CookieNames},
    protocol::{end_session::PendingLogout, id_token::VerifiedIdToken, token::TokenResponse},
    session::{Keyring, Limits, OpenError, Session, SessionId, SessionTooLarge, chunk},
    telemetry,
    time::Timestamp,
};

/// The sessions of one application.
pub(crate) struct Sessions {
    pub(super) sealer: CookieSealer,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) cache: SessionCache,
    limits: Limits,
    pub(super) mode: SessionMode,
    pub(super) lists_user_agents: bool,
    /// Whether the store may have bodies of sessions: they are written, or a cookie referred to one.
    pub(super) has_bodies: AtomicBool,
    pub(super) namespace: Namespace,
    pub(super) ended: Arc<EndedSessions>,
    pub(super) recent_refreshes: RecentRefreshes,
    pub(super) late_writes: Arc<LateWrites>,
    store_check: StoreCheck,
}

impl Sessions {
    pub(super) fn new(issuer: &str, config: &LoginConfig, environment: &Environment) -> Self {
        let session = &config.session;
        Self {
            sealer: CookieSealer {
                names: CookieNames::new(config.cookie_security, issuer, &config.client.id),
                untagged: CookieNames::untagged(config.cookie_security),
                keyring: Keyring::derive(&session.secrets, session.salt.as_ref(), issuer, &config.client.id),
                entropy: Arc::clone(&environment.entropy),
            },
            store: Arc::clone(&environment.store),
            clock: Arc::clone(&environment.clock),
            cache: SessionCache::new(&environment.clock),
            limits: session.limits,
            mode: session.mode,
            lists_user_agents: session.lists_user_agents,
            has_bodies: AtomicBool::new(session.mode == SessionMode::Stored),
            namespace: Namespace::new(issuer, &config.client.id),
            ended: EndedSessions::new(session.revocation_lag),
            recent_refreshes: recent_refreshes(),
            late_writes: LateWrites::new(&environment.store, &environment.clock),
            store_check: StoreCheck::default(),
        }
    }

    /// The name of the session cookie, or of its first chunk.
    pub(crate) fn cookie_name(&self) -> &str {
        self.sealer.names.session()
    }

    /// The names of all cookies.
    pub(crate) const fn cookie_names(&self) -> &CookieNames {
        &self.sealer.names
    }

    /// The cookie of a pending logout.
    pub(crate) fn logout_cookie(&self) -> SealedCookie<'_, PendingLogout> {
        self.sealer.logout()
    }

    /// The pending logout of a request.
    pub(crate) fn pending_logout(
        &self,
        head: &RequestHead,
    ) -> Option<(PendingLogout, SealedCookie<'_, PendingLogout>)> {
        let cookies = [self.sealer.logout(), self.sealer.untagged_logout()];
        cookies.into_iter().find_map(|cookie| Some((cookie.find(head)?, cookie)))
    }

    /// Whether a request carries a session cookie, readable or not.
    pub(crate) fn is_present(&self, head: &RequestHead) -> bool {
        chunk::read(&self.sealer.names, head).chain(chunk::read(&self.sealer.untagged, head)).next().is_some()
    }

    /// The session of a request, even if it expired or was revoked, without asking the store.
    pub(crate) fn find<'h>(&self, head: &'h RequestHead, now: Timestamp) -> Option<Found<'h>> {
        if head.cookies.is_empty() {
            return None;
        }
        let tagged = chunk::read(&self.sealer.names, head).find_map(|cookie| self.find_in(cookie, now));
        tagged.or_else(|| {
            // Not through the cache: an opened cookie is accepted there whatever its name.
            let cookie = self.sealer.untagged_session();
            chunk::read(&self.sealer.untagged, head).find_map(|sealed| {
                Some(Found::Session(LoadedSession {
                    session: Arc::new(cookie.open(&sealed).ok()?),
                    check: EndCheck::default(),
                    check_is_fresh: false,
                    has_earlier_name: true,
                    cookie: Cow::Owned([b"untagged ", &*sealed].concat()),
                    body: None,
                }))
            })
        })
    }

    fn find_in<'h>(&self, cookie: Cow<'h, [u8]>, now: Timestamp) -> Option<Found<'h>> {
        let cached = match self.cache.get(&cookie, now) {
            Some(cached) => cached,
            None if chunk::is_reference(&cookie) => return self.find_stored(cookie),
            None => match self.sealer.session().open(&cookie) {
                // Not checked so far.
                Ok(session) => self.cache.insert(&cookie, Arc::new(session), EndCheck::default()),
                Err(error) => {
                    telemetry::session_cookie_rejected(&error);
                    return None;
                }
            },
        };
        let (session, check) = (&cached.session, cached.check());
        let (known, ends) = self.ended.compare(session.started_at(), || self.namespace.ends(session), check.ends);
        if known == Known::NotEnded {
            cached.compared_with(ends);
        }
        Some(Found::Session(LoadedSession {
            session: Arc::clone(session),
            check,
            check_is_fresh: known == Known::NotEnded && self.ended.is_fresh(check, now),
            has_earlier_name: false,
            cookie,
            body: None,
        }))
    }

    /// Rule 1: whether the store need not be asked again.
    pub(crate) fn is_fresh(&self, check: EndCheck, now: Timestamp) -> bool {
        self.ended.is_fresh(check, now)
    }

    /// Before the store is asked: what its answer will be good for. Subscribes to the store's announcements.
    pub(crate) fn begin_check(&self) -> EndCheck {
        self.ended.subscribe(&self.store, &self.clock);
        self.ended.begin_check(self.clock.now())
    }

    /// Notes that the store reported that a loaded session has not ended.
    pub(crate) fn confirm(&self, loaded: &mut LoadedSession<'_>, check: EndCheck) {
        loaded.check = check;
        let session = Arc::clone(&loaded.session);
        match &loaded.body {
            Some(body) => self.cache.insert_stored(&loaded.cookie, session, check, body.len()),
            None => self.cache.insert(&loaded.cookie, session, check),
        };
    }

    /// Drops a loaded session that is no longer valid from the cache.
    pub(crate) fn forget(&self, loaded: &LoadedSession<'_>) {
        self.cache.remove(&loaded.cookie);
    }

    /// A new session with an id of its own.
    pub(crate) fn establish(
        &self,
        proof: &VerifiedIdToken,
        tokens: &TokenResponse,
        user_info: Option<&serde_json::Map<String, serde_json::Value>>,
        is_persistent: bool,
        now: Timestamp,
    ) -> Arc<Session> {
        let mut id = [0; 16];
        self.sealer.entropy.fill(&mut id);
        Arc::new(Session::establish(SessionId::new(id), proof, tokens, user_info, self.limits, is_persistent, now))
    }

    /// The cookie value that holds a session; cached as opened, because it comes back with the next request. Every replica
    /// that finds the result of one refresh sets the same cookie.
    ///
    /// # Errors
    ///
    /// [`SessionTooLarge`] if it does not fit into cookies.
    pub(crate) fn seal(&self, session: &Arc<Session>, check: EndCheck) -> Result<CookieValue, SessionTooLarge> {
        let sealed = self.sealer.session().seal_repeatably(session)?;
        chunk::check(&sealed)?;
        self.cache.insert(&sealed, Arc::clone(session), check);
        Ok(CookieValue::new(&sealed, session))
    }

    /// The `Set-Cookie` values that store a session in the browser, and remove stale chunks of the request.
    ///
    /// # Errors
    ///
    /// [`SessionTooLarge`] if it does not fit into cookies.
    pub(crate) fn write(&self, value: &CookieValue, head: &RequestHead) -> Result<Vec<String>, SessionTooLarge> {
        let names = &self.sealer.names;
        let mut cookies =
            match value.is_reference() && chunk::read(names, head).any(|sent| *sent == *value.as_str().as_bytes()) {
                // It stays the same for the whole session, and so does the time until which the browser keeps it.
                true => chunk::stale(names, head, 1),
                false => chunk::write(value.as_str(), names, value.max_age(self.clock.now()), head)?,
            };
        cookies.extend(self.clear_earlier_name(head));
        Ok(cookies)
    }

    /// The `Set-Cookie` values that remove the session cookies of the request; none if it carries none.
    pub(crate) fn clear(&self, head: &RequestHead) -> Vec<String> {
        let mut cookies = chunk::clear(&self.sealer.names, head);
        cookies.extend(self.clear_earlier_name(head));
        cookies
    }

    /// The same for a session that is no longer valid, or was none. Only in the response to a navigation: that of
    /// another request may arrive late, and remove the session of a login that has finished since.
    pub(crate) fn clear_dead(&self, head: &RequestHead) -> Vec<String> {
        let names = &self.sealer.names;
        let is_foreign = |cookie: Cow<'_, [u8]>| match chunk::is_reference(&cookie) {
            true => self.open_reference(&cookie).err() == Some(OpenError::UnknownKey),
            false => self.sealer.session().open(&cookie).err() == Some(OpenError::UnknownKey),
        };
        if head.cookies.is_empty() || !head.is_navigation() || chunk::read(names, head).any(is_foreign) {
            return Vec::new();
        }
        self.clear(head)
    }

    /// Rule 4: only what this application sealed.
    fn clear_earlier_name(&self, head: &RequestHead) -> Vec<String> {
        let cookie = self.sealer.untagged_session();
        let is_ours = chunk::read(&self.sealer.untagged, head).any(|sealed| cookie.open(&sealed).is_ok());
        if is_ours { chunk::clear(&self.sealer.untagged, head) } else { Vec::new() }
    }

    /// The longest time that a session lives.
    pub(super) const fn lifetime(&self) -> Duration {
        self.limits.lifetime
    }

    /// For the benches.
    #[cfg(feature = "internals")]
    pub(crate) fn open_uncached(&self, sealed: impl AsRef<[u8]>) -> Option<Session> {
        self.sealer.session().open(sealed).ok()
    }

    /// For the benches.
    #[cfg(feature = "internals")]
    pub(crate) fn find_uncached(&self, head: &RequestHead) -> Option<Session> {
        chunk::read(&self.sealer.names, head).find_map(|sealed| self.open_uncached(&sealed))
    }

    /// For the benches.
    #[cfg(feature = "internals")]
    pub(crate) fn seal_uncached(&self, session: &Session) -> String {
        self.sealer.session().seal_repeatably(session).unwrap_or_default()
    }

    /// Whether the store takes writes.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it does not.
    pub(crate) async fn check_store(&self) -> Result<(), Arc<StoreError>> {
        self.store_check.run(&*self.store, &*self.clock).await
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("cache", &self.cache).finish_non_exhaustive()
    }
}
