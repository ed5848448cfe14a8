//! The HTML that the three sample apps share: one function per page, a whole document as a `String`. And the JSON of their APIs.
//!
//! Pure: no clock, no network, no state. What a page shows is first converted to plain values (`view`), then rendered by
//! an askama template, which escapes each of them. Style and script are part of each page, so that no other files are
//! served; the content security policy in its head allows only these two. Everything works without JavaScript; with it,
//! times are local and count down, and "Ask ZITADEL again" shows the result on the page.
//!
//! Security: the pages hold personal data, so send them with `Cache-Control: no-store`. Do not send
//! `Referrer-Policy: no-referrer`: with it browsers post forms with `Origin: null`, which looks like another site.
//!
//! To render every page with sample values and with hostile ones:
//! `PAGES_DIR=/tmp/pages cargo test -p example-pages gallery -- --ignored`.
#![forbid(unsafe_code)]

mod api;
mod csp;
mod page;
#[cfg(test)]
mod tests;
mod view;

use askama::Template;
use zitadel_core::{EndSessionForm, ErrorPage, Pages, User, UserSession};

pub use crate::api::user as user_json;
use crate::{
    page::{Admin, EndSession, Home, Login, Notice, Profile},
    view::Person,
};

/// Where the profile page posts the `id` of a session that ends.
pub const END_SESSION: &str = "/profile/sessions/end";

/// These pages for [`ZitadelBuilder::pages`](zitadel_core::ZitadelBuilder::pages): the paths where the sample apps serve
/// them, and those that the engine answers with.
#[must_use]
pub fn pages() -> Pages {
    Pages::new()
        .login_path("/auth/login")
        .logged_out_path("/auth/logout/success")
        .logout_error_path("/auth/logout/error")
        .error_path("/auth/error")
        .render_logout(logout)
        .render_end_session(end_session)
        .render_error(error_page)
}

/// The landing page: the steps of a login, and the current user.
#[must_use]
pub fn home(user: Option<&User>) -> String {
    html(&Home { person: user.map(Person::new) })
}

/// The login page with its one button; `callback_url` and `error` are the raw values of the query.
///
/// `callback_url` is passed on in a hidden field and validated by the endpoint that receives the form. `error` selects a
/// message ([`ErrorPage::from_code`]) and is never shown itself.
#[must_use]
pub fn login(callback_url: Option<&str>, error: Option<&str>) -> String {
    html(&Login { callback_url, error: error.map(ErrorPage::from_code) })
}

/// Everything the application knows about an authenticated user, with the list of their sessions if there is one. No tokens:
/// a `User` does not expose any.
///
/// The form of each other session posts its `id` to [`END_SESSION`].
#[must_use]
pub fn profile(user: &User, sessions: &[UserSession]) -> String {
    html(&Profile::new(user, sessions))
}

/// The page that requires the role `admin`; shows the grants of that role.
#[must_use]
pub fn admin(user: &User) -> String {
    html(&Admin::from_user(user))
}

/// Any error as a page.
#[must_use]
pub fn error_page(page: &ErrorPage) -> String {
    html(&Notice::from_page(page))
}

/// The page of `/auth/error?error=CODE`: the message for the code, or a general one.
#[must_use]
pub fn error(code: Option<&str>) -> String {
    html(&Notice::from_code(code.unwrap_or_default()))
}

/// The confirmation before a logout: a `GET` request, such as a link, must not log the user out.
#[must_use]
pub fn logout() -> String {
    html(&Notice::logout())
}

/// The step to ZITADEL's logout for an ID token that is too long for a URL. The script submits the form at once.
#[must_use]
pub fn end_session(form: &EndSessionForm) -> String {
    html(&EndSession { action: form.action(), fields: form.fields().collect() })
}

/// The page after a logout.
#[must_use]
pub fn logged_out() -> String {
    html(&Notice::logged_out())
}

/// The page after a logout that was not confirmed, `?reason=CODE`.
#[must_use]
pub fn logout_error(reason: Option<&str>) -> String {
    html(&Notice::logout_error(reason.unwrap_or_default()))
}

/// The page for an address that does not exist.
#[must_use]
pub fn not_found() -> String {
    html(&Notice::not_found())
}

/// Rendering into a `String` fails only if a `Display` implementation fails, and none of these does.
fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|_| {
        "<!doctype html><html lang=\"en\"><title>Error</title><p>This page could not be shown.</p></html>".to_owned()
    })
}
