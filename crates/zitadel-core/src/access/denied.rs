//! `Denied`: why a request is not served, and the response to it.

use std::{fmt, sync::Arc};

use super::{
    authenticated::Authenticated,
    requirement::{Credential, Requirement},
};
use crate::{
    answer::{self, Challenge, ErrorCode, ErrorPage},
    http::{Reply, RequestHead, ReturnTo},
    protocol::step_up::StepUp,
    telemetry,
};

/// A request that a route does not serve. [`code`](Self::code) is the reason, [`into_reply`](Self::into_reply) the whole
/// response: a redirect to login for a browser, 401, 403, 502 or 503.
///
/// Cheap to make: the response is not built before it is asked for.
#[derive(Clone)]
pub struct Denied(Cause);

#[derive(Clone)]
enum Cause {
    Refused {
        request: Arc<Authenticated>,
        code: ErrorCode,
        /// Whether the answer is JSON, whatever the client accepts.
        is_api: bool,
        /// `None` where the code says everything.
        required: Option<Box<Required>>,
    },
    Misconfigured(&'static str),
}

/// What was required and is named in the answer.
#[derive(Clone)]
struct Required {
    challenge: Option<Challenge>,
    /// What another login would have to show; `None` if no login can.
    step_up: Option<StepUp>,
}

impl Denied {
    pub(super) fn new(request: &Arc<Authenticated>, code: ErrorCode, requirement: &Requirement<'_>) -> Self {
        // A client that presents an access token follows no redirect and reads no page.
        let is_api = request.is_api || requirement.credential == Credential::Bearer || request.presents_token();
        // Only these answers name what was required.
        if !matches!(code, ErrorCode::Forbidden | ErrorCode::InsufficientAuthentication) {
            return Self(Cause::Refused { request: Arc::clone(request), code, is_api, required: None });
        }
        let plain = Challenge::for_code(code);
        let named = |it: Challenge| {
            it.with_scopes(requirement.scopes.as_slice()).with_step_up(requirement.max_age, requirement.acr)
        };
        let challenge = plain.clone().map(named);
        let step_up = match code {
            ErrorCode::InsufficientAuthentication => requirement.step_up(),
            _ => None,
        };
        let says_more = challenge != plain || step_up.is_some();
        let required = says_more.then(|| Box::new(Required { challenge, step_up }));
        Self(Cause::Refused { request: Arc::clone(request), code, is_api, required })
    }

    /// For adapters: a route that requires a user where nothing authenticates requests. It is never served: the response
    /// is 500, and the log says what to change. `hint` is for developers and reaches the log only.
    #[must_use]
    pub fn misconfigured(hint: &'static str) -> Self {
        telemetry::application_misconfigured(hint);
        Self(Cause::Misconfigured(hint))
    }

    /// Why.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match &self.0 {
            Cause::Refused { code, .. } => *code,
            Cause::Misconfigured(_) => ErrorCode::Internal,
        }
    }

    /// The response.
    #[must_use]
    pub fn to_reply(&self) -> Reply {
        match &self.0 {
            Cause::Misconfigured(_) => internal(),
            Cause::Refused { request, code, is_api, required } => {
                let (challenge, step_up) = match required {
                    Some(required) => (required.challenge.clone(), required.step_up.as_ref()),
                    None => (Challenge::for_code(*code), None),
                };
                let challenge = challenge.map(|challenge| request.with_realm(challenge));
                if *is_api {
                    return answer::json_error_reply_with(*code, &request.error_page(*code), challenge.as_ref());
                }
                step_up
                    .and_then(|step_up| authenticate_again(request, step_up))
                    .unwrap_or_else(|| refuse(request, *code, challenge.as_ref()))
            }
        }
    }

    /// The response.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        self.to_reply()
    }
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

fn refuse(request: &Authenticated, code: ErrorCode, challenge: Option<&Challenge>) -> Reply {
    let head = &request.head;
    match request.login_path() {
        Some(login_path) if code == ErrorCode::Unauthenticated && head.is_navigation() => {
            if head.path() == login_path && head.method() == "GET" {
                // A redirect would lead to itself.
                telemetry::application_misconfigured(
                    "the login page itself requires a user: mark it `.public()`, or leave it out of the middleware that \
                     protects routes",
                );
                return internal();
            }
            if let Some(reply) = request.redirect_to_own_host() {
                return reply;
            }
            Reply::redirect(&ReturnTo::login_url(login_path, return_to(head).as_ref()))
        }
        _ => answer::error_reply(request.pages(), head, code, &request.error_page(code), challenge),
    }
}

fn internal() -> Reply {
    answer::json_error_reply(ErrorCode::Internal, &ErrorPage::new(ErrorCode::Internal))
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Refused { code, .. } => write!(f, "the request was denied: {}", code.as_str()),
            Cause::Misconfigured(hint) => f.write_str(hint),
        }
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denied").field("code", &self.code()).finish_non_exhaustive()
    }
}

impl std::error::Error for Denied {}
