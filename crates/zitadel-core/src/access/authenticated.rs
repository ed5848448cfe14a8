//! `Authenticated`: one request, what its authentication found, and the engine that did it.

use std::sync::Arc;

#[cfg(feature = "login")]
use super::late_cookies::LateCookies;
use super::principal::Principal;
#[cfg(feature = "login")]
use crate::http::Reply;
use crate::{
    answer::{Challenge, ErrorCode, ErrorPage},
    engine::Engine,
    http::{BearerToken, RequestHead},
    time::Timestamp,
};

/// Shared by an [`Authentication`](super::Authentication) and the denials that come of it.
pub(super) struct Authenticated {
    pub(super) engine: Arc<Engine>,
    pub(super) head: RequestHead,
    pub(super) principal: Principal,
    /// When it was authenticated: the time of every decision about it.
    pub(super) now: Timestamp,
    /// `Set-Cookie` values for the response.
    pub(super) cookies: Vec<String>,
    /// Those of a refresh while the handler runs, instead.
    #[cfg(feature = "login")]
    pub(super) late_cookies: LateCookies,
}

impl Authenticated {
    /// The texts for a code.
    pub(super) fn error_page(&self, code: ErrorCode) -> ErrorPage {
        #[cfg(feature = "login")]
        if let Some(login) = &self.engine.login {
            return login.error_page(code);
        }
        ErrorPage::new(code)
    }

    /// Whether access tokens are accepted.
    pub(super) fn has_api(&self) -> bool {
        self.engine.api.is_some()
    }

    /// Whether the request has a bearer token, well-formed or not, and the application accepts them.
    pub(super) fn presents_token(&self) -> bool {
        self.has_api() && self.head.bearer() != BearerToken::Absent
    }

    /// The challenge, with the provider whose access tokens are accepted.
    pub(super) fn with_realm(&self, challenge: Challenge) -> Challenge {
        if self.has_api() { challenge.with_realm(self.engine.provider.issuer()) } else { challenge }
    }
}

#[cfg(feature = "login")]
impl Authenticated {
    /// The redirect of a page that was opened at another name of the host.
    pub(super) fn redirect_to_own_host(&self) -> Option<Reply> {
        self.engine.login.as_ref()?.redirect_to_own_host(&self.head)
    }

    /// Where a browser logs in because a page requires more of the authentication than the session shows; `None` if there is no
    /// session.
    pub(super) fn step_up_path(&self) -> Option<&str> {
        match (&self.principal, &self.engine.login) {
            (Principal::Session(_), Some(login)) => Some(&login.config.paths.step_up),
            _ => None,
        }
    }

    /// Where a browser logs in; `None` if the application has no login.
    pub(super) fn login_path(&self) -> Option<&str> {
        self.engine.login.as_ref().map(|login| login.config.login_path())
    }
}
