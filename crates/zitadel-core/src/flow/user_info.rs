//! Fresh claims for the signed-in user, asked of the provider now.

use serde_json::{Map, Value};

use super::{
    authenticate, page,
    refresh::{self, Refreshed},
    successor, tokens,
};
use crate::{
    boundary::{Reply, RequestHead, authentication::Identity},
    edge::provider::ProviderError,
    error::{Failure, Refusal},
    protocol::user_info::UserInfoError,
    session,
    user::User,
    zitadel::Zitadel,
};

/// The endpoint: JSON whatever the client accepts.
pub(super) async fn user_info(z: &Zitadel, head: &RequestHead) -> Reply {
    let who = authenticate::authenticate(z, head).await;
    let mut cookies = who.cookies;
    let user = match who.identity {
        Identity::Session(user) => user,
        Identity::Anonymous => return page::json_refusal(Refusal::Unauthenticated).with_cookies(cookies),
        Identity::Refused(refusal) => return page::json_refusal(refusal).with_cookies(cookies),
    };
    let names = z.inner().names;
    let mut answer = ask(z, &user).await;
    if matches!(answer, Err(Failure::UserInfo(UserInfoError::Refused))) {
        (answer, cookies) = again(z, head, &user, cookies).await;
    }
    match answer {
        Ok(claims) => Reply::json(200, &Value::Object(claims)).with_cookies(cookies),
        Err(failure) => page::json_failure(z, &failure).with_cookies(match failure {
            Failure::SessionEnded => session::clear_cookies(names, head),
            _ => cookies,
        }),
    }
}

/// The access token is not accepted any more: somebody refreshed the session (that kills the old token at once),
/// or the provider forgot it. One refresh, which finds a successor first, and one more try. Whatever comes of
/// that, a rotated token must reach the browser.
async fn again(
    z: &Zitadel,
    head: &RequestHead,
    user: &User,
    cookies: Vec<String>,
) -> (Result<Map<String, Value>, Failure>, Vec<String>) {
    let Some(session) = user.session_arc() else { return (Err(Failure::NoSession), cookies) };
    match refresh::refresh(z, session).await {
        Refreshed::Renewed { session, sealed } => {
            let cookies = session::write_cookies(&sealed, z.inner().names, head).unwrap_or(cookies);
            (ask(z, &User::of_session(session)).await, cookies)
        }
        Refreshed::Ended | Refreshed::TooLarge => (Err(Failure::SessionEnded), cookies),
        // Nothing to refresh with: the session here lives on, but its access token is over.
        Refreshed::Unavailable if session.refresh_token().is_none() => (Err(Failure::TokenExpired), cookies),
        Refreshed::Unavailable => (Err(UserInfoError::Unavailable.into()), cookies),
    }
}

/// For handlers: they have no answer at hand that could carry a new cookie, so nothing is refreshed here; but what
/// another request refreshed is found.
pub(crate) async fn fresh(z: &Zitadel, user: &User) -> Result<Map<String, Value>, Failure> {
    match ask(z, user).await {
        Err(Failure::UserInfo(UserInfoError::Refused)) => {}
        answer => return answer,
    }
    let session = user.session_arc().ok_or(Failure::NoSession)?;
    match successor::newest(z, session).await {
        Some(session) => ask(z, &User::of_session(session)).await,
        None => Err(Failure::TokenExpired),
    }
}

async fn ask(z: &Zitadel, user: &User) -> Result<Map<String, Value>, Failure> {
    let inner = z.inner();
    let session = user.session_arc().ok_or(Failure::NoSession)?;
    let metadata = inner.provider.metadata().await?;
    tokens::user_info(inner, &metadata, &session.access_token(), user.subject())
        .await?
        .ok_or_else(|| ProviderError::NoEndpoint("userinfo_endpoint").into())
}
