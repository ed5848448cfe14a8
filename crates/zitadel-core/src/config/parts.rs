//! The parts of a checked configuration. An application has those it needs: one that only checks access tokens has no
//! login, and therefore neither redirect URIs nor a session secret.

use std::{sync::Arc, time::Duration};

use openidconnect::RedirectUrl;
use url::Url;

use super::paths::{self, Paths};
#[cfg(feature = "reqwest")]
use crate::environment::RootCertificates;
use crate::{
    answer::Pages,
    environment::Environment,
    http::{ReturnTo, cookie::CookieSecurity},
    protocol::{
        ClientAuthentication, Prompt, SigningAlgorithm, assertion,
        client::{Client, Credential},
        key_file::KeyFile,
    },
    secret::Secret,
    session::Limits,
};

/// A checked configuration. Opaque; `Debug` shows no secret.
///
/// ```
/// use zitadel_core::Config;
///
/// let config = Config::builder("https://acme.zitadel.cloud", "170086824411201793@app")
///     .redirect_uri("https://app.example.com/auth/callback")
///     .post_logout_redirect_uri("https://app.example.com/auth/logout/callback")
///     .session_secret("fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi")
///     .build()?;
/// # let _ = config;
/// # Ok::<(), zitadel_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) provider: ProviderConfig,
    /// `None`: an application without login.
    pub(crate) login: Option<LoginConfig>,
    /// `None`: an application that accepts no access tokens.
    pub(crate) api: Option<ApiConfig>,
    /// `None`: an application that has no tokens of its own.
    pub(crate) service_account: Option<ServiceAccountConfig>,
    /// `None`: a store in this process.
    pub(crate) store_url: Option<Secret<String>>,
}

impl Config {
    /// The value of `SESSION_STORE`, unless that is `cookie`: where the store is that this application asks for. Make it
    /// (`RedisStore::from_url` of the crate `zitadel-redis`) and give it to
    /// [`ZitadelBuilder::store`](crate::ZitadelBuilder::store). It may hold a password.
    #[must_use]
    pub const fn store_url(&self) -> Option<&Secret<String>> {
        self.store_url.as_ref()
    }
}

/// The provider, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct ProviderConfig {
    /// Exactly as given: it is compared with discovery and with `iss` byte for byte (OIDC Discovery §4.3).
    pub(crate) issuer: String,
    /// Where requests to the provider are sent, if not to the issuer.
    pub(crate) internal_url: Option<Url>,
    /// Trusted in addition to those of the system.
    #[cfg(feature = "reqwest")]
    pub(crate) root_certificates: Option<RootCertificates>,
    /// Whether the metadata may name http endpoints beyond loopback: only if that was accepted for the issuer itself.
    pub(crate) allow_http: bool,
}

/// This application as it is registered at the provider.
#[derive(Clone, Debug)]
pub(crate) struct ClientConfig {
    pub(crate) id: String,
    pub(crate) credential: ClientCredential,
    /// `None`: any of ZITADEL's seven.
    pub(crate) signing_algorithm: Option<SigningAlgorithm>,
}

/// What this application authenticates with.
#[derive(Clone, Debug)]
pub(crate) enum ClientCredential {
    /// A public client, PKCE only.
    Public,
    /// A client secret, and how it is sent; `None` for what discovery offers.
    Secret(Secret<String>, Option<ClientAuthentication>),
    /// A private key, of which the provider has the public half.
    Key(Arc<KeyFile>),
}

/// Login, logout and the session in between.
#[derive(Clone, Debug)]
pub(crate) struct LoginConfig {
    pub(crate) client: ClientConfig,
    /// Exactly as given: ZITADEL compares it with the registered one (RFC 6749 §3.1.2.3).
    pub(crate) redirect_uri: RedirectUrl,
    /// The path of `redirect_uri`, where the callback is mounted.
    pub(crate) callback_path: String,
    /// `scheme://host[:port]` of `redirect_uri` as browsers write it in `Origin` (RFC 6454 §6.2).
    pub(crate) public_origin: String,
    pub(crate) cookie_security: CookieSecurity,
    /// Exactly as given.
    pub(crate) post_logout_redirect_uri: String,
    pub(crate) logout_callback_path: String,
    /// Where the browser goes after login if no page was requested.
    pub(crate) post_login: ReturnTo,
    /// How long a login may take.
    pub(crate) login_timeout: Duration,
    /// Valid scope tokens, `openid` among them, none twice.
    pub(crate) scopes: Vec<String>,
    /// For logins without a prompt of their own; never [`Prompt::None`].
    pub(crate) prompt: Option<Prompt>,
    pub(crate) user_info: UserInfoSource,
    pub(crate) paths: Paths,
    pub(crate) pages: Pages,
    pub(crate) session: SessionConfig,
}

