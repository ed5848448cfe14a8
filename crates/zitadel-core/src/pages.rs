//! `Pages`: which pages the application brings itself.

use crate::problem::Problem;

/// The pages an application shows itself instead of the small built-in ones.
///
/// Paths are local, begin with `/`, and are the application's to serve, to everyone; the built-in page is not mounted
/// then. They are checked when the configuration is built, or by
/// [`Zitadel::with_pages`](crate::Zitadel::with_pages), which panics.
///
/// # Security
///
/// What [`problem`](Self::problem) and [`logout`](Self::logout) return is sent as it is. The engine adds `no-store`,
/// `nosniff` and `X-Frame-Options: DENY`; escaping, and a content security policy, are the application's.
///
/// ```
/// use zitadel_core::Pages;
/// let pages = Pages::new()
///     .sign_in("/auth/login")
///     .signed_out("/auth/logout/success")
///     .logout_error("/auth/logout/error")
///     .error("/auth/error")
///     .problem(|problem| format!("<h1>{}</h1><p>{}</p>", problem.title(), problem.message()));
/// # let _ = pages;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Pages {
    pub(crate) sign_in: Option<String>,
    pub(crate) signed_out: Option<String>,
    pub(crate) logout_error: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) problem: Option<fn(&Problem) -> String>,
    pub(crate) logout: Option<fn() -> String>,
}

impl Pages {
    /// Built-in pages everywhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The path of the application's own sign-in page. Visitors without a session are sent there with
    /// `?callbackUrl=`; its button posts `callbackUrl` to the endpoint [`SignIn`](crate::Endpoint::SignIn)
    /// (`/auth/signin/zitadel` unless moved). If it is elsewhere than [`Login`](crate::Endpoint::Login) (`/auth/login`
    /// unless moved), that stays the link that signs in without a page.
    #[must_use]
    pub fn sign_in(mut self, path: &str) -> Self {
        self.sign_in = Some(path.to_owned());
        self
    }

    /// The path of the application's own page after sign-out.
    #[must_use]
    pub fn signed_out(mut self, path: &str) -> Self {
        self.signed_out = Some(path.to_owned());
        self
    }

    /// The path of the application's own page after a sign-out that went wrong; it gets `?reason=CODE`.
    #[must_use]
    pub fn logout_error(mut self, path: &str) -> Self {
        self.logout_error = Some(path.to_owned());
        self
    }

    /// The path of the application's own error page, `?error=CODE`, for links. The engine sends nobody there: what
    /// fails is answered in place, in the words of [`problem`](Self::problem).
    #[must_use]
    pub fn error(mut self, path: &str) -> Self {
        self.error = Some(path.to_owned());
        self
    }

    /// The question before a sign-out, as a whole HTML page: what `GET` on the endpoint
    /// [`Logout`](crate::Endpoint::Logout) shows, with a form that posts there.
    #[must_use]
    pub fn logout(mut self, render: fn() -> String) -> Self {
        self.logout = Some(render);
        self
    }

    /// How a problem becomes a whole HTML page, wherever the engine has to answer with one (a callback that
    /// failed, a role that is missing, a provider that is down). The status stays the engine's.
    #[must_use]
    pub fn problem(mut self, render: fn(&Problem) -> String) -> Self {
        self.problem = Some(render);
        self
    }
}
