//! `Failure` for logs, `Refusal` for outsiders, and the only mapping between them.

use std::fmt;

use crate::{
    edge::{StoreError, provider::ProviderError},
    protocol::{
        authorization_response::CallbackError, end_session::LogoutError, id_token::IdTokenError,
        provider_code::ProviderCode, token::TokenError, user_info::UserInfoError,
    },
    session::TooLarge,
};

/// Everything that can go wrong after start-up, with its causes as [`source`](std::error::Error::source): for logs.
///
/// Outsiders never see it; they see the [`Refusal`] that [`refusal`](Self::refusal) gives.
pub struct Error(Failure);

/// The cases of [`Error`], for the engine.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the answer to a sign-in is not acceptable")]
    Callback(#[from] CallbackError),
    #[error("the provider could not be asked")]
    Provider(#[from] ProviderError),
    #[error("the token endpoint gave no tokens")]
    Token(#[from] TokenError),
    #[error("the ID token is not acceptable")]
    IdToken(#[from] IdTokenError),
    #[error("userinfo is not acceptable")]
    UserInfo(#[from] UserInfoError),
    #[error("the session does not fit into cookies")]
    TooLarge(#[from] TooLarge),
    #[error("the store could not be asked")]
    Store(#[from] StoreError),
    #[error("the answer to a sign-out is not acceptable")]
    Logout(#[from] LogoutError),
    #[error("there is no session, or it ended")]
    NoSession,
    #[error("the session ended at the provider")]
    SessionEnded,
    #[error("the access token is not accepted any more")]
    TokenExpired,
    #[error("the token response has no ID token")]
    NoIdToken,
}

/// Everything an outsider can be told. Closed, small, and without a word from outside in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody is signed in.
    Unauthenticated,
    /// There was a session, and it, or its access token, is over.
    SessionExpired,
    /// Signed in, but the role is missing.
    Forbidden,
    /// An unsafe request (or a WebSocket) that comes from another site, or has a session and no evidence that it comes
    /// from this one.
    CrossSite,
    /// The answer belongs to no sign-in of this browser.
    StateMismatch,
    /// The sign-in took longer than ten minutes.
    ExpiredLogin,
    /// The callback's parameters make no sense.
    InvalidCallback,
    /// The provider said no, in a code from a closed list.
    Provider(&'static str),
    /// The user belongs to another organisation than was asked for.
    OrganisationMismatch,
    /// The session needs more than fits into three cookies, 11,700 bytes.
    SessionTooLarge,
    /// The provider's answer could not be verified.
    SignInFailed,
    /// The provider, or the store, cannot be asked right now.
    ProviderUnavailable,
    /// The provider has nothing to answer this with.
    NotSupported,
    /// The endpoint does not answer to this method.
    MethodNotAllowed,
    /// The request's body is larger than [`MAX_FORM`](crate::MAX_FORM).
    TooLarge,
    /// Our own fault.
    Internal,
}

impl Refusal {
    /// The code, as [`Problem::of_code`](crate::Problem::of_code) knows it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::SessionExpired => "session_expired",
            Self::Forbidden => "forbidden",
            Self::CrossSite => "cross_site",
            Self::StateMismatch => "state_mismatch",
            Self::ExpiredLogin => "expired_login",
            Self::InvalidCallback => "invalid_callback",
            Self::Provider(code) => code,
            Self::OrganisationMismatch => "organisation_mismatch",
            Self::SessionTooLarge => "session_too_large",
            Self::SignInFailed => "sign_in_failed",
            Self::ProviderUnavailable => "provider_unavailable",
            Self::NotSupported => "not_supported",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge => "request_too_large",
            Self::Internal => "internal",
        }
    }
}

impl From<&Failure> for Refusal {
    /// The one place where inside becomes outside.
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Callback(error) => error.into(),
            Failure::Provider(error) => error.into(),
            Failure::Token(TokenError::Unavailable)
            | Failure::UserInfo(UserInfoError::Unavailable)
            | Failure::Store(_) => Self::ProviderUnavailable,
            Failure::Token(_) | Failure::IdToken(_) | Failure::UserInfo(_) | Failure::NoIdToken => Self::SignInFailed,
            Failure::TooLarge(_) => Self::SessionTooLarge,
            Failure::Logout(_) => Self::StateMismatch,
            Failure::NoSession => Self::Unauthenticated,
            Failure::SessionEnded | Failure::TokenExpired => Self::SessionExpired,
        }
    }
}

impl From<&CallbackError> for Refusal {
    fn from(error: &CallbackError) -> Self {
        match error {
            CallbackError::NotPending | CallbackError::StateMismatch | CallbackError::IssuerMismatch => {
                Self::StateMismatch
            }
            CallbackError::Expired => Self::ExpiredLogin,
            CallbackError::Malformed => Self::InvalidCallback,
            CallbackError::OrganisationMismatch => Self::OrganisationMismatch,
            CallbackError::Provider(ProviderCode::Other) => Self::SignInFailed,
            CallbackError::Provider(code) => Self::Provider(code.as_str()),
        }
    }
}

impl From<&ProviderError> for Refusal {
    fn from(error: &ProviderError) -> Self {
        match error {
            // Whatever the reason, without metadata and keys nobody can be signed in just now. What is wrong
            // is in the log; to the person in front of the screen it is the same.
            ProviderError::Transport(_)
            | ProviderError::Status(_)
            | ProviderError::Metadata(_)
            | ProviderError::Keys(_)
            | ProviderError::Waiting => Self::ProviderUnavailable,
            ProviderError::NoEndpoint(_) => Self::NotSupported,
        }
    }
}

impl Error {
    /// What an outsider may be told.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        Refusal::from(&self.0)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Problem;

    #[test]
    fn there_are_words_for_every_refusal() {
        for refusal in [
            Refusal::Unauthenticated,
            Refusal::SessionExpired,
            Refusal::Forbidden,
            Refusal::CrossSite,
            Refusal::StateMismatch,
            Refusal::ExpiredLogin,
            Refusal::InvalidCallback,
            Refusal::OrganisationMismatch,
            Refusal::SessionTooLarge,
            Refusal::SignInFailed,
            Refusal::ProviderUnavailable,
            Refusal::NotSupported,
            Refusal::MethodNotAllowed,
            Refusal::TooLarge,
            Refusal::Internal,
        ] {
            assert_eq!(Problem::of_code(refusal.code()).code(), refusal.code());
        }
    }
}
