//! `ConfigBuilder`: a configuration before it was checked.

use std::time::Duration;

use super::{
    Config, ConfigError, UserInfoAtSignIn,
    error::{Problems, Spoken},
    paths::Paths,
    vars::Vars,
};
use crate::{
    pages::Pages,
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm},
    secret::Secret,
};

/// Collects settings; [`build`](Self::build) checks them all. Start with [`Config::builder`] or, to change what
/// variables say, with [`from_env`](Self::from_env) or [`from_vars`](Self::from_vars).
///
/// Setting something twice keeps the last value. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct ConfigBuilder {
    pub(super) problems: Problems,
    pub(super) issuer: Option<String>,
    pub(super) http_issuer: HttpIssuer,
    pub(super) internal_url: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret<String>>,
    pub(super) client_authentication: Option<ClientAuthentication>,
    pub(super) redirect_uri: Option<String>,
    pub(super) post_logout_redirect_uri: Option<String>,
    pub(super) post_login: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) more_scopes: Vec<String>,
    pub(super) prompt: Option<Prompt>,
    pub(super) signing_alg: Option<SigningAlgorithm>,
    pub(super) session_secret: Option<Secret<String>>,
    pub(super) previous_secrets: Vec<Secret<String>>,
    pub(super) session_salt: Option<Secret<String>>,
    pub(super) session_duration: Option<Duration>,
    pub(super) session_max_duration: Option<Duration>,
    pub(super) user_info_at_sign_in: UserInfoAtSignIn,
    pub(super) revocation_lag: Duration,
    pub(super) paths: Paths,
    pub(super) pages: Pages,
}

/// Whether an issuer without TLS is accepted beyond loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpIssuer {
    OnlyLoopback,
    Anywhere,
}

impl ConfigBuilder {
    pub(super) fn new(issuer: String, client_id: String) -> Self {
        Self { issuer: Some(issuer), client_id: Some(client_id), ..Self::blank(Spoken::Methods) }
    }

    pub(super) fn blank(spoken: Spoken) -> Self {
        Self {
            problems: Problems::new(spoken),
            issuer: None,
            http_issuer: HttpIssuer::OnlyLoopback,
            internal_url: None,
            client_id: None,
            client_secret: None,
            client_authentication: None,
            redirect_uri: None,
            post_logout_redirect_uri: None,
            post_login: None,
            scopes: None,
            more_scopes: Vec::new(),
            prompt: None,
            signing_alg: None,
            session_secret: None,
            previous_secrets: Vec::new(),
            session_salt: None,
            session_duration: None,
            session_max_duration: None,
            user_info_at_sign_in: UserInfoAtSignIn::Fetch,
            revocation_lag: Duration::from_secs(5),
            paths: Paths::default(),
            pages: Pages::new(),
        }
    }

    /// Starts with what this process's environment variables say; problems show in [`build`](Self::build).
    #[must_use]
    pub fn from_env() -> Self {
        Vars::of_process().into_builder()
    }

    /// Starts with what these variables say; problems show in [`build`](Self::build).
    #[must_use]
    pub fn from_vars(vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Vars::given(vars).into_builder()
    }

    /// Starts with what a table of a settings file says, and the process's variables over it; see
    /// [`Config::from_settings`].
    #[must_use]
    pub fn from_settings(settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Vars::of_process().or(settings).into_builder()
    }

