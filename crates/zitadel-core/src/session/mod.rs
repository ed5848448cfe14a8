//! `Session`: a user who is logged in, and the tokens that prove it. It can only be established from a
//! [`VerifiedIdToken`], so forgetting to verify does not compile.
//!
//! # Rules
//!
//! 1. Both limits, idle and absolute, are inside the sealed data.
//! 2. A session gets a new id at every login, and keeps it through every refresh.
//! 3. Only the first secret seals; older ones still open.
//! 4. A cookie opens for its own purpose, version and name only, and for the issuer and client it was made for.
//! 5. The cookie is written when a tenth of the idle limit has passed, not on every response.
//! 6. Stale chunks are removed on every write, and never read as part of another session.
//! 7. A session that does not fit is an error at login; one that outgrows its cookies at a refresh is ended.
//! 8. A cookie that does not open means anonymous: removed, logged at debug level, never an error page.
//!
//! Pure: time and random bytes are arguments. What is remembered between requests is in `engine/`.

mod authentication;
pub(crate) mod chunk;
mod compact;
mod packed_token;
mod seal;
mod stale_claims;
mod state;
mod xaes;

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::{
    authentication::SessionAuthentication,
    packed_token::PackedToken,
    stale_claims::StaleClaims,
    state::{MIN_REFRESH_INTERVAL, Times, refresh_at},
};
pub(crate) use self::{
    chunk::SessionTooLarge,
    seal::{Keyring, NONCE_LENGTH, OpenError, Purpose, Sealable},
    state::SessionState,
};
use crate::{
    claims::{AuthenticationContext, Claims},
    protocol::{
        AccessTokenKind,
        authentication_context::authentication_context,
        end_session::IdTokenHint,
        id_token::VerifiedIdToken,
        strict_json,
        token::TokenResponse,
        user_claims::{identity_only, user_claims},
    },
    secret::Secret,
    table::Text,
    time::Timestamp,
};

/// A session's own id: random, chosen here, and not secret (it opens nothing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SessionId([u8; 16]);

impl SessionId {
    /// From 16 random bytes.
    pub(crate) const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// 22 characters of base64url.
    pub(crate) fn text(&self) -> String {
        base64_simd::URL_SAFE_NO_PAD.encode_to_string(self.0)
    }
}

/// A logged-in user, with everything needed to keep them logged in and to log them out.
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "internals", derive(Serialize, Deserialize))]
pub(crate) struct Session {
    id: SessionId,
    times: Times,
    refresh_count: u32,
    access_token: PackedToken,
    refresh_token: Option<PackedToken>,
    /// Kept whole, for `id_token_hint` at logout, where an expired one is accepted.
    id_token: PackedToken,
    /// The provider's `sid`.
    provider_session: Option<Text>,
    authenticated_at: Option<Timestamp>,
    authentication: SessionAuthentication,
    claims: Arc<Claims>,
}

/// The lifetime of tokens for which the provider names none (`expires_in` is only RECOMMENDED, RFC 6749 §5.1): short
/// enough to keep roles current.
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// How long sessions live; from the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Without a request.
    pub(crate) idle_timeout: Duration,
    /// From login, however active it is.
    pub(crate) lifetime: Duration,
}

/// Where the claims come from after a refresh.
#[derive(Clone, Copy)]
pub(crate) enum RefreshedClaims<'a> {
    /// From the ID token alone: the application does not use userinfo.
    IdToken,
    /// From this userinfo, and from the ID token if it came with the same refresh.
    UserInfo(&'a Map<String, Value>),
    /// They stay as they are for now, because their source could not be read: [stale](StaleClaims). (ZITADEL leaves most
    /// claims out of the ID token, so taking them from there alone would lose them.)
    Stale {
        /// Whether their source can be read without another refresh: userinfo.
        retry: bool,
    },
}

impl Session {
    /// The only way to create a session: a verified ID token, the tokens that came with it, and userinfo if it is used.
    pub(crate) fn establish(
        id: SessionId,
        proof: &VerifiedIdToken,
        tokens: &TokenResponse,
        user_info: Option<&Map<String, Value>>,
        limits: Limits,
        is_persistent: bool,
        now: Timestamp,
    ) -> Self {
        let mut session = Self {
            id,
            times: Times {
                started_at: now,
                renewed_at: now,
                idle_timeout: limits.idle_timeout,
                expires_at: now.saturating_add(limits.lifetime),
                refresh_at: None,
                access_token_expires_at: None,
                refreshed_at: None,
                stale_claims: None,
                is_persistent,
            },
            refresh_count: 0,
            access_token: PackedToken::pack(tokens.access_token.expose()),
            refresh_token: None,
            id_token: PackedToken::pack(proof.raw().expose()),
            provider_session: proof.sid().map(Text::new),
            authenticated_at: proof.auth_time(),
            authentication: SessionAuthentication::default(),
            claims: Arc::new(user_claims(proof.claims(), user_info)),
        };
        session.set_token_times(tokens, now);
        session
    }

