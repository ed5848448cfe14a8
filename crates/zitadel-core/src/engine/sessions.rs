//! `Sessions`: the only module that reads and writes sessions. It owns the cookie names, the keys, the cache of opened
//! cookies, the revocation lag and every key of the store; how a session is stored is decided here and nowhere else.
//!
//! # Rules
//!
//! 1. Whether a session was revoked is read from the store, and the result is used for `revocation_lag`, counted from when
//!    the store was asked; revocations by this process take effect immediately.
//! 2. "Revoked" is remembered by the session's id: it holds for every cookie the session ever had, until its absolute
//!    limit.
//! 3. Writing a cookie does not query the store: it keeps the time of the last check of its session. A refresh that takes
//!    longer than the lag is followed by another check.
//! 4. A cookie that another application may have sealed is left alone: one with an unknown key, which may be that of a
//!    newer secret (replicas get it one after the other), and one under a name of before that does not open.
//! 5. A cookie under its name of before is read, and the response writes it under the new name.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use super::{
    refresh_outcome::{CookieValue, RecentRefreshes, recent_refreshes},
    sealed_cookie::{CookieSealer, SealedCookie},
    session_cache::SessionCache,
    store_keys,
};
use crate::{
    config::LoginConfig,
    environment::{Clock, Environment, Store, StoreError},
    http::{RequestHead, cookie::CookieNames},
    protocol::{end_session::PendingLogout, id_token::VerifiedIdToken, token::TokenResponse},
    session::{Keyring, Limits, OpenError, Session, SessionId, SessionTooLarge, chunk},
    telemetry,
    time::Timestamp,
};

/// How long a revocation is remembered at least.
const MIN_REVOCATION: Duration = Duration::from_secs(600);

/// The sessions of one application.
pub(crate) struct Sessions {
    pub(super) sealer: CookieSealer,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    cache: SessionCache,
    limits: Limits,
    revocation_lag: Duration,
    pub(super) recent_refreshes: RecentRefreshes,
}