    /// Where the browser returns after sign-in, exactly as registered in ZITADEL (RFC 6749 §3.1.2). Required.
    ///
    /// https, or http on loopback; no query, no fragment. Its path is where the callback is mounted, its origin is
    /// what counts as "our own site".
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Where the browser returns after sign-out, exactly as registered (OIDC RP-Initiated Logout §3). Required.
    ///
    /// The origin of the redirect URI with a path of its own, where the logout callback is mounted.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// The secret that session cookies are sealed with. Required; at least 32 bytes, best from a random generator
    /// (`openssl rand -base64 48`). All replicas need the same.
    #[must_use]
    pub fn session_secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.session_secret = Some(secret.into());
        self
    }

    /// A secret from before a rotation: sessions sealed with it still open, nothing is sealed with it any more.
    /// May be repeated. Drop it when the absolute session lifetime has passed.
    #[must_use]
    pub fn also_open_with(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.previous_secrets.push(secret.into());
        self
    }

    /// Salt for deriving keys (RFC 5869 §3.1); default a fixed label. At most 1,024 bytes. It need not be secret,
    /// and changing it ends all sessions.
    #[must_use]
    pub fn session_salt(mut self, salt: impl Into<String>) -> Self {
        self.session_salt = Some(Secret::new(salt.into()));
        self
    }

    /// The client secret of a confidential client. Default none: a public client, which PKCE protects. An empty one
    /// counts as none.
    #[must_use]
    pub fn client_secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// How the client secret is sent, as the client is registered at the provider (RFC 7591 §2). Default: what
    /// discovery offers, Basic preferred. Set it for a provider that offers both and accepts one per client.
    /// Without a secret it is an error, because nothing would come of it.
    #[must_use]
    pub const fn client_authentication(mut self, method: ClientAuthentication) -> Self {
        self.client_authentication = Some(method);
        self
    }

    /// Where this process reaches ZITADEL when the issuer's address is not reachable from here, for example
    /// `http://zitadel:8080`. Tokens must still name the issuer. http is accepted: it is your own network.
    #[must_use]
    pub fn internal_url(mut self, url: impl Into<String>) -> Self {
        self.internal_url = Some(url.into());
        self
    }

    /// Accepts an issuer on http that is not this machine.
    ///
    /// # Security
    ///
    /// Whoever can touch the network in between can sign in as anyone. Never outside a closed test network.
    #[must_use]
    pub const fn danger_accept_http_issuer(mut self) -> Self {
        self.http_issuer = HttpIssuer::Anywhere;
        self
    }

    /// Where people land after sign-in when they asked for no page; default `/profile`. A local path.
    #[must_use]
    pub fn post_login(mut self, path: impl Into<String>) -> Self {
        self.post_login = Some(path.into());
        self
    }

    /// The scopes to ask for, instead of the default ones (profile, e-mail, refresh token, metadata, organisation and
    /// roles). `openid` must be among them (OIDC Core §3.1.2.1).
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// One more scope than the others, for example `urn:zitadel:iam:org:project:id:{id}:aud`.
    #[must_use]
    pub fn also_ask_for_scope(mut self, scope: impl Into<String>) -> Self {
        self.more_scopes.push(scope.into());
        self
    }

    /// What the provider should show at every sign-in that asks for no [`Prompt`] of its own. Default nothing in
    /// particular, so that people who are signed in there need not sign in again.
    ///
    /// [`Prompt::Consent`] is for providers that give a refresh token only then (OIDC Core §11).
    /// [`Prompt::None`] is refused: nobody without a session at the provider could ever sign in.
    #[must_use]
    pub const fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Pins the algorithm of ID and logout tokens. Default: any of ZITADEL's seven, as the key says.
    #[must_use]
    pub const fn signing_alg(mut self, algorithm: SigningAlgorithm) -> Self {
        self.signing_alg = Some(algorithm);
        self
    }

    /// How long a session lives without a request: default one hour, 60 seconds to 30 days; parts of a second are
    /// cut.
    #[must_use]
    pub const fn session_duration(mut self, idle: Duration) -> Self {
        self.session_duration = Some(idle);
        self
    }

    /// How long a session lives at most: default twelve hours; never below the idle limit, up to 90 days; parts of a
    /// second are cut.
    #[must_use]
    pub const fn session_max_duration(mut self, absolute: Duration) -> Self {
        self.session_max_duration = Some(absolute);
        self
    }

    /// Whether sign-in asks the userinfo endpoint; default [`UserInfoAtSignIn::Fetch`].
    #[must_use]
    pub const fn user_info_at_sign_in(mut self, choice: UserInfoAtSignIn) -> Self {
        self.user_info_at_sign_in = choice;
        self
    }

    /// How long another replica may still accept a session that has ended: default 5 seconds, at most 300; zero asks
    /// the store on every request.
    #[must_use]
    pub const fn revocation_lag(mut self, lag: Duration) -> Self {
        self.revocation_lag = lag;
        self
    }

    /// Moves all paths of the engine below another prefix; default `/auth`. Call it before the methods that move a
    /// single one. (The two callbacks are where their URIs say.)
    #[must_use]
    pub fn auth_path(mut self, prefix: &str) -> Self {
        self.paths = Paths::below(prefix);
        self
    }

    /// Where a sign-in starts; default `/auth/login`.
    #[must_use]
    pub fn login_path(mut self, path: impl Into<String>) -> Self {
        self.paths.login = path.into();
        self
    }

    /// Where the button of a sign-in page posts to; default `/auth/signin/zitadel`.
    #[must_use]
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        self.paths.sign_in = path.into();
        self
    }

    /// Where a sign-out is posted to; default `/auth/logout`.
    #[must_use]
    pub fn logout_path(mut self, path: impl Into<String>) -> Self {
        self.paths.logout = path.into();
        self
    }

    /// The pages the application brings itself; default none. Their paths must be local, and no callback.
    #[must_use]
    pub fn pages(mut self, pages: Pages) -> Self {
        self.pages = pages;
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every problem, not only the first.
    pub fn build(self) -> Result<Config, ConfigError> {
        super::check::build(self)
    }
}