    /// The session after a refresh: same id, same limits, new tokens. `proof` is absent if the provider sent
    /// no new ID token (OIDC Core §12.2 allows that) or it could not be verified just now.
    pub(crate) fn refreshed(
        &self,
        proof: Option<&VerifiedIdToken>,
        tokens: &TokenResponse,
        claims: RefreshedClaims<'_>,
        now: Timestamp,
    ) -> Self {
        let mut session = self.clone();
        session.times.renewed_at = now;
        session.times.refreshed_at = Some(now);
        session.times.stale_claims = None;
        session.refresh_count = self.refresh_count.saturating_add(1);
        session.access_token = PackedToken::pack(tokens.access_token.expose());
        session.set_token_times(tokens, now);
        if let Some(proof) = proof {
            session.id_token = PackedToken::pack(proof.raw().expose());
            session.provider_session = proof.sid().map(Text::new).or(session.provider_session);
            // OIDC Core §12.2: the time of the original authentication; a later one would pass a `max_age` unjustly. The same
            // for its class and its methods.
            session.authenticated_at = session.authenticated_at.or(proof.auth_time());
            let refreshed = authentication_context(proof.claims());
            session.authentication = SessionAuthentication::after_refresh(self.authentication_context(), &refreshed);
        }
        // `session.id_token` is the newest by now, whether it came just now or earlier.
        let id_token = session.id_token_claims();
        session.claims = Arc::new(match (claims, proof) {
            (RefreshedClaims::IdToken, _) => user_claims(&id_token, None),
            (RefreshedClaims::UserInfo(user_info), Some(_)) => user_claims(&id_token, Some(user_info)),
            (RefreshedClaims::UserInfo(user_info), None) => user_claims(&identity_only(&id_token), Some(user_info)),
            (RefreshedClaims::Stale { retry }, _) => {
                let lifetime = tokens.expires_in.unwrap_or(DEFAULT_TOKEN_LIFETIME);
                let stale = StaleClaims::after_refresh(self.times.stale_claims, now, lifetime);
                session.times.stale_claims = Some(if retry { stale } else { stale.without_retry() });
                return session;
            }
        });
        session
    }

    /// The session with claims from userinfo that was read after its refresh.
    pub(crate) fn with_user_info(&self, user_info: &Map<String, Value>, now: Timestamp) -> Self {
        let mut session = self.renewed(now);
        session.claims = Arc::new(user_claims(&identity_only(&self.id_token_claims()), Some(user_info)));
        session.times.stale_claims = None;
        session
    }

    /// The session after another failure to read userinfo.
    pub(crate) fn with_stale_claims(&self, now: Timestamp) -> Self {
        let mut session = self.renewed(now);
        session.times.stale_claims = self.times.stale_claims.map(|claims| claims.retried(now));
        session
    }

    fn set_token_times(&mut self, tokens: &TokenResponse, now: Timestamp) {
        if let Some(token) = &tokens.refresh_token {
            self.refresh_token = Some(PackedToken::pack(token.expose()));
        }
        self.times.access_token_expires_at = tokens.expires_in.map(|lifetime| now.saturating_add(lifetime));
        let lifetime = tokens.expires_in.unwrap_or(DEFAULT_TOKEN_LIFETIME);
        self.times.refresh_at = self.refresh_token.as_ref().map(|_| refresh_at(now, lifetime, self.jitter()));
    }

    /// Different for every session and every refresh of it: the id is random.
    fn jitter(&self) -> u32 {
        let [a, b, c, d, ..] = self.id.0;
        // Steps of the golden ratio spread evenly.
        u32::from_le_bytes([a, b, c, d]).wrapping_add(self.refresh_count.wrapping_mul(0x9e37_79b9))
    }

    /// Whether its tokens were refreshed so recently that they must not be refreshed again.
    pub(crate) fn was_just_refreshed(&self, now: Timestamp) -> bool {
        let end = self.times.refreshed_at.map(|at| at.saturating_add(MIN_REFRESH_INTERVAL));
        end.is_some_and(|end| end.is_ahead_of(now, MIN_REFRESH_INTERVAL))
    }

    /// Whether its tokens were refreshed a moment ago, and its claims are of before.
    pub(crate) fn awaits_claims(&self, now: Timestamp) -> bool {
        let Times { stale_claims, refreshed_at, .. } = &self.times;
        stale_claims.is_some() && refreshed_at.is_some_and(|at| now.duration_since(at) <= Duration::from_secs(2))
    }

    /// The same session with its idle limit counted from `now`.
    pub(crate) fn renewed(&self, now: Timestamp) -> Self {
        let mut session = self.clone();
        session.times.renewed_at = now;
        session
    }

    /// Whether its cookie is old enough to be written again.
    pub(crate) fn should_renew_cookie(&self, now: Timestamp) -> bool {
        self.times.should_renew_cookie(now)
    }

