//! The two login applications of ZITADEL, which differ in paths, ids and a few answers.

use crate::{entropy, request::ParsedRequest};

/// The login application that an instance uses; see
/// [`EmulatorBuilder::login_version`](crate::EmulatorBuilder::login_version).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginVersion {
    /// The login that is part of ZITADEL's server, at `/ui/login`. Its `sid` starts with `V1_`.
    V1,
    /// The separate application at `/ui/v2/login`, which new instances require; the default.
    #[default]
    V2,
}

impl LoginVersion {
    /// The version for a request: a login client that names itself gets version 2, everyone else that of the instance.
    pub(crate) fn from_request(request: &ParsedRequest, instance: Self) -> Self {
        if request.header("x-zitadel-login-client").is_some() { Self::V2 } else { instance }
    }

    /// The version that created an SSO session.
    pub(crate) fn from_session(id: &str) -> Self {
        if id.starts_with("V1_") { Self::V1 } else { Self::V2 }
    }

    /// The id of an authorization request.
    pub(crate) fn request_id(self, id: &str) -> String {
        match self {
            Self::V1 => id.to_owned(),
            Self::V2 => format!("V2_{id}"),
        }
    }

    /// The id of an SSO session, which is the claim `sid`.
    pub(crate) fn session_id(self, id: &str) -> String {
        match self {
            Self::V1 => format!("V1_{id}"),
            Self::V2 => id.to_owned(),
        }
    }

    /// Path of the login page.
    pub(crate) const fn login_path(self) -> &'static str {
        match self {
            Self::V1 => "/ui/login/login",
            Self::V2 => "/ui/v2/login/login",
        }
    }

    /// The parameter of the login page that names the authorization request.
    pub(crate) const fn request_parameter(self) -> &'static str {
        match self {
            Self::V1 => "authRequestID",
            Self::V2 => "authRequest",
        }
    }

    /// Where `end_session` redirects to if the client gave no URI.
    pub(crate) const fn done_path(self) -> &'static str {
        match self {
            Self::V1 => "/ui/login/logout/done",
            Self::V2 => "/logout/done",
        }
    }

    /// A new authorization code.
    pub(crate) fn code(self) -> String {
        match self {
            Self::V1 => entropy::random_base64url::<{ entropy::V1_CODE_BYTES }>(),
            Self::V2 => entropy::random_base64url::<{ entropy::CODE_BYTES }>(),
        }
    }

    /// The version that issued a code, by its length. `None` if neither did.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        match code {
            code if entropy::is_base64url(code, entropy::CODE_BYTES) => Some(Self::V2),
            code if entropy::is_base64url(code, entropy::V1_CODE_BYTES) => Some(Self::V1),
            _ => None,
        }
    }
}
