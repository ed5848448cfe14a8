//! The parts of a checked configuration. An application has those it needs: one that only checks access tokens has no
//! login, and therefore neither redirect URIs nor a session secret.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::client::ClientConfig;
#[cfg(feature = "login")]
use super::login::LoginConfig;
#[cfg(feature = "reqwest")]
use crate::environment::RootCertificates;
use crate::{protocol::key_file::KeyFile, secret::Secret};

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
    #[cfg(feature = "login")]
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
