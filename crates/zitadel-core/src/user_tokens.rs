//! `UserTokens`: the tokens of a user who is kept beyond their request.

use std::fmt;

use crate::{
    answer::ErrorCode, environment::BoxFuture, protocol::AccessToken, token_source::TokenSource, user::User,
    zitadel::Zitadel,
};

/// The tokens of a user who is kept beyond their request: see [`Zitadel::access_token`] for what can be renewed there.
#[derive(Clone)]
pub struct UserTokens {
    zitadel: Zitadel,
    user: User,
}

impl UserTokens {
    /// Of this user, who signed in at this application.
    #[must_use]
    pub const fn new(zitadel: Zitadel, user: User) -> Self {
        Self { zitadel, user }
    }
}

impl fmt::Debug for UserTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserTokens").finish_non_exhaustive()
    }
}

impl TokenSource for UserTokens {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>> {
        Box::pin(async { self.zitadel.access_token(&self.user).await.map_err(|error| error.code()) })
    }

    fn token_after_rejection<'a>(&'a self, rejected: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>> {
        let token = self.zitadel.access_token_after_rejection(&self.user, rejected);
        Box::pin(async { token.await.map_err(|error| error.code()) })
    }
}
