//! `Pages`: which pages the application brings itself.

use super::ErrorPage;
use crate::protocol::EndSessionForm;

/// The pages an application serves itself instead of the small built-in ones.
///
/// Methods that end in `_path` name a page of the application: local, beginning with `/`, and public. The built-in page
/// is not mounted then. Paths are checked by [`ZitadelBuilder::build`](crate::ZitadelBuilder::build). Methods that
/// begin with `render_` return the HTML of a page that the engine answers with.
///
/// # Security
///
/// Rendered HTML is sent as it is. The engine adds `no-store`, `nosniff` and `X-Frame-Options: DENY`; escaping, and a
/// content security policy, are up to the application.
///
/// ```
/// use zitadel_core::Pages;
/// let pages = Pages::new()
///     .login_path("/auth/login")
///     .logged_out_path("/auth/logout/success")
///     .logout_error_path("/auth/logout/error")
///     .error_path("/auth/error")
///     .render_error(|page| format!("<h1>{}</h1><p>{}</p>", page.title(), page.message()));
/// # let _ = pages;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pages {
    pub(crate) login_path: Option<String>,
    pub(crate) logged_out_path: Option<String>,
    pub(crate) logout_error_path: Option<String>,
    pub(crate) error_path: Option<String>,
    pub(crate) render_error: Option<fn(&ErrorPage) -> String>,
    pub(crate) render_logout: Option<fn() -> String>,
    pub(crate) render_end_session: Option<fn(&EndSessionForm) -> String>,
}

impl Pages {
    /// Built-in pages everywhere.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            login_path: None,
            logged_out_path: None,
            logout_error_path: None,
            error_path: None,
            render_error: None,
            render_logout: None,
            render_end_session: None,
        }
    }

    /// The path of the application's own login page. Unauthenticated browsers are sent there with `?callbackUrl=`; its
    /// form posts `callbackUrl` to the endpoint [`LoginPost`](crate::Endpoint::LoginPost) (`/auth/signin/zitadel` unless
    /// moved). If it is not at the path of [`Login`](crate::Endpoint::Login) (`/auth/login` unless moved), that endpoint
    /// stays the link that logs in without a page.
    #[must_use]
    pub fn login_path(mut self, path: &str) -> Self {
        self.login_path = Some(path.to_owned());
        self
    }

    /// The path of the application's own page after logout.
    #[must_use]
    pub fn logged_out_path(mut self, path: &str) -> Self {
        self.logged_out_path = Some(path.to_owned());
        self
    }

    /// The path of the application's own page after a logout that failed; it gets `?reason=CODE`.
    #[must_use]
    pub fn logout_error_path(mut self, path: &str) -> Self {
        self.logout_error_path = Some(path.to_owned());
        self
    }

    /// The path of the application's own error page, `?error=CODE`, for links. The engine never redirects there: an
    /// error is answered in place, with [`render_error`](Self::render_error).
    #[must_use]
    pub fn error_path(mut self, path: &str) -> Self {
        self.error_path = Some(path.to_owned());
        self
    }

    /// The page that asks before a logout, as a whole HTML document: the answer to `GET` at the endpoint
    /// [`Logout`](crate::Endpoint::Logout), with a form that posts there.
    #[must_use]
    pub fn render_logout(mut self, render: fn() -> String) -> Self {
        self.render_logout = Some(render);
        self
    }

    /// The page that posts a logout request to the provider, as a whole HTML document: the answer to a logout whose
    /// request is too long for a URL, because the ID token has many roles. It shows a button, for browsers without
    /// scripts, and submits its form by a script.
    ///
    /// A content security policy of the page needs a `form-action` that allows the provider *and* the way back to the
    /// application: Chromium applies it to the redirects after a form, too.
    #[must_use]
    pub fn render_end_session(mut self, render: fn(&EndSessionForm) -> String) -> Self {
        self.render_end_session = Some(render);
        self
    }

    /// An error as a whole HTML document, wherever the engine answers with one (a callback that failed, a role that is
    /// missing, a provider that is down). The status is set by the engine.
    #[must_use]
    pub fn render_error(mut self, render: fn(&ErrorPage) -> String) -> Self {
        self.render_error = Some(render);
        self
    }

    /// The pages of the application, by the method that named each.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("login_path", &self.login_path),
            ("logged_out_path", &self.logged_out_path),
            ("logout_error_path", &self.logout_error_path),
            ("error_path", &self.error_path),
        ];
        all.into_iter().filter_map(|(name, path)| Some((name, path.as_deref()?)))
    }
}
