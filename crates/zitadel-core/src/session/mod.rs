//! `Session`: somebody signed in here, and the tokens that prove it. It can only be established from a
//! [`VerifiedIdToken`]: forgetting to verify does not compile.
//!
//! # Rules
//!
//! 1. Both limits, idle and absolute, are inside the sealed data.
//! 2. A session gets a new id at every sign-in, and keeps it through every refresh.
//! 3. Only the first secret seals; older ones still open.
//! 4. A cookie opens for its own purpose, version and name only, and for the issuer and client it was made for.
//! 5. The cookie is written when a tenth of the idle limit has passed, not on every response.
//! 6. Chunks that stayed behind are removed on every write, and never read as part of another session.
//! 7. A session that does not fit is an error at sign-in; one that outgrows its cookies at a refresh is ended.
//! 8. Anything that does not open means anonymous: cleared, logged at debug level, never an error page.

mod chunk;
mod compact;
mod lifetime;
mod opened;
mod seal;
mod token;
mod xaes;

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::lifetime::{Times, refresh_at};
pub(crate) use self::{
    chunk::{TooLarge, check as check_size, clear as clear_cookies, read as read_cookies, write as write_cookies},
    lifetime::Lifetime,
    opened::OpenedSessions,
    seal::{Keyring, OpenError, Purpose},
    token::PackedToken,
};
use crate::{
    edge::Entropy,
    protocol::{claims::user_claims, id_token::VerifiedIdToken, token::TokenResponse},
    secret::Secret,
    table::Text,
    time::Timestamp,
    user::{AccessTokenKind, Claims},
};

/// A session's own id: random, ours, and no secret (it opens nothing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct SessionId([u8; 16]);

impl SessionId {
    pub(crate) fn random(entropy: &dyn Entropy) -> Self {
        let mut id = [0; 16];
        entropy.fill(&mut id);
        Self(id)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// A signed-in user with everything needed to keep them signed in and to sign them out.
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "internals", derive(Serialize, Deserialize))]
pub(crate) struct Session {
    id: SessionId,
    times: Times,
    refresh_count: u32,
    access_token: PackedToken,
    refresh_token: Option<PackedToken>,
    /// Kept whole, for `id_token_hint` at sign-out; expired is fine there.
    id_token: PackedToken,
    /// The provider's `sid`.
    provider_session: Option<Text>,
    authenticated_at: Option<Timestamp>,
    claims: Arc<Claims>,
}

/// When tokens are refreshed whose lifetime the provider does not say (`expires_in` is only RECOMMENDED, RFC 6749
/// §5.1): often enough for roles to be fresh.
const UNSAID_LIFETIME: Duration = Duration::from_secs(3600);

/// How long sessions live; from the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
}

/// What userinfo had to say at a refresh.
#[derive(Clone, Copy)]
pub(crate) enum UserInfo<'a> {
    /// The application does not use it: the ID token says everything.
    NotUsed,
    Fresh(&'a Map<String, Value>),
    /// It could not be asked just now: the claims stay as they are. (ZITADEL leaves most of them out of the
    /// ID token, so taking them from there alone would lose them.)
    Unavailable,
}

impl Session {
    /// The only way to a session: a verified ID token, the tokens that came with it, and userinfo if asked.
    pub(crate) fn establish(
        id: SessionId,
        proof: &VerifiedIdToken,
        tokens: &TokenResponse,
        user_info: Option<&Map<String, Value>>,
        limits: Limits,
        now: Timestamp,
    ) -> Self {
        let mut session = Self {
            id,
            times: Times {
                started: now,
                touched: now,
                idle: limits.idle,
                expires: now.plus(limits.absolute),
                refresh_at: None,
                access_expires: None,
            },
            refresh_count: 0,
            access_token: PackedToken::pack(tokens.access_token.expose()),
            refresh_token: None,
            id_token: PackedToken::pack(proof.raw().expose()),
            provider_session: proof.sid().map(Text::new),
            authenticated_at: proof.auth_time(),
            claims: Arc::new(user_claims(proof.claims(), user_info)),
        };
        session.take_tokens(tokens, now);
        session
    }

