//! Current claims of the user, fetched from the provider.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{authenticate, refresh, tokens};
use crate::{
    access::Principal,
    answer::{self, ErrorCode, ErrorPage},
    engine::{LoginEngine, RefreshOutcome},
    error::Failure,
    http::{Reply, RequestHead},
    protocol::{AccessToken, user_info::UserInfoError},
    provider::{Provider, ProviderError},
    secret::Secret,
    session::Session,
    telemetry::Operation,
    user::User,
};

type Claims = Map<String, Value>;

/// The endpoint: JSON, whatever the client accepts.
pub(crate) async fn user_info(engine: &Arc<LoginEngine>, head: &RequestHead) -> Reply {
    let (principal, cookies) = authenticate::authenticate_session(engine, head).await;
    let session = match &principal {
        Principal::Session(user) => user.session_arc().cloned(),
        Principal::Anonymous | Principal::AccessToken(_) => None,
        Principal::Rejected(code) => return json_error(*code).with_cookies(cookies),
    };
    let Some(session) = session else { return json_error(ErrorCode::Unauthenticated).with_cookies(cookies) };
    let (claims, cookies) = match tokens::current_user_info(engine, &session).await {
        Err(Failure::UserInfo(UserInfoError::InvalidToken(_))) => {
            fetch_after_refresh(engine, head, &session, cookies).await
        }
        claims => (claims, cookies),
    };
    match claims {
        Ok(claims) => Reply::json(200, &Value::Object(claims)).with_cookies(cookies),
        Err(failure) => engine.json_failure_reply(Operation::UserInfo, &failure).with_cookies(match failure {
            Failure::SessionEnded => engine.sessions.clear(head),
            _ => cookies,
        }),
    }
}

fn json_error(code: ErrorCode) -> Reply {
    answer::json_error_reply(code, &ErrorPage::new(code))
}

/// The access token is no longer valid: the session was refreshed elsewhere (that revokes the old token at once), or the
/// provider dropped it. One refresh, which finds a successor first, and one more attempt. Whatever comes of that, a
/// rotated token must reach the browser.
async fn fetch_after_refresh(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
    session: &Arc<Session>,
    cookies: Vec<String>,
) -> (Result<Claims, Failure>, Vec<String>) {
    match refresh::refresh(engine, session).await {
        RefreshOutcome::Renewed { session, cookie } => {
            let cookies = engine.sessions.write(&cookie, head).unwrap_or(cookies);
            (tokens::current_user_info(engine, &session).await, cookies)
        }
        RefreshOutcome::Ended | RefreshOutcome::TooLarge => (Err(Failure::SessionEnded), cookies),
        // Without a refresh token the session lives on, but its access token has expired.
        RefreshOutcome::Unavailable(_) if session.refresh_token().is_none() => (Err(Failure::TokenExpired), cookies),
        RefreshOutcome::Unavailable(reason) => (Err(Failure::NotRefreshed(reason)), cookies),
    }
}

/// For the user `subject` of an access token that a request presented.
pub(crate) async fn of_token(provider: &Provider, token: &AccessToken, subject: &str) -> Result<Claims, Failure> {
    let metadata = provider.metadata().await?;
    match tokens::user_info(provider, &metadata, &Secret::from(token.expose()), subject).await {
        Ok(claims) => claims.ok_or_else(|| ProviderError::NoEndpoint("userinfo_endpoint").into()),
        Err(Failure::UserInfo(UserInfoError::InvalidToken(_))) => Err(Failure::TokenExpired),
        Err(failure) => Err(failure),
    }
}

/// For handlers: they have no response that could carry a new cookie, so nothing is refreshed here; but the result of
/// another request's refresh is found.
pub(crate) async fn current_claims(engine: &LoginEngine, user: &User) -> Result<Claims, Failure> {
    let session = user.session_arc().ok_or(Failure::NoSession)?;
    match tokens::current_user_info(engine, session).await {
        Err(Failure::UserInfo(UserInfoError::InvalidToken(_))) => {}
        claims => return claims,
    }
    match engine.sessions.latest_successor(session).await {
        Some(successor) => tokens::current_user_info(engine, &successor).await,
        None => Err(Failure::TokenExpired),
    }
}
