//! The HTML that the three sample apps share: one function per page, a whole document as a `String`.
//!
//! Pure: no clock, no network, nothing remembered. What a page shows is first turned into plain values
//! (`view`), then laid out by an askama template, which escapes every one of them. Style and script are part
//! of each page, so that there is nothing to serve beside it; the policy in its head allows exactly these
//! two and nothing else. Without JavaScript everything works; with it, times become local and count
//! down, and "Ask ZITADEL again" answers on the page.
//!
//! Security: the pages hold personal data, so send them with `Cache-Control: no-store`. Do not send
//! `Referrer-Policy: no-referrer`: with it browsers post forms with `Origin: null`, which looks like another site.
//!
//! To look at every page with made-up and with hostile values:
//! `PAGES_DIR=/tmp/pages cargo test -p example-pages gallery -- --ignored`.
#![forbid(unsafe_code)]

mod csp;
mod page;
#[cfg(test)]
mod tests;
mod view;

use askama::Template;
use zitadel_core::{ErrorPage, Pages, User};

use crate::{
    page::{Admin, Home, Login, Notice, Profile},
    view::Person,
};

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
        .render_error(error_page)
}

/// The landing page: what happens at sign-in, step by step, and who is signed in.
#[must_use]
pub fn home(user: Option<&User>) -> String {
    html(&Home { person: user.map(Person::new) })
}

/// The sign-in page with its one button; `callback_url` and `error` are the raw values of the query.
///
/// `callback_url` travels on in a hidden field and is checked where the form is received. `error` is only
/// looked up ([`ErrorPage::from_code`]), never shown.
#[must_use]
pub fn login(callback_url: Option<&str>, error: Option<&str>) -> String {
    html(&Login { callback_url, error: error.map(ErrorPage::from_code) })
}

/// Everything the app knows about a signed-in user. No token: a `User` has none to give.
#[must_use]
pub fn profile(user: &User) -> String {
    html(&Profile::new(user))
}

/// The page behind the role `admin`: says which grant opened it.
#[must_use]
pub fn admin(user: &User) -> String {
    html(&Admin::from_user(user))
}

/// Any error as a page.
#[must_use]
pub fn error_page(page: &ErrorPage) -> String {
    html(&Notice::from_page(page))
}

/// The page of `/auth/error?error=CODE`: the words for a code, or general words.
#[must_use]
pub fn error(code: Option<&str>) -> String {
    html(&Notice::from_code(code.unwrap_or_default()))
}

/// The question before a sign-out, for those who come by a link: following one must not sign anybody out.
#[must_use]
pub fn logout() -> String {
    html(&Notice::logout())
}

/// The page after a sign-out that worked.
#[must_use]
pub fn logged_out() -> String {
    html(&Notice::logged_out())
}

/// The page after a sign-out that could not be confirmed, `?reason=CODE`.
#[must_use]
pub fn logout_error(reason: Option<&str>) -> String {
    html(&Notice::logout_error(reason.unwrap_or_default()))
}

/// The page for an address that does not exist.
#[must_use]
pub fn not_found() -> String {
    html(&Notice::not_found())
}

/// Rendering into a `String` fails only if a `Display` inside does, and ours do not.
fn html(page: &impl Template) -> String {
    page.render().unwrap_or_else(|_| {
        "<!doctype html><html lang=\"en\"><title>Error</title><p>This page could not be shown.</p></html>".to_owned()
    })
}
