//! Where a browser is sent instead of an error.

use super::authenticated::Authenticated;
use crate::{
    answer::{self, ErrorCode},
    http::{Reply, RequestHead, ReturnTo},
    protocol::step_up::StepUp,
    telemetry,
};

/// The redirect to a login that may change the decision; `None` if no login can, or no browser asks.
pub(super) fn instead_of(request: &Authenticated, code: ErrorCode, step_up: Option<&StepUp>) -> Option<Reply> {
    step_up.and_then(|step_up| authenticate_again(request, step_up)).or_else(|| log_in(request, code))
}

fn log_in(request: &Authenticated, code: ErrorCode) -> Option<Reply> {
    let head = &request.head;
    let login_path = request.login_path().filter(|_| code == ErrorCode::Unauthenticated && head.is_navigation())?;
    if head.path() == login_path && head.method() == "GET" {
        // A redirect would lead to itself.
        telemetry::application_misconfigured(
            "the login page itself requires a user: mark it `.public()`, or leave it out of the middleware that \
             protects routes",
        );
        return Some(answer::internal_error_reply());
    }
    let to_own_host = request.redirect_to_own_host();
    Some(to_own_host.unwrap_or_else(|| Reply::redirect(&ReturnTo::login_url(login_path, return_to(head).as_ref()))))
}

/// A browser with a session logs in again, and returns to the same page.
fn authenticate_again(request: &Authenticated, step_up: &StepUp) -> Option<Reply> {
    let path = request.step_up_path().filter(|_| request.head.is_navigation())?;
    if let Some(reply) = request.redirect_to_own_host() {
        return Some(reply);
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(return_to) = return_to(&request.head) {
        query.append_pair("callbackUrl", return_to.as_str());
    }
    step_up.write_to(&mut query);
    let query = query.finish();
    // A login that is asked for less than the page requires would lead back here, and so on.
    let is_readable = StepUp::parse(Some(&query)) == *step_up;
    is_readable.then(|| Reply::redirect(&format!("{path}?{query}")))
}

/// The same page, unless it was the target of a form: a redirect cannot send that again.
fn return_to(head: &RequestHead) -> Option<ReturnTo> {
    head.is_safe().then(|| ReturnTo::parse(head.target())).flatten()
}
