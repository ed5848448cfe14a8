//! `ConfigBuilder`: collects settings, and the constructors of [`Config`].

use std::time::Duration;

use super::{
    check,
    error::ConfigError,
    parts::Config,
    setting_name::NamingStyle,
    settings::{HttpIssuer, Settings},
    vars::Vars,
};
use crate::{
    protocol::{ClientAuthentication, scope::project_scope},
    secret::Secret,
};

impl Config {
    /// Starts a configuration in code, with what has no default: the issuer (ZITADEL's base URL, for example
    /// `https://acme.zitadel.cloud`) and the client id from its console.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, client_id: impl Into<String>) -> ConfigBuilder {
        let mut builder = Self::api_builder(issuer);
        builder.0.client_id = Some(client_id.into());
        builder
    }

    /// Starts the configuration of an application without login: one that only accepts access tokens, for which you name at least
    /// one [`audience`](ConfigBuilder::audience) or give its [key file](ConfigBuilder::application_key), or a program that is a
    /// [service account](ConfigBuilder::service_account_key).
    ///
    /// Such an application has no login endpoints and needs no session secret. JWT access tokens are verified here; opaque ones and
    /// personal access tokens by introspection (RFC 7662), for which it needs the key file, or a
    /// [`client_id`](ConfigBuilder::client_id) and [`client_secret`](ConfigBuilder::client_secret).
    ///
    /// ```
    /// use zitadel_core::Config;
    ///
    /// let config = Config::api_builder("https://acme.zitadel.cloud").audience("170086774599581953").build()?;
    /// # let _ = config;
    /// # Ok::<(), zitadel_core::ConfigError>(())
    /// ```
    #[must_use]
    pub fn api_builder(issuer: impl Into<String>) -> ConfigBuilder {
        let mut settings = Settings::new(NamingStyle::Methods);
        settings.issuer = Some(issuer.into());
        ConfigBuilder(settings)
    }

    /// From this process's environment variables; [`mod@super::env`] lists their names. Reads the files that `…_FILE`
    /// variables name, and does no other I/O.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        ConfigBuilder::from_env().build()
    }

    /// From variables given here, by the same names and rules. Empty values count as unset, white space around values
    /// that are not secrets is ignored, and so are unknown names: the whole environment can be passed.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong.
    pub fn from_vars(
        vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, ConfigError> {
        ConfigBuilder::from_vars(vars).build()
    }

    /// From a table of a settings file, such as `[zitadel]`, and this process's variables, which override it. Keys are
    /// the variables' names in lower case, without `zitadel_` where they begin with it: `domain`, `client_id`,
    /// `callback_url`, `session_secret`.
    ///
    /// # Errors
    ///
    /// Every setting that is missing or wrong, and every key that is not a setting: a misspelt one would otherwise
    /// leave a default in force.
    pub fn from_settings(
        settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, ConfigError> {
        ConfigBuilder::from_settings(settings).build()
    }
}

/// Collects settings; [`build`](Self::build) checks them all. Start with [`Config::builder`] or, to change what
/// variables set, with [`from_env`](Self::from_env) or [`from_vars`](Self::from_vars).
///
/// Setting something twice keeps the last value. `Debug` shows no secret, and of texts only which are set: they are not
/// checked yet.
#[derive(Clone, Debug)]
pub struct ConfigBuilder(pub(super) Settings);

impl ConfigBuilder {
    /// Starts with this process's environment variables; problems are reported by [`build`](Self::build).
    #[must_use]
    pub fn from_env() -> Self {
        Self(Vars::from_process().into_settings())
    }

    /// Starts with these variables; problems are reported by [`build`](Self::build).
    #[must_use]
    pub fn from_vars(vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self(Vars::new(vars).into_settings())
    }

    /// Starts with a table of a settings file, overridden by the process's variables; see [`Config::from_settings`].
    #[must_use]
    pub fn from_settings(settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self(Vars::from_process().or(settings).into_settings())
    }

    /// The client secret of a confidential client. Default none: a public client, which PKCE protects. An empty one
    /// counts as none.
    #[must_use]
    pub fn client_secret(mut self, secret: impl Into<Secret<String>>) -> Self {
        self.0.client_secret = Some(secret.into());
        self
    }

    /// The key file of an application, the JSON text as downloaded from ZITADEL: the application then authenticates with
    /// `private_key_jwt` (RFC 7523, OIDC Core §9) and needs no secret. Default none.
    ///
    /// If the file's `clientId` is the client id of this application, or no client id is set, it authenticates every request. If it is
    /// another one, that of an API application beside this one, it authenticates introspection only; then, and in an application
    /// without login, access tokens for that client id are accepted unless an [`audience`](Self::audience) is named.
    #[must_use]
    pub fn application_key(mut self, json: impl Into<Secret<String>>) -> Self {
        self.0.application_key = Some(json.into());
        self
    }

    /// How the client secret is sent, as the client is registered at the provider (RFC 7591 §2). Default: what
    /// discovery offers, Basic preferred. Set it for a provider that offers both and accepts one per client.
    /// It is an error without a secret, because it would have no effect.
    #[must_use]
    pub const fn client_authentication(mut self, method: ClientAuthentication) -> Self {
        self.0.client_authentication = Some(method);
        self
    }

    /// Where this process reaches ZITADEL when the issuer's address is not reachable from here, for example
    /// `http://zitadel:8080`. Tokens must still name the issuer. http is accepted, because this is
    /// your own network.
    #[must_use]
    pub fn internal_url(mut self, url: impl Into<String>) -> Self {
        self.0.internal_url = Some(url.into());
        self
    }

    /// Certificates of authorities (PEM, one or several) that are trusted at ZITADEL in addition to those of the system.
    /// Default none. For the default transport; one of your own has to trust them itself.
    #[must_use]
    pub fn ca_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.0.ca_certificates = Some(pem.into());
        self
    }

    /// Accepts an issuer on http that is not this machine.
    ///
    /// # Security
    ///
    /// Anyone on the network in between can log in as any user. Never use it outside a closed test network.
    #[must_use]
    pub const fn danger_accept_http_issuer(mut self) -> Self {
        self.0.http_issuer = HttpIssuer::Anywhere;
        self
    }

    /// Accepts access tokens in the `Authorization` header (RFC 6750) whose `aud` names this audience: a client id or a project id
    /// (RFC 9068 §2.2). May be repeated; one of them must be named. Default none: the header is not looked at.
    ///
    /// ZITADEL writes every application of a project and the project itself into `aud`, so that a token issued to one
    /// application of a project is accepted by its other ones.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.0.audiences.push(audience.into());
        self
    }

    /// For how long the result of introspection is used: whole seconds, at most 60; 0 asks for every request. Default 30 s. A token
    /// that is revoked is accepted until then. JWTs are not introspected, and are accepted until they expire.
    #[must_use]
    pub const fn introspection_cache(mut self, time: Duration) -> Self {
        self.0.introspection_cache = Some(time);
        self
    }

    /// The key file of a service account, the JSON text as downloaded from ZITADEL (RFC 7523): with it
    /// [`Zitadel::service_account`](crate::Zitadel::service_account) has access tokens of its own. A service account has one
    /// credential: this one, [`service_account_secret`](Self::service_account_secret) or
    /// [`service_account_token`](Self::service_account_token).
    #[must_use]
    pub fn service_account_key(mut self, json: impl Into<Secret<String>>) -> Self {
        self.0.service_account.key = Some(json.into());
        self
    }

    /// The client id of a service account, which is its login name, and its secret (RFC 6749 §4.4).
    #[must_use]
    pub fn service_account_secret(mut self, id: impl Into<String>, secret: impl Into<Secret<String>>) -> Self {
        self.0.service_account.id = Some(id.into());
        self.0.service_account.secret = Some(secret.into());
        self
    }

    /// A personal access token of a service account: it is used as it is, until ZITADEL no longer accepts it.
    #[must_use]
    pub fn service_account_token(mut self, token: impl Into<Secret<String>>) -> Self {
        self.0.service_account.token = Some(token.into());
        self
    }

    /// Makes the service account's tokens ones for the API of this project: adds the scope `urn:zitadel:iam:org:project:id:{id}:aud`.
    /// May be repeated; `zitadel` stands for ZITADEL's own APIs. Without a project ZITADEL's introspection calls the token inactive,
    /// whichever API asks. It has no effect on a personal access token.
    #[must_use]
    pub fn service_account_project(mut self, id: &str) -> Self {
        self.0.service_account.added_scopes.push(project_scope(id));
        self
    }

    /// One more scope of the service account's tokens; default `openid` and `urn:zitadel:iam:org:projects:roles`. It has no effect
    /// on a personal access token.
    #[must_use]
    pub fn service_account_scope(mut self, scope: impl Into<String>) -> Self {
        self.0.service_account.added_scopes.push(scope.into());
        self
    }

    /// The client id, for [`Config::api_builder`]: with a client secret it authenticates introspection.
    #[must_use]
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.0.client_id = Some(id.into());
        self
    }

    /// Checks everything.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every problem, not only the first.
    pub fn build(self) -> Result<Config, ConfigError> {
        check::build(self.0)
    }
}