/// A session as a request carries it, whatever its age.
pub(crate) struct LoadedSession<'h> {
    pub(crate) session: Arc<Session>,
    /// When the store last reported that it was not revoked.
    pub(crate) revocation_checked_at: Timestamp,
    /// Whether that is recent enough not to ask again.
    pub(crate) revocation_check_is_fresh: bool,
    /// Rule 5: the cookie must be written again.
    pub(crate) has_earlier_name: bool,
    cookie: Cow<'h, str>,
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
            cache: SessionCache::new(session.revocation_lag),
            limits: session.limits,
            revocation_lag: session.revocation_lag,
            recent_refreshes: recent_refreshes(),
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

    /// The session of a request, even if it expired or was revoked: a logout still needs its tokens.
    pub(crate) fn load<'h>(&self, head: &'h RequestHead, now: Timestamp) -> Option<LoadedSession<'h>> {
        if head.cookies.is_empty() {
            return None;
        }
        self.load_tagged(head, now).or_else(|| {
            // Not through the cache: an opened cookie is accepted there whatever its name.
            let cookie = self.sealer.untagged_session();
            chunk::read(&self.sealer.untagged, head).find_map(|sealed| {
                Some(LoadedSession {
                    session: Arc::new(cookie.open(&sealed).ok()?),
                    revocation_checked_at: Timestamp::default(),
                    revocation_check_is_fresh: false,
                    has_earlier_name: true,
                    cookie: Cow::Owned(format!("untagged {sealed}")),
                })
            })
        })
    }

    fn load_tagged<'h>(&self, head: &'h RequestHead, now: Timestamp) -> Option<LoadedSession<'h>> {
        chunk::read(&self.sealer.names, head).find_map(|sealed| {
            let cached = match self.cache.get(&sealed) {
                Some(cached) => cached,
                None => match self.sealer.session().open(&sealed) {
                    // Not checked so far.
                    Ok(session) => self.cache.insert(&sealed, Arc::new(session), Timestamp::default()),
                    Err(error) => {
                        telemetry::session_cookie_rejected(&error);
                        return None;
                    }
                },
            };
            let checked_at = cached.revocation_checked_at;
            Some(LoadedSession {
                session: Arc::clone(&cached.session),
                revocation_checked_at: checked_at,
                revocation_check_is_fresh: self.is_fresh(checked_at, now)
                    && !self.cache.is_revoked_here(*cached.session.id()),
                has_earlier_name: false,
                cookie: sealed,
            })
        })
    }

    /// Rule 1. A check in the future is not valid: the clock was set back since.
    pub(crate) fn is_fresh(&self, checked_at: Timestamp, now: Timestamp) -> bool {
        checked_at <= now && now.duration_since(checked_at) < self.revocation_lag
    }

    /// Notes that the store just reported that a loaded session is not revoked.
    pub(crate) fn confirm(&self, loaded: &mut LoadedSession<'_>, checked_at: Timestamp) {
        loaded.revocation_checked_at = checked_at;
        self.cache.insert(&loaded.cookie, Arc::clone(&loaded.session), checked_at);
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
        now: Timestamp,
    ) -> Arc<Session> {
        let mut id = [0; 16];
        self.sealer.entropy.fill(&mut id);
        Arc::new(Session::establish(SessionId::new(id), proof, tokens, user_info, self.limits, now))
    }

    /// The cookie value of a session; cached as opened, because it comes back with the next request.
    ///
    /// # Errors
    ///
    /// [`SessionTooLarge`] if it does not fit into cookies.
    pub(crate) fn seal(
        &self,
        session: &Arc<Session>,
        revocation_checked_at: Timestamp,
    ) -> Result<CookieValue, SessionTooLarge> {
        let sealed = self.sealer.session().seal(session)?;
        chunk::check(&sealed)?;
        self.cache.insert(&sealed, Arc::clone(session), revocation_checked_at);
        Ok(CookieValue::new(&sealed))
    }

    /// The `Set-Cookie` values that store a session in the browser, and remove stale chunks of the request.
    ///
    /// # Errors
    ///
    /// [`SessionTooLarge`] if it does not fit into cookies.
    pub(crate) fn write(&self, value: &CookieValue, head: &RequestHead) -> Result<Vec<String>, SessionTooLarge> {
        let mut cookies = chunk::write(value.as_str(), &self.sealer.names, head)?;
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
        let is_foreign =
            |sealed: Cow<'_, str>| self.sealer.session().open(&sealed).err() == Some(OpenError::UnknownKey);
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

    /// Rule 2: revokes a session here and, through the store, on every replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: this process knows it, other replicas do not.
    pub(crate) async fn revoke(&self, session: &Session) -> Result<(), StoreError> {
        self.cache.revoke(*session.id());
        let now = self.clock.now();
        // Also if it has expired: the clock may be wrong.
        let rest = session.expires_at().duration_since(now).max(MIN_REVOCATION);
        let key = store_keys::revoked(session.id()).for_subject(&session.claims().subject);
        self.store.put(&key, now.to_string().into_bytes(), rest).await
    }

    /// Whether a session was revoked, here or on another replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn is_revoked(&self, session: &Session) -> Result<bool, StoreError> {
        Ok(self.cache.is_revoked_here(*session.id())
            || self.store.get(&store_keys::revoked(session.id())).await?.is_some())
    }

    /// For the benches.
    #[cfg(feature = "internals")]
    pub(crate) fn open_uncached(&self, sealed: &str) -> Option<Session> {
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
        self.sealer.session().seal(session).unwrap_or_default()
    }

    /// Whether the store answers.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it does not.
    pub(crate) async fn check_store(&self) -> Result<(), StoreError> {
        self.store.get(&store_keys::readiness()).await.map(drop)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("cache", &self.cache).finish_non_exhaustive()
    }
}