    /// The session after a refresh: same id, same limits, new tokens. `proof` is absent if the provider sent
    /// no new ID token (OIDC Core §12.2 allows that) or it could not be checked just now.
    pub(crate) fn refreshed(
        &self,
        proof: Option<&VerifiedIdToken>,
        tokens: &TokenResponse,
        user_info: UserInfo<'_>,
        now: Timestamp,
    ) -> Self {
        let mut session = self.clone();
        session.times.touched = now;
        session.refresh_count = self.refresh_count.saturating_add(1);
        session.access_token = PackedToken::pack(tokens.access_token.expose());
        session.take_tokens(tokens, now);
        if let Some(proof) = proof {
            session.id_token = PackedToken::pack(proof.raw().expose());
            session.provider_session = proof.sid().map(Text::new).or(session.provider_session);
            session.authenticated_at = proof.auth_time().or(session.authenticated_at);
        }
        // `session.id_token` is the newest by now, whether it came just now or earlier.
        match user_info {
            UserInfo::NotUsed => session.claims = Arc::new(user_claims(&session.id_token_claims(), None)),
            UserInfo::Fresh(fresh) => session.claims = Arc::new(user_claims(&session.id_token_claims(), Some(fresh))),
            UserInfo::Unavailable => {}
        }
        session
    }

    fn take_tokens(&mut self, tokens: &TokenResponse, now: Timestamp) {
        if let Some(token) = &tokens.refresh_token {
            self.refresh_token = Some(PackedToken::pack(token.expose()));
        }
        self.times.access_expires = tokens.expires_in.map(|lifetime| now.plus(lifetime));
        self.times.refresh_at =
            self.refresh_token.as_ref().map(|_| refresh_at(now, tokens.expires_in.unwrap_or(UNSAID_LIFETIME)));
    }

    /// The same session with its idle limit counted from `now`.
    pub(crate) fn touched(&self, now: Timestamp) -> Self {
        let mut session = self.clone();
        session.times.touched = now;
        session
    }

    /// The same session, to be refreshed no later than `at`: its claims could not be brought up to date.
    pub(crate) fn due_at(mut self, at: Timestamp) -> Self {
        self.times.refresh_at = self.times.refresh_at.map(|due| due.min(at));
        self
    }

    /// The sealed session: for a cookie, or for the store.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if its claims are beyond what any session may hold.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        name: &str,
        keyring: &Keyring,
        entropy: &dyn Entropy,
    ) -> Result<String, TooLarge> {
        let plain = zeroize::Zeroizing::new(compact::encode(self)?);
        Ok(keyring.seal(purpose, name, &plain, entropy))
    }

    /// Opens what [`seal`](Self::seal) made.
    pub(crate) fn open(purpose: Purpose, name: &str, sealed: &str, keyring: &Keyring) -> Result<Self, OpenError> {
        let plain = keyring.open(purpose, name, sealed)?;
        compact::decode(&plain).ok_or(OpenError::Malformed)
    }

    /// Whether its cookie is old enough to be written again.
    pub(crate) fn is_due_for_touch(&self, now: Timestamp) -> bool {
        self.times.is_due_for_touch(now)
    }

    pub(crate) fn lifetime(&self, now: Timestamp) -> Lifetime {
        self.times.at(now)
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

    pub(crate) fn id_token(&self) -> Secret<String> {
        self.id_token.unpack()
    }

    pub(crate) const fn started_at(&self) -> Timestamp {
        self.times.started
    }

    pub(crate) const fn idle_expires_at(&self) -> Timestamp {
        self.times.idle_expires()
    }

    pub(crate) const fn expires_at(&self) -> Timestamp {
        self.times.expires
    }

    pub(crate) const fn access_token_expires_at(&self) -> Option<Timestamp> {
        self.times.access_expires
    }

    pub(crate) const fn access_token_kind(&self) -> AccessTokenKind {
        self.access_token.kind()
    }

    /// Whether there is a refresh token, and a moment at which to use it.
    pub(crate) const fn renews_itself(&self) -> bool {
        self.times.refresh_at.is_some()
    }

    pub(crate) const fn refresh_count(&self) -> u32 {
        self.refresh_count
    }

    pub(crate) const fn authenticated_at(&self) -> Option<Timestamp> {
        self.authenticated_at
    }

    /// The `nonce` of the sign-in; a refreshed ID token may repeat it and must not have another.
    pub(crate) fn nonce(&self) -> Option<String> {
        self.id_token_claims().get("nonce").and_then(Value::as_str).map(str::to_owned)
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
