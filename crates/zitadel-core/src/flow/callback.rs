//! Finishes a login: the authorization response (OIDC Core §3.1.2.5) becomes a session.
//!
//! # Rules
//!
//! 1. No parameter may repeat; `code` together with `error` is an error.
//! 2. A prefetch and `HEAD` (`endpoint.rs`) redeem nothing.
//! 3. The code is redeemed once, and a repeated callback gets the same response (`redeem.rs`).
//! 4. The cookie of the pending login is removed when its login ended, whatever the outcome. It stays if the provider or
//!    the store could not be asked (the same callback can be opened again), and if the response is not for it.
//! 5. A callback whose pending login is gone, in a browser that has a session, continues to the page after login
//!    (`ZITADEL_POST_LOGIN_URL`).
//! 6. `iss` in the response is compared when present, and must be present if the metadata announces it (RFC 9207).
//! 7. The earlier session of the browser is revoked with its tokens: a late response to it must not bring another user
//!    back.

use std::sync::Arc;

use super::{authenticate, end_session, form, redeem};
use crate::{
    access::Principal,
    answer::ErrorCode,
    engine::{CookieValue, FoundLogin, LoginEngine, LoginOutcome},
    error::Failure,
    http::{Reply, RequestHead, ReturnTo},
    protocol::{
        authorization::{CodeGrant, PendingLogin},
        authorization_response::{AuthorizationResponse, CallbackError},
    },
    session::Session,
    telemetry::{self, Operation},
};

/// The response, and the session of the login that it completed.
pub(crate) async fn callback(engine: &Arc<LoginEngine>, head: &RequestHead) -> (Reply, Option<Arc<Session>>) {
    if head.is_prefetch() {
        return (Reply::no_content(), None);
    }
    let found = form::value(head.query(), "state").and_then(|state| engine.sessions.find_login(head, &state));
    let Some(FoundLogin { login, clear }) = found else {
        let failure = match AuthorizationResponse::parse(head.query()) {
            Ok(response) => {
                log_description(&response);
                CallbackError::NotPending
            }
            Err(error) => error,
        };
        return (recover(engine, head, &failure.into(), None).await, None);
    };
    let return_to = login.return_to().clone();
    let key = engine.sessions.login_key(login.state());
    let outcome = match accept(engine, head, login).await {
        Ok(grant) => redeem::redeem(engine, &key, grant).await,
        Err(failure) => Err(failure),
    };
    let (reply, session) = match outcome {
        Ok(LoginOutcome::Completed { session, cookie }) => {
            match complete(engine, head, &session, &cookie, &return_to).await {
                Ok(reply) => (reply, Some(session)),
                Err(failure) => (recover(engine, head, &failure, Some(&return_to)).await, None),
            }
        }
        Ok(LoginOutcome::Failed { code, incident }) => {
            let retry_url = retry_url(engine, Some(&return_to));
            (engine.logged_failure_reply(head, code, incident.as_deref(), retry_url), None)
        }
        Ok(LoginOutcome::Redeemed) => {
            (recover(engine, head, &CallbackError::NotPending.into(), Some(&return_to)).await, None)
        }
        Err(failure) => {
            let reply = recover(engine, head, &failure, Some(&return_to)).await;
            // Rule 4.
            return (if failure.is_transient() { reply } else { reply.with_cookies([clear]) }, None);
        }
    };
    (reply.with_cookies([clear]), session)
}

/// Every check of the response that needs nothing but the pending login and the metadata.
async fn accept(engine: &LoginEngine, head: &RequestHead, login: PendingLogin) -> Result<CodeGrant, Failure> {
    let response = AuthorizationResponse::parse(head.query())?;
    log_description(&response);
    let metadata = engine.provider.metadata().await?;
    let now = engine.environment.clock.now();
    let timeout = engine.config.login_timeout;
    Ok(login.accept(response, engine.provider.issuer(), metadata.sends_issuer_parameter(), timeout, now)?)
}

fn log_description(response: &AuthorizationResponse) {
    if let Some(description) = response.loggable_description() {
        telemetry::login_error_described(&description);
    }
}

/// The browser has its session, and continues to the page that it asked for.
async fn complete(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
    session: &Session,
    cookie: &CookieValue,
    return_to: &ReturnTo,
) -> Result<Reply, Failure> {
    let cookies = engine.sessions.write(cookie, head)?;
    engine.sessions.list_user_agent(session, head.user_agent()).await;
    // Rule 7. A repeated callback may come with the session that this login made.
    let now = engine.environment.clock.now();
    let earlier = match engine.sessions.load(head, now).await {
        Ok(earlier) => earlier,
        Err(error) => {
            telemetry::revocation_not_stored(&error);
            engine.sessions.end_unread(head, now).await;
            None
        }
    };
    if let Some(earlier) = earlier.filter(|earlier| earlier.id() != session.id()) {
        end_session::end_in_background(engine, &earlier).await;
    }
    Ok(Reply::redirect(return_to.as_str()).with_cookies(cookies))
}

/// Rule 5, or the error page.
async fn recover(
    engine: &Arc<LoginEngine>,
    head: &RequestHead,
    failure: &Failure,
    return_to: Option<&ReturnTo>,
) -> Reply {
    if ErrorCode::from(failure) == ErrorCode::StateMismatch
        && let (Principal::Session(_), cookies) = authenticate::authenticate_session(engine, head).await
    {
        return Reply::redirect(engine.config.post_login.as_str()).with_cookies(cookies);
    }
    engine.failure_reply(head, Operation::Login, failure, retry_url(engine, return_to))
}

fn retry_url(engine: &LoginEngine, return_to: Option<&ReturnTo>) -> String {
    ReturnTo::login_url(engine.config.login_path(), return_to)
}