    pub(crate) fn state(&self, now: Timestamp) -> SessionState {
        self.times.state(now)
    }

    /// Whether its claims could not be updated for so long that they must not be used.
    pub(crate) fn have_claims_expired(&self, now: Timestamp) -> bool {
        self.times.have_claims_expired(now)
    }

    pub(crate) const fn id(&self) -> &SessionId {
        &self.id
    }

    pub(crate) const fn claims(&self) -> &Arc<Claims> {
        &self.claims
    }

    pub(crate) fn access_token(&self) -> Secret<String> {
        self.access_token.unpack()
    }

    pub(crate) fn refresh_token(&self) -> Option<Secret<String>> {
        self.refresh_token.as_ref().map(PackedToken::unpack)
    }

    /// What tells the provider at logout which session ends.
    pub(crate) fn id_token_hint(&self) -> IdTokenHint<'_> {
        IdTokenHint { token: self.id_token.unpack(), provider_session: self.provider_session.as_deref() }
    }

    /// The provider's session (`sid`), if the provider names one.
    pub(crate) fn provider_session(&self) -> Option<&str> {
        self.provider_session.as_deref()
    }

    pub(crate) const fn started_at(&self) -> Timestamp {
        self.times.started_at
    }

    pub(crate) const fn idle_expires_at(&self) -> Timestamp {
        self.times.idle_expires_at()
    }

    /// How long the browser keeps the cookie; `None`: until it is closed.
    pub(crate) const fn persistent_until(&self) -> Option<Timestamp> {
        if self.times.is_persistent { Some(self.times.expires_at) } else { None }
    }

    pub(crate) const fn expires_at(&self) -> Timestamp {
        self.times.expires_at
    }

    pub(crate) const fn access_token_expires_at(&self) -> Option<Timestamp> {
        self.times.access_token_expires_at
    }

    pub(crate) const fn access_token_kind(&self) -> AccessTokenKind {
        self.access_token.kind()
    }

    /// Whether there is a refresh token, and a time at which to use it.
    pub(crate) const fn is_refreshable(&self) -> bool {
        self.times.refresh_at.is_some()
    }

    pub(crate) const fn refresh_count(&self) -> u32 {
        self.refresh_count
    }

    /// Whether nothing changed since login.
    pub(crate) fn is_new(&self) -> bool {
        self.refresh_count == 0 && self.times.renewed_at == self.times.started_at
    }

    pub(crate) const fn idle_timeout(&self) -> Duration {
        self.times.idle_timeout
    }

    /// Whether this is a later state of a session than `other`. Of one refresh, that with current claims.
    pub(crate) fn is_newer_than(&self, other: &Self) -> bool {
        let age =
            |session: &Self| (session.refresh_count, session.times.stale_claims.is_none(), session.times.renewed_at);
        age(self) > age(other)
    }

    pub(crate) const fn authenticated_at(&self) -> Option<Timestamp> {
        self.authenticated_at
    }

    /// The class and the methods of the authentication.
    pub(crate) fn authentication_context(&self) -> &AuthenticationContext {
        self.authentication.context(self.id_token.payload())
    }

    /// The `nonce` of the login; a refreshed ID token may repeat it and must not have another.
    pub(crate) fn nonce(&self) -> Option<String> {
        strict_json::text(&self.id_token_claims(), "nonce").map(str::to_owned)
    }

    pub(crate) fn id_token_claims(&self) -> Map<String, Value> {
        serde_json::from_slice(self.id_token.payload()).unwrap_or_default()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("times", &self.times).finish_non_exhaustive()
    }
}

/// Sessions for tests of other modules.
#[cfg(test)]
pub(crate) mod examples {
    use super::*;

    /// Whether the ID token of a session was read to learn how the user authenticated.
    pub(crate) fn is_authentication_read(session: &Session) -> bool {
        session.authentication.is_read()
    }

    /// A session that began at `now`, of a user who authenticated so.
    pub(crate) fn session(
        claims: Claims,
        authenticated_at: Option<Timestamp>,
        authentication_context: AuthenticationContext,
        now: Timestamp,
    ) -> Session {
        Session {
            id: SessionId::new([7; 16]),
            times: Times {
                started_at: now,
                renewed_at: now,
                idle_timeout: Duration::from_secs(600),
                expires_at: now,
                refresh_at: None,
                access_token_expires_at: None,
                refreshed_at: None,
                stale_claims: None,
                is_persistent: false,
            },
            refresh_count: 0,
            access_token: PackedToken::pack("token"),
            refresh_token: None,
            id_token: PackedToken::pack("token"),
            provider_session: None,
            authenticated_at,
            authentication: SessionAuthentication::new(
                (!authentication_context.is_empty()).then_some(authentication_context),
            ),
            claims: Arc::new(claims),
        }
    }
}
