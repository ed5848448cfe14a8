//! The part of a checked configuration that login, logout and sessions need.

use std::time::Duration;

use openidconnect::RedirectUrl;

use super::{
    client::ClientConfig,
    paths::{self, Paths},
};
use crate::{
    answer::Pages,
    http::{ReturnTo, cookie::CookieSecurity},
    protocol::{Prompt, SigningAlgorithm},
    secret::Secret,
    session::Limits,
};

/// Login, logout and the session in between.
#[derive(Clone, Debug)]
pub(crate) struct LoginConfig {
    pub(crate) client: ClientConfig,
    /// The one algorithm of ID and logout tokens; `None`: any of ZITADEL's seven.
    pub(crate) signing_algorithm: Option<SigningAlgorithm>,
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
