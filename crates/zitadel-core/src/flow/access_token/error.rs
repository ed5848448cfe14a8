//! `UserTokenError`: why there is no access token of a user.

use crate::answer::ErrorCode;
#[cfg(feature = "login")]
use crate::{environment::StoreError, telemetry};

/// Why there is no access token to call other APIs with, in the name of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UserTokenError {
    /// The session is over: the user was logged out, its time limits have passed, or the provider does not renew it. Another
    /// login helps.
    #[error("the session ended")]
    SessionEnded,
    /// The session goes on, and its access token is of no use any more, but there can be no other one now: the provider gave
    /// no refresh token; or the session is in a cookie, and no response can carry the new one; or it was refreshed less than 30
    /// seconds ago. The next request may have one.
    #[error("the access token is no longer valid, and cannot be renewed here")]
    NotRenewable,
    /// The user was authenticated by an access token, which is in the request and kept nowhere else: take the extractor
    /// `AccessToken`, or [`Authentication::access_token`](crate::Authentication::access_token). A token that an API rejected cannot
    /// be renewed here: its client has to.
    #[error("the access token of this user is in the request only")]
    InRequestOnly,
    /// The provider does not answer just now; a later attempt may succeed.
    #[error("the provider is not available")]
    ProviderUnavailable,
    /// The store does not answer just now, so that it is not known whether the session ended.
    #[error("the store is not available")]
    StoreUnavailable,
    /// The provider refuses this application, for every user: its settings are wrong, and the log says which.
    #[error("the provider refuses this application")]
    Refused,
}

impl UserTokenError {
    /// What a client may see of it.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::SessionEnded => ErrorCode::Unauthenticated,
            Self::NotRenewable => ErrorCode::SessionExpired,
            // A client that presents a token can get another one.
            Self::InRequestOnly => ErrorCode::InvalidToken,
            Self::ProviderUnavailable => ErrorCode::ProviderUnavailable,
            Self::StoreUnavailable => ErrorCode::StoreUnavailable,
            Self::Refused => ErrorCode::Misconfigured,
        }
    }

    /// Of a refresh that gave no new session.
    #[cfg(feature = "login")]
    pub(super) const fn not_refreshed(reason: ErrorCode) -> Self {
        match reason {
            ErrorCode::Misconfigured => Self::Refused,
            ErrorCode::StoreUnavailable => Self::StoreUnavailable,
            _ => Self::ProviderUnavailable,
        }
    }

    /// Whether the session ended is not known.
    #[cfg(feature = "login")]
    pub(super) fn not_checked(error: &StoreError) -> Self {
        telemetry::revocation_check_failed(error);
        Self::StoreUnavailable
    }
}
