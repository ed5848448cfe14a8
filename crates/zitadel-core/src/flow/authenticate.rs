//! Cookie (`authenticate/session.rs`), or access token (`bearer.rs`), → principal.

#[cfg(feature = "login")]
mod session;

use std::sync::Arc;

use super::bearer;
use crate::{
    access::{Principal, PrincipalAndCookies},
    engine::{ApiEngine, Engine},
    http::{BearerToken, RequestHead},
    time::Timestamp,
};
#[cfg(feature = "login")]
pub(super) use session::authenticate_session;

/// Without waiting; `None` if the store or the provider must be asked.
pub(crate) fn authenticate_cached(engine: &Engine, head: &RequestHead, now: Timestamp) -> Option<PrincipalAndCookies> {
    if let Some((api, token)) = presented_token(engine, head) {
        return bearer::authenticate_cached(api, token, now).map(|principal| (principal, Vec::new()));
    }
    #[cfg(feature = "login")]
    if let Some(engine) = &engine.login {
        return session::authenticate_session_cached(engine, head, now);
    }
    Some((Principal::Anonymous, Vec::new()))
}

pub(crate) async fn authenticate(engine: &Engine, head: &RequestHead) -> PrincipalAndCookies {
    if let Some((api, token)) = presented_token(engine, head) {
        return (bearer::authenticate(api, token).await, Vec::new());
    }
    #[cfg(feature = "login")]
    if let Some(engine) = &engine.login {
        return session::authenticate_session(engine, head).await;
    }
    (Principal::Anonymous, Vec::new())
}

/// The bearer token of a request, well-formed or not, in an application that accepts access tokens.
fn presented_token<'a>(engine: &'a Engine, head: &'a RequestHead) -> Option<(&'a Arc<ApiEngine>, BearerToken<'a>)> {
    let api = engine.api.as_ref()?;
    Some((api, head.bearer())).filter(|(_, token)| *token != BearerToken::Absent)
}
