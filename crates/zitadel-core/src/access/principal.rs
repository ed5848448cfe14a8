//! `Principal`: who sent a request.

use crate::{answer::ErrorCode, user::User};

/// What authentication finds: who sent a request, and the cookies to set.
pub(crate) type PrincipalAndCookies = (Principal, Vec<String>);

/// Who sent a request, by the credentials it carries.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Principal {
    /// No known user: no credentials, or a session that is no longer valid.
    Anonymous,
    /// A user, by session cookie.
    Session(User),
    /// A user, by the access token in the `Authorization` header ([`User::access_token_info`]). A session that came with it is not looked at.
    AccessToken(User),
    /// Credentials were presented but cannot be accepted for this request; the code is reported on protected routes.
    Rejected(ErrorCode),
}

impl Principal {
    /// The user, if there is one.
    #[must_use]
    pub const fn user(&self) -> Option<&User> {
        match self {
            Self::Session(user) | Self::AccessToken(user) => Some(user),
            Self::Anonymous | Self::Rejected(_) => None,
        }
    }
}
