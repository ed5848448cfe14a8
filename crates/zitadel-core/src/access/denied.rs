//! `Denied`: why a request is not served, and the response to it.

use std::{fmt, sync::Arc};

#[cfg(feature = "login")]
use super::to_login;
use super::{
    authenticated::Authenticated,
    requirement::{Credential, Requirement},
};
#[cfg(feature = "login")]
use crate::protocol::step_up::StepUp;
use crate::{
    answer::{self, Challenge, ErrorCode},
    http::Reply,
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
    #[cfg(feature = "login")]
    step_up: Option<StepUp>,
}

impl Denied {
    pub(super) fn new(request: &Arc<Authenticated>, code: ErrorCode, requirement: &Requirement<'_>) -> Self {
        // A client that presents an access token follows no redirect and reads no page.
        let is_api =
            request.head.is_for_api() || requirement.credential == Credential::Bearer || request.presents_token();
        // Only these answers name what was required.
        if !matches!(code, ErrorCode::Forbidden | ErrorCode::InsufficientAuthentication) {
            return Self(Cause::Refused { request: Arc::clone(request), code, is_api, required: None });
        }
        let plain = Challenge::for_code(code);
        let named = |it: Challenge| {
            it.with_scopes(requirement.scopes.as_slice()).with_step_up(requirement.max_age, requirement.acr)
        };
        let challenge = plain.clone().map(named);
        let says_more = challenge != plain;
        #[cfg(feature = "login")]
        let step_up = match code {
            ErrorCode::InsufficientAuthentication => requirement.step_up(),
            _ => None,
        };
        #[cfg(feature = "login")]
        let says_more = says_more || step_up.is_some();
        let required = says_more.then(|| {
            Box::new(Required {
                challenge,
                #[cfg(feature = "login")]
                step_up,
            })
        });
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
        let reply = self.reply();
        match &self.0 {
            Cause::Refused { request, .. } if request.has_api() => reply.varying_with_authorization(),
            _ => reply,
        }
    }

    fn reply(&self) -> Reply {
        match &self.0 {
            Cause::Misconfigured(_) => answer::internal_error_reply(),
            Cause::Refused { request, code, is_api, required } => {
                let challenge = match required {
                    Some(required) => required.challenge.clone(),
                    None => Challenge::for_code(*code),
                };
                let challenge = challenge.map(|challenge| request.with_realm(challenge));
                if *is_api {
                    return answer::json_error_reply_with(*code, &request.error_page(*code), challenge.as_ref());
                }
                #[cfg(feature = "login")]
                if let Some(reply) =
                    to_login::instead_of(request, *code, required.as_ref().and_then(|it| it.step_up.as_ref()))
                {
                    return reply;
                }
                let render = request.engine.render_error();
                answer::error_reply(render, &request.head, *code, &request.error_page(*code), challenge.as_ref())
            }
        }
    }

    /// The response.
    #[must_use]
    pub fn into_reply(self) -> Reply {
        self.to_reply()
    }
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
