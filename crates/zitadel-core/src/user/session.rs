//! `SessionInfo` and `UserSession`: what an application may know of sessions.

use std::{fmt, sync::Arc};

use super::{Credential, User};
use crate::{claims::Claims, protocol::AccessTokenKind, session::Session, time::Timestamp};

impl User {
    pub(crate) fn from_session(session: Arc<Session>) -> Self {
        Self { claims: Arc::clone(session.claims()), has_claims: true, credential: Credential::Session(session) }
    }

    /// A user about whom nothing but the subject is known at present.
    pub(crate) fn without_claims(session: Arc<Session>) -> Self {
        let claims = Claims { subject: session.claims().subject.clone(), ..Claims::default() };
        Self { claims: Arc::new(claims), has_claims: false, credential: Credential::Session(session) }
    }

    pub(crate) const fn session_arc(&self) -> Option<&Arc<Session>> {
        match &self.credential {
            Credential::Session(session) => Some(session),
            Credential::AccessToken(_) => None,
        }
    }

    /// The session this user was authenticated by; `None` for a user who was authenticated in another way.
    #[must_use]
    pub fn session(&self) -> Option<SessionInfo<'_>> {
        self.session_arc().map(|session| SessionInfo(session))
    }
}

/// Facts about the session a user was authenticated by. It holds no credential, but its claims are personal data.
#[derive(Clone, Copy, Debug)]
pub struct SessionInfo<'a>(pub(super) &'a Session);

/// One of the [sessions of a user](crate::Zitadel::sessions). It holds no credential, but tells when and with what a
/// person uses the application: personal data. `Debug` shows the id only.
#[derive(Clone)]
pub struct UserSession {
    pub(crate) id: String,
    pub(crate) started_at: Timestamp,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    pub(crate) user_agent: Option<String>,
    pub(crate) is_current: bool,
}

impl UserSession {
    /// Its id: 22 characters of base64url. It opens nothing, and [`Zitadel::end_session`](crate::Zitadel::end_session)
    /// takes it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When the user logged in.
    #[must_use]
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When it was last used, to a tenth of `SESSION_DURATION`: six minutes by default.
    #[must_use]
    pub const fn last_seen_at(&self) -> Timestamp {
        self.last_seen_at
    }

    /// When it ends if it is not used again.
    #[must_use]
    pub const fn idle_expires_at(&self) -> Timestamp {
        self.idle_expires_at
    }

    /// The `User-Agent` of the login, at most 256 bytes, if the application
    /// [asks for it](crate::ConfigBuilder::list_user_agents). It is a text from outside: escape it.
    #[must_use]
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// Whether it is the session by which the user was authenticated.
    #[must_use]
    pub const fn is_current(&self) -> bool {
        self.is_current
    }
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<'a> SessionInfo<'a> {
    /// Its id: 22 characters of base64url, the same from login to logout. It opens nothing, and is that of [`UserSession::id`].
    #[must_use]
    pub fn id(self) -> String {
        self.0.id().text()
    }

    /// When the user logged in to this application.
    #[must_use]
    pub fn started_at(self) -> Timestamp {
        self.0.started_at()
    }

    /// When the session ends if no further request comes: `SESSION_DURATION`, one hour by default, after the cookie was
    /// last written. The cookie is written again after a tenth of that.
    #[must_use]
    pub fn idle_expires_at(self) -> Timestamp {
        self.0.idle_expires_at()
    }

    /// When the session ends, however active it is: `SESSION_MAX_DURATION`, twelve hours by default, after login.
    #[must_use]
    pub fn expires_at(self) -> Timestamp {
        self.0.expires_at()
    }

    /// When the access token expires; `None` if the provider did not say.
    #[must_use]
    pub fn access_token_expires_at(self) -> Option<Timestamp> {
        self.0.access_token_expires_at()
    }

    /// Whether the access token is a JWT or opaque.
    #[must_use]
    pub fn access_token_kind(self) -> AccessTokenKind {
        self.0.access_token_kind()
    }

    /// Whether the provider gave a refresh token, so that tokens, roles and claims are renewed shortly before the access
    /// token expires (every hour if the provider does not say when that is). Without one they stay as they were at
    /// login until the session ends, and [`Zitadel::user_info`](crate::Zitadel::user_info) works as long as the access
    /// token does.
    #[must_use]
    pub fn is_refreshable(self) -> bool {
        self.0.is_refreshable()
    }

    /// How often the tokens were refreshed since login.
    #[must_use]
    pub fn refresh_count(self) -> u32 {
        self.0.refresh_count()
    }

    /// When the user last authenticated at the provider (`auth_time`), if it said.
    #[must_use]
    pub fn authenticated_at(self) -> Option<Timestamp> {
        self.0.authenticated_at()
    }

    /// The claims of the ID token as the provider sent them, for display. Decoded on each call.
    #[must_use]
    pub fn id_token_claims(self) -> serde_json::Map<String, serde_json::Value> {
        self.0.id_token_claims()
    }
}
