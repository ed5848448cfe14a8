//! The methods of [`ConfigBuilder`] that are about login, logout and sessions.

use std::time::Duration;

use super::{
    builder::ConfigBuilder,
    login::{SessionMode, UserInfoSource},
    paths::Paths,
};
use crate::{
    protocol::{Prompt, SigningAlgorithm},
    secret::Secret,
};

impl ConfigBuilder {
    /// Where the browser returns after login, exactly as registered in ZITADEL (RFC 6749 §3.1.2). Required.
    ///
    /// https, or http on loopback; no query, no fragment. The callback is mounted at its path, and its origin is the
    /// application's origin in same-origin checks.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.0.login.redirect_uri = Some(uri.into());
        self
    }

    /// Where the browser returns after logout, exactly as registered (OIDC RP-Initiated Logout §3). Required.
    ///
    /// It has the origin of the redirect URI and a path of its own, where the logout callback is mounted.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.0.login.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// The secret that session cookies are sealed with. Required; at least 32 bytes, best from a random generator
    /// (`openssl rand -base64 48`). All replicas need the same.
    #[must_use]
    pub fn session_secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.0.login.session_secret = Some(secret.into());
        self
    }

    /// A session secret from before a rotation: sessions sealed with it still open, and nothing new is sealed with it.
    /// May be repeated. Remove it when the session lifetime has passed.
    #[must_use]
    pub fn previous_session_secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.0.login.previous_session_secrets.push(secret.into());
        self
    }

    /// Salt for deriving keys (RFC 5869 §3.1); default a fixed label. At most 1,024 bytes. It need not be secret,
    /// and changing it ends all sessions.
    #[must_use]
    pub fn session_salt(mut self, salt: impl Into<String>) -> Self {
        self.0.login.session_salt = Some(Secret::new(salt.into()));
        self
    }

    /// Where the browser goes after login if no page was requested; default `/profile`. A local path.
    #[must_use]
    pub fn post_login(mut self, path: impl Into<String>) -> Self {
        self.0.login.post_login = Some(path.into());
        self
    }

    /// The scopes to request, instead of the default ones (profile, e-mail, refresh token, metadata, organization and
    /// roles). `openid` must be among them (OIDC Core §3.1.2.1).
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.0.login.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// One more scope, for example `urn:zitadel:iam:org:project:id:{id}:aud`.
    #[must_use]
    pub fn add_scope(mut self, scope: impl Into<String>) -> Self {
        self.0.login.added_scopes.push(scope.into());
        self
    }

    /// The page that the provider shows at every login without a [`Prompt`] of its own. Default none, so that users who
    /// are signed in there need not sign in again.
    ///
    /// [`Prompt::Consent`] is for providers that give a refresh token only then (OIDC Core §11).
    /// [`Prompt::None`] is refused: a user without a session at the provider could never log in.
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.0.login.prompt = Some(prompt);
        self
    }

    /// The one algorithm of ID tokens that is accepted (`id_token_signed_response_alg` of the registration). Default: any
    /// of ZITADEL's seven, by the key.
    #[must_use]
    pub const fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.0.login.signing_algorithm = Some(algorithm);
        self
    }

    /// How long a login may take, from the redirect to the provider to the callback: default ten minutes, one to thirty
    /// minutes; fractions of a second are cut.
    #[must_use]
    pub const fn login_timeout(mut self, timeout: Duration) -> Self {
        self.0.login.login_timeout = Some(timeout);
        self
    }

    /// Whether browsers keep the session when they are closed, up to its absolute limit: default no. Phones close browsers
    /// that are put away, and sign their users out with that. [`LoginOptions::persistent`](crate::LoginOptions::persistent)
    /// decides for one login.
    #[must_use]
    pub const fn persistent_sessions(mut self, persistent: bool) -> Self {
        self.0.login.persistent_sessions = persistent;
        self
    }

    /// Where sessions are kept; default [`SessionMode::Cookie`], which needs no store to serve a request.
    #[must_use]
    pub const fn session_mode(mut self, mode: SessionMode) -> Self {
        self.0.login.session_mode = mode;
        self
    }

    /// Whether the [list of a user's sessions](crate::Zitadel::sessions) says with which program each began: default no. Of
    /// the `User-Agent` of the login at most 256 bytes are kept, sealed, until the session ends. It has no effect with
    /// [`SessionMode::Cookie`].
    ///
    /// # Privacy
    ///
    /// A user agent is personal data. Addresses of clients are never stored.
    #[must_use]
    pub const fn list_user_agents(mut self, list: bool) -> Self {
        self.0.login.list_user_agents = list;
        self
    }

    /// How long a session lives without a request: default one hour, 60 seconds to 30 days; fractions of a second are
    /// cut.
    #[must_use]
    pub const fn session_idle_timeout(mut self, idle: Duration) -> Self {
        self.0.login.session_idle_timeout = Some(idle);
        self
    }

    /// How long a session lives from login, however active it is: default twelve hours; not below the idle timeout, up to
    /// 90 days; fractions of a second are cut.
    #[must_use]
    pub const fn session_lifetime(mut self, absolute: Duration) -> Self {
        self.0.login.session_lifetime = Some(absolute);
        self
    }

    /// Where the claims of a user come from; default [`UserInfoSource::Endpoint`].
    #[must_use]
    pub const fn user_info(mut self, source: UserInfoSource) -> Self {
        self.0.login.user_info = source;
        self
    }

    /// How long another replica may still accept a session that was revoked: default 5 seconds, at most 300; zero asks
    /// the store on every request.
    #[must_use]
    pub const fn revocation_lag(mut self, lag: Duration) -> Self {
        self.0.login.revocation_lag = Some(lag);
        self
    }

    /// Moves all paths of the engine below another prefix; default `/auth`. Call it before the methods that move a
    /// single one. (The paths of the two callbacks are those of their URIs.)
    #[must_use]
    pub fn base_path(mut self, prefix: &str) -> Self {
        self.0.login.paths = Paths::below(prefix);
        self
    }

    /// Where a login starts; default `/auth/login`.
    #[must_use]
    pub fn login_path(mut self, path: impl Into<String>) -> Self {
        self.0.login.paths.login = path.into();
        self
    }

    /// Where the form of a login page is posted; default `/auth/signin/zitadel`.
    #[must_use]
    pub fn login_post_path(mut self, path: impl Into<String>) -> Self {
        self.0.login.paths.login_post = path.into();
        self
    }

    /// Where a logout is posted; default `/auth/logout`.
    #[must_use]
    pub fn logout_path(mut self, path: impl Into<String>) -> Self {
        self.0.login.paths.logout = path.into();
        self
    }
}