/// How sessions are sealed and how long they live.
#[derive(Clone, Debug)]
pub(crate) struct SessionConfig {
    /// Never empty: the first seals, all open.
    pub(crate) secrets: Vec<Secret<String>>,
    pub(crate) salt: Option<Secret<String>>,
    /// Whether browsers keep the session when they are closed.
    pub(crate) is_persistent: bool,
    pub(crate) mode: SessionMode,
    /// Whether the list of a user's sessions has their user agents.
    pub(crate) lists_user_agents: bool,
    /// Whole seconds; the lifetime is never below the idle timeout.
    pub(crate) limits: Limits,
    /// How long a replica may rely on "not revoked" without asking the store again.
    pub(crate) revocation_lag: Duration,
}

/// Access tokens from callers of an API.
#[derive(Clone, Debug)]
pub(crate) struct ApiConfig {
    /// The audiences of which a token must name one; never empty.
    pub(crate) audiences: Vec<String>,
    /// Whether no audience was named, so that it is the client id of the key file.
    pub(crate) audience_is_default: bool,
    /// This application as introspection knows it; `None` without credentials: then only JWTs are accepted.
    pub(crate) client: Option<ClientConfig>,
    /// For how long the result of introspection is used.
    pub(crate) introspection_cache: Duration,
}

/// A service account that this application is.
#[derive(Clone, Debug)]
pub(crate) struct ServiceAccountConfig {
    pub(crate) credential: ServiceAccountCredential,
    /// Valid scope tokens, at least one, none twice.
    pub(crate) scopes: Vec<String>,
}

/// What a service account has from ZITADEL.
#[derive(Clone, Debug)]
pub(crate) enum ServiceAccountCredential {
    /// A private key: JWT bearer.
    Key(Arc<KeyFile>),
    /// Client id and secret: client credentials.
    Secret(String, Secret<String>),
    /// A token that needs no request.
    PersonalAccessToken(Secret<String>),
}

/// Where sessions are kept. An application can be switched from one to the other while users are signed in: both kinds of
/// cookies are always read, and a session is written in the new way when its tokens are refreshed or a tenth of its idle
/// limit has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionMode {
    /// In sealed cookies, of some 2 KB with ZITADEL's defaults: no store is needed to serve a request.
    #[default]
    Cookie,
    /// In the store, sealed; the cookie has at most 200 bytes. The sessions of a user can be
    /// [listed](crate::Zitadel::sessions) and ended one by one. A store that loses its entries signs everybody out.
    Stored,
}

/// Where the claims of a user come from, at login and at every refresh.
///
/// ZITADEL leaves profile, e-mail and roles out of the ID token unless an application has "User Info inside ID
/// Token" switched on, so the userinfo endpoint is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserInfoSource {
    /// The ID token and the userinfo endpoint (OIDC Core §5.3), merged; a role that is removed is gone at the next
    /// refresh.
    #[default]
    Endpoint,
    /// The ID token alone: one request less per login and per refresh.
    IdTokenOnly,
}

impl ClientConfig {
    /// This application as its next request to the provider with this issuer authenticates.
    pub(crate) fn client(&self, issuer: &str, environment: &Environment) -> Client<'_> {
        let credential = match &self.credential {
            ClientCredential::Public => Credential::None,
            ClientCredential::Secret(secret, method) => Credential::Secret(secret, *method),
            ClientCredential::Key(key) => {
                let signed = assertion::sign(key, issuer, environment.random(), environment.clock.now());
                // A key that was read signs. If it ever does not, the provider refuses the empty assertion, and that is logged.
                Credential::Assertion(signed.unwrap_or_default())
            }
        };
        Client { id: &self.id, credential }
    }

    /// Whether it can authenticate: a public client cannot.
    pub(crate) const fn has_credentials(&self) -> bool {
        !matches!(self.credential, ClientCredential::Public)
    }
}

impl LoginConfig {
    /// Where a browser logs in: the application's own page, or the endpoint that goes straight to the provider.
    pub(crate) fn login_path(&self) -> &str {
        self.pages.login_path.as_deref().unwrap_or(&self.paths.login)
    }

    /// Whether a path is one of the engine's own endpoints: no page to return to after login.
    pub(crate) fn is_endpoint(&self, path: &str) -> bool {
        let callbacks = [&self.callback_path, &self.logout_callback_path];
        self.paths.contains(path) || callbacks.into_iter().any(|callback| paths::same(callback, path))
    }

    /// The page after logout.
    pub(crate) fn logged_out_path(&self) -> &str {
        self.pages.logged_out_path.as_deref().unwrap_or(&self.paths.logged_out)
    }

    /// The page after a logout that failed; takes `?reason=`.
    pub(crate) fn logout_error_path(&self) -> &str {
        self.pages.logout_error_path.as_deref().unwrap_or(&self.paths.logout_error)
    }
}
