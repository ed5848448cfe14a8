//! SHELL. One file per verb; each reads like its specification, alternating pure steps and effects.

pub(crate) mod authenticate;
mod callback;
pub(crate) mod challenge;
mod ending;
mod form;
pub(crate) mod login;
mod logout;
mod logout_callback;
pub(crate) mod page;
pub(crate) mod ready;
pub(crate) mod refresh;
mod session;
mod successor;
mod tokens;
pub(crate) mod user_info;

use crate::{
    boundary::{
        Reply, RequestHead,
        same_origin::{Evidence, same_origin},
    },
    config::Config,
    error::Refusal,
    session::read_cookies,
    zitadel::Zitadel,
};

/// The engine's own endpoints. Their paths are configurable; the defaults are in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET` goes straight to ZITADEL (`/auth/login`); absent if the application has a sign-in page.
    Login,
    /// `POST` starts a sign-in (`/auth/signin/zitadel`).
    SignIn,
    /// `GET` finishes a sign-in (the path of `ZITADEL_CALLBACK_URL`).
    Callback,
    /// `POST` signs out here and at ZITADEL; `GET` shows the button (`/auth/logout`).
    Logout,
    /// `GET` comes back from ZITADEL's sign-out (the path of `ZITADEL_POST_LOGOUT_URL`).
    LogoutCallback,
    /// `GET` live userinfo as JSON (`/auth/userinfo`).
    UserInfo,
    /// `GET` the session as JSON, without tokens; `null` when signed out (`/auth/session`).
    Session,
    /// `GET` the built-in error page (`/auth/error`); absent if the application has one.
    Error,
    /// `GET` the built-in page after sign-out (`/auth/logout/success`); absent if the application has one.
    LoggedOut,
    /// `GET` the built-in page after a sign-out that went wrong (`/auth/logout/error`); likewise.
    LogoutError,
}

impl Endpoint {
    const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Login | Self::Callback | Self::LogoutCallback => &["GET"],
            Self::SignIn => &["POST"],
            Self::Logout => &["POST", "GET", "HEAD"],
            Self::UserInfo | Self::Session | Self::Error | Self::LoggedOut | Self::LogoutError => &["GET", "HEAD"],
        }
    }
}

pub(crate) fn endpoints(config: &Config) -> impl Iterator<Item = (Endpoint, &str)> {
    let (paths, pages) = (&config.paths, &config.pages);
    let built_in = [
        // With a page of the application elsewhere, this is still the link that signs in without a page.
        (pages.sign_in.as_deref() != Some(paths.login.as_str()), Endpoint::Login, &paths.login),
        (pages.error.is_none(), Endpoint::Error, &paths.error),
        (pages.signed_out.is_none(), Endpoint::LoggedOut, &paths.logged_out),
        (pages.logout_error.is_none(), Endpoint::LogoutError, &paths.logout_error),
    ];
    let always = [
        (Endpoint::SignIn, &paths.sign_in),
        (Endpoint::Callback, &config.callback_path),
        (Endpoint::Logout, &paths.logout),
        (Endpoint::LogoutCallback, &config.logout_callback_path),
        (Endpoint::UserInfo, &paths.user_info),
        (Endpoint::Session, &paths.session),
    ];
    let built_in = built_in.into_iter().filter(|(wanted, ..)| *wanted).map(|(_, endpoint, path)| (endpoint, path));
    built_in.chain(always).map(|(endpoint, path)| (endpoint, path.as_str()))
}

pub(crate) async fn serve(z: &Zitadel, endpoint: Endpoint, head: &RequestHead, form: &[u8]) -> Reply {
    let methods = endpoint.methods();
    if !methods.contains(&head.method()) {
        // HEAD on a callback, too: it would use up the attempt, and show nobody the answer.
        return page::refuse(z, head, Refusal::MethodNotAllowed).with("allow", methods.join(", "));
    }
    if is_cross_site(z, head) {
        tracing::warn!(?endpoint, "refused a request from another site{}", page::opened_elsewhere(z, head));
        return page::refuse(z, head, Refusal::CrossSite);
    }
    match endpoint {
        Endpoint::Login => login::login(z, head, &Default::default(), form::return_to(head.query())).await,
        Endpoint::SignIn => {
            login::login(z, head, &Default::default(), form::return_to(str::from_utf8(form).ok())).await
        }
        Endpoint::Callback => callback::callback(z, head).await,
        Endpoint::Logout if head.method() == "POST" => logout::logout(z, head).await,
        Endpoint::Logout => page::logout_button(z),
        Endpoint::LogoutCallback => logout_callback::logout_callback(z, head),
        Endpoint::UserInfo => user_info::user_info(z, head).await,
        Endpoint::Session => session::session(z, head).await,
        Endpoint::Error => page::error(z, form::value(head.query(), "error").as_deref()),
        Endpoint::LoggedOut => page::signed_out(z),
        Endpoint::LogoutError => page::error(z, form::value(head.query(), "reason").as_deref()),
    }
}

/// Whether an unsafe request must be refused: it says that it comes from elsewhere, or it carries a session
/// and no evidence that it comes from here.
pub(crate) fn is_cross_site(z: &Zitadel, head: &RequestHead) -> bool {
    if head.is_safe() {
        return false;
    }
    let z = z.inner();
    match same_origin(head, &z.config.public_origin) {
        Evidence::SameOrigin => false,
        Evidence::CrossSite => true,
        Evidence::Unknown => read_cookies(z.names, head).next().is_some(),
    }
}
