//! Finishes a login: the authorization response (OIDC Core §3.1.2.5) becomes a session.
//!
//! # Rules
//!
//! 1. No parameter may repeat; `code` together with `error` is an error.
//! 2. The pending login is consumed by the first response, whatever it contains; `HEAD` redeems nothing (`endpoint.rs`).
//! 3. A bad callback is a 4xx; what fails at the provider after that, a 502 or 503. Neither sets a session, and
//!    both remove the cookie of the pending login.
//! 4. A callback whose pending login is gone, in a browser that has a session, continues to the page after login
//!    (`ZITADEL_POST_LOGIN_URL`).
//! 5. `iss` in the response is compared when present, and must be present if the metadata announces it (RFC 9207).
//! 6. If an organization was requested, the user must belong to it.
//! 7. Userinfo is fetched before there is a session: ZITADEL leaves roles and profile out of the ID token.
//! 8. The earlier session of the browser is revoked with its tokens: a late response to it must not bring another user
//!    back.
//! 9. Tokens of a login that fails after its code was redeemed are revoked.

use std::sync::Arc;

use super::{
    authenticate, end_session, form,
    tokens::{self, ExpectedToken},
};
use crate::{
    access::Principal,
    config::UserInfoSource,
    engine::{CookieValue, LoginEngine},
    error::Failure,
    http::{Reply, RequestHead, ReturnTo},
    protocol::{
        authorization::{CodeGrant, PendingLogin, check_organization},
        authorization_response::{AuthorizationResponse, CallbackError},
        discovery::ProviderMetadata,
        id_token::Nonce,
        state::cookie_suffix,
        token::{self, TokenResponse},
    },
    session::Session,
    telemetry::{self, Operation},
    time::Timestamp,
};

pub(crate) async fn callback(engine: &Arc<LoginEngine>, head: &RequestHead) -> Reply {
    // Needed even if the rest of the response is unreadable: the pending login must be removed in any case.
    let state = form::value(head.query(), "state").unwrap_or_default();
    let cookie = cookie_suffix(&state).map(|suffix| engine.sessions.login_cookie(suffix));
    let sealed = cookie.as_ref().and_then(|cookie| cookie.values(head).next());
    let pending = cookie.as_ref().zip(sealed).and_then(|(cookie, sealed)| cookie.open(sealed).ok());
    let return_to = pending.as_ref().map(|pending| pending.return_to().clone());
    let reply = match finish(engine, head, pending).await {
        Ok(reply) => reply,
        Err(failure) => recover(engine, head, &failure, return_to.as_ref()).await,
    };
    match (&cookie, sealed) {
        (Some(cookie), Some(_)) => reply.with_cookies([cookie.clear()]),
        _ => reply,
    }
}

/// Rule 4, or the error page.
async fn recover(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
    failure: &Failure,
    return_to: Option<&ReturnTo>,
) -> Reply {
    if matches!(failure, Failure::Callback(CallbackError::NotPending))
        && let (Principal::Session(_), cookies) = authenticate::authenticate_session(engine, head).await
    {
        return Reply::redirect(engine.config.post_login.as_str()).with_cookies(cookies);
    }
    let retry_url = ReturnTo::login_url(engine.config.login_path(), return_to);
    engine.failure_reply(head, Operation::Login, failure, retry_url)
}

async fn finish(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
    pending: Option<PendingLogin>,
) -> Result<Reply, Failure> {
    let now = engine.environment.clock.now();
    let response = AuthorizationResponse::parse(head.query())?;
    let pending = pending.ok_or(CallbackError::NotPending)?;
    if let Some(description) = response.loggable_description() {
        telemetry::login_error_described(&description);
    }
    let metadata = engine.provider.metadata().await?;
    let grant = pending.accept(response, engine.provider.issuer(), metadata.sends_issuer_parameter(), now)?;
    let client = engine.config.client.client();
    let request = token::code_request(&metadata, &client, &engine.config.redirect_uri, &grant);
    let tokens = tokens::request(engine, request).await?;

    match establish(engine, &metadata, &grant, &tokens, now).await {
        Ok((session, cookie)) => {
            let cookies = engine.sessions.write(&cookie, head)?;
            if let Some(earlier) = engine.sessions.load(head, now) {
                end_session::end_in_background(engine, &earlier.session).await;
            }
            telemetry::login_completed(session.access_token_kind(), cookie.len());
            Ok(Reply::redirect(grant.return_to.as_str()).with_cookies(cookies))
        }
        Err(failure) => {
            // Rule 9.
            end_session::revoke_unused(engine, tokens).await;
            Err(failure)
        }
    }
}

/// From tokens to a session, with every check of both.
async fn establish(
    engine: &LoginEngine,
    metadata: &ProviderMetadata,
    grant: &CodeGrant,
    tokens: &TokenResponse,
    now: Timestamp,
) -> Result<(Arc<Session>, CookieValue), Failure> {
    let expected =
        ExpectedToken { nonce: Nonce::MustEqual(grant.nonce.expose()), max_age: grant.max_age, subject: None };
    let id_token = tokens.id_token.as_ref().ok_or(Failure::NoIdToken)?;
    let proof = tokens::verify_id_token(engine, id_token, &tokens.access_token, expected, now).await?;
    let user_info = match engine.config.user_info {
        UserInfoSource::Endpoint => tokens::user_info(engine, metadata, &tokens.access_token, proof.subject()).await?,
        UserInfoSource::IdTokenOnly => None,
    };
    let session = engine.sessions.establish(&proof, tokens, user_info.as_ref(), now);
    check_organization(grant.organization.as_deref(), session.claims())?;
    let cookie = engine.sessions.seal(&session, now)?;
    Ok((session, cookie))
}
