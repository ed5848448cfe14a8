//! RP-initiated logout (OIDC RP-Initiated Logout 1.0 §2).
//!
//! # Rules
//!
//! 1. The session here ends first, whatever the provider responds: a copy of its cookie stops working.
//! 2. Then the refresh token is revoked: ZITADEL keeps it valid otherwise (`end_session.rs`).
//! 3. Then the browser goes to `end_session_endpoint` with `id_token_hint`, `client_id`,
//!    `post_logout_redirect_uri` and `state`; without the hint ZITADEL would ask the user which session to end.
//!    A request that is too long for a URL goes as a form, on a page that submits it.
//! 4. It works with an expired session, and without one.
//! 5. With `everywhere` all sessions of the user here end, on every device; at the provider only that of this browser.

use std::sync::Arc;

use super::end_session;
use crate::{
    answer::{ErrorCode, login_pages},
    engine::LoginEngine,
    environment::StoreError,
    error::Failure,
    http::{Reply, RequestHead},
    protocol::end_session::{EndSessionRequest, PendingLogout},
    provider::ProviderError,
    session::Session,
    telemetry,
};

pub(crate) async fn logout(engine: &Arc<LoginEngine>, head: &RequestHead, everywhere: bool) -> Reply {
    let now = engine.environment.clock.now();
    let session = match engine.sessions.load(head, now).await {
        Ok(session) => session,
        Err(error) => {
            engine.sessions.end_unread(head, now).await;
            telemetry::logout_not_stored(&error);
            return failed(engine, head, ErrorCode::StoreUnavailable);
        }
    };
    if let Some(session) = &session {
        if let Err(error) = end(engine, session, everywhere).await {
            // The cookie is removed nevertheless; only a copy of it could still be used. Report that it failed.
            telemetry::logout_not_stored(&error);
            return failed(engine, head, ErrorCode::StoreUnavailable);
        }
        telemetry::logout_completed();
    }
    let reply = match at_provider(engine, session.as_deref()).await {
        Ok(reply) => reply,
        // A provider without single logout: the session here is all there is to end.
        Err(Failure::Provider(ProviderError::NoEndpoint(_))) => Reply::redirect(engine.config.logged_out_path()),
        Err(failure) => {
            let code = ErrorCode::from(&failure);
            telemetry::provider_logout_failed(code, &failure);
            return failed(engine, head, code);
        }
    };
    reply.with_cookies(engine.sessions.clear(head))
}

async fn end(engine: &Arc<LoginEngine>, session: &Arc<Session>, everywhere: bool) -> Result<(), StoreError> {
    let ended = end_session::end(engine, session).await;
    if everywhere {
        engine.sessions.end_subject(&session.claims().subject, engine.environment.clock.now()).await?;
        telemetry::sessions_ended();
    }
    ended
}

async fn at_provider(engine: &LoginEngine, session: Option<&Session>) -> Result<Reply, Failure> {
    let metadata = engine.provider.metadata().await?;
    let endpoint = metadata.end_session_endpoint().ok_or(ProviderError::NoEndpoint("end_session_endpoint"))?;
    let pending = PendingLogout::new(engine.environment.random(), engine.environment.clock.now());
    let request = EndSessionRequest::new(
        endpoint,
        session.map(Session::id_token_hint),
        &engine.config.client.id,
        &engine.config.post_logout_redirect_uri,
        &pending.state().text(),
    );
    let reply = match request {
        EndSessionRequest::Redirect(url) => Reply::redirect(url.as_str()),
        EndSessionRequest::Form(form) => login_pages::end_session_page(&engine.config.pages, &form),
    };
    let Ok(cookie) = engine.sessions.logout_cookie().set(&pending);
    Ok(reply.with_cookies([cookie]))
}

fn failed(engine: &LoginEngine, head: &RequestHead, code: ErrorCode) -> Reply {
    Reply::redirect(&error_url(engine, code)).with_cookies(engine.sessions.clear(head))
}

/// The page after a logout that failed.
pub(super) fn error_url(engine: &LoginEngine, code: ErrorCode) -> String {
    format!("{}?reason={}", engine.config.logout_error_path(), code.as_str())
}
