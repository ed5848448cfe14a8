//! The browser returns from the provider's logout.
//!
//! # Rules
//!
//! 1. What the browser is told depends on whether it has a session, not on `state`: a reload, a second tab or a provider
//!    that sends no `state` must not read as a failed logout.
//! 2. `state` decides whether the pending logout is over: another one leaves its cookie alone.
//! 3. A prefetch changes nothing.

use super::logout::error_url;
use crate::{
    answer::ErrorCode,
    engine::LoginEngine,
    error::Failure,
    http::{Reply, RequestHead},
    protocol::end_session::{LogoutError, LogoutResponse},
    session::SessionState,
    telemetry,
};

pub(crate) async fn logout_callback(engine: &LoginEngine, head: &RequestHead) -> Reply {
    if head.is_prefetch() {
        return Reply::no_content();
    }
    let ended = match accept(engine, head) {
        Ok(clear) => Some(clear),
        Err(error) => {
            telemetry::logout_callback_rejected(&error);
            None
        }
    };
    let reply = match has_session(engine, head).await {
        Ok(false) => Reply::redirect(engine.config.logged_out_path()),
        Ok(true) => Reply::redirect(&error_url(engine, ErrorCode::StillSignedIn)),
        Err(failure) => {
            telemetry::revocation_check_failed(&failure);
            Reply::redirect(&error_url(engine, (&failure).into()))
        }
    };
    reply.with_cookies(ended)
}

/// The `Set-Cookie` value that removes the pending logout to which this response belongs.
fn accept(engine: &LoginEngine, head: &RequestHead) -> Result<String, LogoutError> {
    let response = LogoutResponse::parse(head.query())?;
    let (pending, cookie) = engine.sessions.pending_logout(head).ok_or(LogoutError::NotPending)?;
    match pending.accept(&response, engine.environment.clock.now()) {
        Ok(()) | Err(LogoutError::Expired) => Ok(cookie.clear()),
        Err(error) => Err(error),
    }
}

async fn has_session(engine: &LoginEngine, head: &RequestHead) -> Result<bool, Failure> {
    let now = engine.environment.clock.now();
    let Some(session) = engine.sessions.load(head, now).await? else { return Ok(false) };
    if matches!(session.state(now), SessionState::Expired) {
        return Ok(false);
    }
    Ok(!engine.sessions.is_ended(&session).await?)
}
