//! What the engine answers with: error codes, their texts, and how both become a response. Pure.
//!
//! An error reaches a client as an [`ErrorCode`] and in no other form: a page for a browser that loads one, JSON for
//! everything else. Codes and texts are a closed list; nothing from outside is ever part of an answer.

mod challenge;
mod error_code;
mod error_page;
pub(crate) mod html;
pub(crate) mod json;
#[cfg(feature = "login")]
pub(crate) mod login_pages;
mod message;
#[cfg(feature = "login")]
mod pages;

pub(crate) use self::challenge::Challenge;
use self::html::RenderError;
#[cfg(feature = "login")]
pub use self::pages::Pages;
pub use self::{error_code::ErrorCode, error_page::ErrorPage};
use crate::http::{Reply, RequestHead};

/// An error as a page if a browser loads one, as JSON otherwise.
pub(crate) fn error_reply(
    render: Option<RenderError>,
    head: &RequestHead,
    code: ErrorCode,
    page: &ErrorPage,
    challenge: Option<&Challenge>,
) -> Reply {
    let reply =
        if head.wants_error_page() { html::error_page(render, page.status(), page) } else { json::error(code, page) };
    with_headers(reply, code, challenge)
}

/// An error as JSON, whatever the client accepts.
pub(crate) fn json_error_reply(code: ErrorCode, page: &ErrorPage) -> Reply {
    json_error_reply_with(code, page, Challenge::for_code(code).as_ref())
}

/// An error of the application itself, as JSON.
pub(crate) fn internal_error_reply() -> Reply {
    json_error_reply(ErrorCode::Internal, &ErrorPage::new(ErrorCode::Internal))
}

/// An error as JSON, with the challenge of a route.
pub(crate) fn json_error_reply_with(code: ErrorCode, page: &ErrorPage, challenge: Option<&Challenge>) -> Reply {
    with_headers(json::error(code, page), code, challenge)
}

fn with_headers(reply: Reply, code: ErrorCode, challenge: Option<&Challenge>) -> Reply {
    let reply = match challenge {
        Some(challenge) => reply.with("www-authenticate", challenge.to_string()),
        None => reply,
    };
    match code.retry_after() {
        Some(seconds) => reply.with("retry-after", seconds),
        None => reply,
    }
}
