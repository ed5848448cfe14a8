//! The engine's own endpoints.

#[cfg(feature = "login")]
mod serve;

#[cfg(feature = "login")]
pub(crate) use self::serve::{endpoints, finish_login, match_endpoint, serve};

/// The largest body that an endpoint reads: 64 KiB, many times what its forms need.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// The engine's own endpoints, which an application with login has. Their paths are configurable; the defaults are in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET` redirects straight to ZITADEL (`/auth/login`); absent if the application's login page is at this path.
    Login,
    /// `POST` starts a login (`/auth/signin/zitadel`).
    LoginPost,
    /// `GET` starts a login with `max_age`, `acr_values` and `amr` of its query, and returns to its `callbackUrl` (`/auth/step-up`):
    /// where a page that [requires](crate::Requirement::max_age) more of the authentication sends the browser.
    StepUp,
    /// `GET` finishes a login (the path of `ZITADEL_CALLBACK_URL`).
    Callback,
    /// `POST` logs out here and at ZITADEL; `GET` shows a form for that (`/auth/logout`).
    Logout,
    /// `GET` returns from ZITADEL's logout (the path of `ZITADEL_POST_LOGOUT_URL`).
    LogoutCallback,
    /// `POST` by the provider: a session ended there (`/auth/backchannel-logout`).
    BackChannelLogout,
    /// `GET` current userinfo as JSON (`/auth/userinfo`).
    UserInfo,
    /// `GET` the session as JSON, without tokens; `null` when logged out (`/auth/session`).
    Session,
    /// `GET` the built-in error page (`/auth/error`); absent if the application has one.
    Error,
    /// `GET` the built-in page after logout (`/auth/logout/success`); absent if the application has one.
    LoggedOut,
    /// `GET` the built-in page after a logout that failed (`/auth/logout/error`); absent if the application has one.
    LogoutError,
}
