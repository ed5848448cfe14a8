//! The access token of a user, to call other APIs in their name.
//!
//! # Rules
//!
//! 1. Of a user with an access token: the one that the request presents, read from its head. Nothing else holds it, so that of
//!    a [`User`] alone it is not known; and it is never renewed here.
//! 2. Of a user with a session: its access token while that is not due. Then that of its successor, which another request
//!    made; if there is none, the tokens are refreshed now (`refresh/`).
//! 3. Nobody gets a token of a session that ended: by its time limits, or by an end that the store knows. A store that does
//!    not answer means neither. It is not asked within [`RECENT`] after the request was authenticated, which asked it.
//! 4. A refresh spends the refresh token in the cookie, so there is none where the new one could be lost. It can be
//!    kept in the store, if sessions are stored; or in the response, until that is made. Its successor in the store is not enough:
//!    it is there for 300 seconds, and only a request whose own tokens are due looks for it. Otherwise a token that is due is used
//!    until it expires; then there is none.
//! 5. While the token is valid, a refresh that fails or takes longer than two seconds changes nothing. Within [`RECENT`] it is
//!    not even tried: authentication has just done so.
//! 6. After an API rejected a token: that of a later state of the session, if there is one. Otherwise one refresh, and none
//!    if the tokens are younger than 30 seconds: an API that rejects every token must not wear out the provider.

mod error;
#[cfg(feature = "login")]
mod session;

pub use self::error::UserTokenError;
#[cfg(feature = "login")]
use self::session::Source;
#[cfg(feature = "login")]
use crate::engine::Engine;
use crate::{
    access::{Authentication, Principal},
    http::{BearerToken, bearer_token},
    protocol::AccessToken,
    secret::Secret,
    user::User,
};

/// The token of the user of a request, if nothing needs waiting for.
pub(crate) fn of_request_cached(request: &Authentication) -> Option<AccessToken> {
    match request.principal() {
        Principal::AccessToken(user) => presented(request, user),
        #[cfg(feature = "login")]
        Principal::Session(user) => Source::of(request.engine(), user, Some(request)).ok()?.cached(),
        _ => None,
    }
}

/// The token of the user of a request. The response to it must not have been made.
pub(crate) async fn of_request(request: &Authentication) -> Result<AccessToken, UserTokenError> {
    match (of_request_cached(request), request.principal()) {
        (Some(token), _) => Ok(token),
        #[cfg(feature = "login")]
        (None, Principal::Session(user)) => Source::of(request.engine(), user, Some(request))?.current().await,
        (None, Principal::AccessToken(_)) => Err(UserTokenError::InRequestOnly),
        (None, _) => Err(UserTokenError::SessionEnded),
    }
}

/// The token of a user, where no response can carry a new session.
#[cfg(feature = "login")]
pub(crate) async fn of_user(engine: &Engine, user: &User) -> Result<AccessToken, UserTokenError> {
    Source::of(engine, user, None)?.current().await
}

/// Rule 6, for the user of a request.
pub(crate) async fn of_request_after(
    request: &Authentication,
    rejected: &AccessToken,
) -> Result<AccessToken, UserTokenError> {
    let _ = rejected;
    match request.principal() {
        #[cfg(feature = "login")]
        Principal::Session(user) => Source::of(request.engine(), user, Some(request))?.after_rejection(rejected).await,
        Principal::AccessToken(_) => Err(UserTokenError::InRequestOnly),
        _ => Err(UserTokenError::SessionEnded),
    }
}

/// Rule 6, where no response can carry a new session.
#[cfg(feature = "login")]
pub(crate) async fn of_user_after(
    engine: &Engine,
    user: &User,
    rejected: &AccessToken,
) -> Result<AccessToken, UserTokenError> {
    Source::of(engine, user, None)?.after_rejection(rejected).await
}

/// Rule 1.
fn presented(request: &Authentication, user: &User) -> Option<AccessToken> {
    match request.head().bearer() {
        BearerToken::Present(token) => {
            let text = bearer_token(token)?;
            let expires_at = user.access_token_info().and_then(|info| info.expires_at());
            Some(AccessToken::new(Secret::from(text), expires_at))
        }
        BearerToken::Absent | BearerToken::Malformed => None,
    }
}
