//! The browser returns from the provider's logout: checks `state`, and shows the page after logout.

use super::logout::error_url;
use crate::{
    engine::LoginEngine,
    error::Failure,
    http::{Reply, RequestHead},
    protocol::end_session::{LogoutError, LogoutResponse},
    telemetry,
};

pub(crate) fn logout_callback(engine: &LoginEngine, head: &RequestHead) -> Reply {
    let reply = match check(engine, head) {
        Ok(()) => Reply::redirect(engine.config.logged_out_path()),
        Err(failure) => {
            telemetry::logout_callback_rejected(&failure);
            Reply::redirect(&error_url(engine, (&failure).into()))
        }
    };
    let cookie = engine.sessions.logout_cookie();
    let is_present = cookie.values(head).next().is_some();
    if is_present { reply.with_cookies([cookie.clear()]) } else { reply }
}

fn check(engine: &LoginEngine, head: &RequestHead) -> Result<(), Failure> {
    let response = LogoutResponse::parse(head.query())?;
    let cookie = engine.sessions.logout_cookie();
    let pending = cookie.values(head).find_map(|sealed| cookie.open(sealed).ok()).ok_or(LogoutError::NotPending)?;
    Ok(pending.accept(&response, engine.environment.clock.now())?)
}
