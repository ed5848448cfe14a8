//! `Config`: parsed once, valid ever after.
//!
//! Every value in it is usable as it stands: whoever holds a `Config` need not check anything again. It comes from
//! the builder, from the environment, or from variables a test gives; all three are the same checks, and a
//! failure lists every problem at once. There is no "development mode": what is only right on a developer's
//! machine follows from addresses (http on loopback), and what is never right needs a method named `danger_…`.

mod builder;
mod check;
pub mod env;
mod error;
mod listen;
mod paths;
mod secrets;
mod uri;
mod vars;

use std::time::Duration;

use openidconnect::RedirectUrl;
use url::Url;

pub(crate) use self::paths::Paths;
pub use self::{
    builder::ConfigBuilder,
    error::{ConfigError, ConfigProblem},
    listen::ListenAddress,
};
use crate::{
    boundary::{ReturnTo, cookie::CookieSecurity},
    pages::Pages,
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm, client::Client, discovery::is_loopback},
    secret::Secret,
};

/// Where people land after sign-in unless they asked for a page.
const POST_LOGIN: &str = "/profile";

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
    /// Exactly as given: it is compared with discovery and with `iss` byte for byte (OIDC Discovery §4.3).
    pub(crate) issuer: String,
    /// Where requests to ZITADEL really go, if not to the issuer.
    pub(crate) internal_url: Option<Url>,
    pub(crate) client_id: String,
    /// `None`: a public client, PKCE only.
    pub(crate) client_secret: Option<Secret<String>>,
    /// `None`: what discovery offers. Only with a secret.
    pub(crate) client_authentication: Option<ClientAuthentication>,
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
    pub(crate) post_login: ReturnTo,
    /// Never empty: the first seals, all open.
    pub(crate) session_secrets: Vec<Secret<String>>,
    pub(crate) session_salt: Option<Secret<String>>,
    /// Idle limit, whole seconds.
    pub(crate) session_duration: Duration,
    /// Absolute limit, never below the idle limit.
    pub(crate) session_max_duration: Duration,
    /// Valid scope tokens, `openid` among them, none twice.
    pub(crate) scopes: Vec<String>,
    /// For sign-ins that ask for no prompt of their own; never [`Prompt::None`].
    pub(crate) prompt: Option<Prompt>,
    /// `None`: any of ZITADEL's seven.
    pub(crate) signing_alg: Option<SigningAlgorithm>,
    pub(crate) user_info_at_sign_in: UserInfoAtSignIn,
    /// How long "this session has not ended" may be believed without asking the store again.
    pub(crate) revocation_lag: Duration,
    pub(crate) paths: Paths,
    pub(crate) pages: Pages,
}

/// Whether sign-in and token refresh ask the userinfo endpoint (OIDC Core §5.3).
///
/// ZITADEL leaves profile, e-mail and roles out of the ID token unless an application has "User Info inside ID
/// Token" switched on, so asking is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one asks or one does not")]
pub enum UserInfoAtSignIn {
    /// Ask; the claims of both are merged, and roles taken away are gone at the next token refresh.
    #[default]
    Fetch,
    /// Trust the ID token to hold everything: one request less per sign-in.
    Skip,
}

impl Config {
    /// Starts a configuration in code, with what has no default: the issuer (ZITADEL's base URL, for example
    /// `https://acme.zitadel.cloud`) and the client id from its console.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, client_id: impl Into<String>) -> ConfigBuilder {
        ConfigBuilder::new(issuer.into(), client_id.into())
    }

    /// From this process's environment variables; [`mod@env`] has their names. Reads the files that `…_FILE`
    /// variables name, and does no other I/O.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        ConfigBuilder::from_env().build()
    }

    /// From variables somebody gives, by the same names and rules. Empty values count as unset, white space
    /// around values that are no secrets is ignored, and so are names nobody knows: hand in the whole
    /// environment if you like.
    ///
    /// # Errors
    ///
    /// Every variable that is missing or wrong.
    pub fn from_vars(
        vars: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, ConfigError> {
        ConfigBuilder::from_vars(vars).build()
    }

    /// From a table of a settings file, such as `[zitadel]`, and this process's variables, which win. Keys are the
    /// variables' names in lower case, without `zitadel_` where they begin with it: `domain`, `client_id`,
    /// `callback_url`, `session_secret`.
    ///
    /// # Errors
    ///
    /// Every setting that is missing or wrong, and every key that is no setting: a misspelt one would otherwise leave
    /// a default in force that nobody wanted.
    pub fn from_settings(
        settings: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Self, ConfigError> {
        ConfigBuilder::from_settings(settings).build()
    }

    /// Whether the provider may name http endpoints that are not on loopback: only if that was spelled out for the
    /// issuer itself.
    pub(crate) fn allows_http_endpoints(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|issuer| issuer.scheme() == "http" && !is_loopback(&issuer))
    }

    /// This application as it introduces itself to the provider.
    pub(crate) fn client(&self) -> Client<'_> {
        Client { id: &self.client_id, secret: self.client_secret.as_ref(), authentication: self.client_authentication }
    }

    /// Where a person signs in: the application's own page, or the endpoint that goes straight to ZITADEL.
    pub(crate) fn sign_in_page(&self) -> &str {
        self.pages.sign_in.as_deref().unwrap_or(&self.paths.login)
    }

    /// The page after sign-out.
    pub(crate) fn signed_out_page(&self) -> &str {
        self.pages.signed_out.as_deref().unwrap_or(&self.paths.logged_out)
    }

    /// The page after a sign-out that went wrong; takes `?reason=`.
    pub(crate) fn logout_error_page(&self) -> &str {
        self.pages.logout_error.as_deref().unwrap_or(&self.paths.logout_error)
    }

    /// The same with other pages; adapters take pages after the configuration was made.
    ///
    /// # Errors
    ///
    /// As when the pages are part of the configuration from the start.
    pub(crate) fn with_pages(self, pages: Pages) -> Result<Self, ConfigError> {
        check::pages_of(&self, &pages)?;
        Ok(Self { pages, ..self })
    }
}

#[cfg(test)]
mod tests;
