//! Back from the provider's sign-out: check `state`, say goodbye.

use super::logout::error_path;
use crate::{
    boundary::{Reply, RequestHead, cookie},
    edge::provider::chain,
    error::Failure,
    protocol::end_session::{LogoutError, LogoutResponse, PendingLogout},
    session::Purpose,
    zitadel::{Inner, Zitadel},
};

pub(super) fn logout_callback(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    let reply = match check(inner, head) {
        Ok(()) => Reply::redirect(inner.config.signed_out_page()),
        Err(failure) => {
            tracing::warn!(error = %chain(&failure), "a sign-out came back that was not started here");
            Reply::redirect(&error_path(inner, (&failure).into()))
        }
    };
    match cookie::values(head, inner.names.logout()).next() {
        Some(_) => reply.with_cookies([inner.names.clear(inner.names.logout())]),
        None => reply,
    }
}

fn check(inner: &Inner, head: &RequestHead) -> Result<(), Failure> {
    let name = inner.names.logout();
    let answer = LogoutResponse::parse(head.query())?;
    let pending: PendingLogout = cookie::values(head, name)
        .find_map(|sealed| inner.keyring.open(Purpose::Logout, name, sealed).ok())
        .and_then(|plain| postcard::from_bytes(&plain).ok())
        .ok_or(LogoutError::NotPending)?;
    Ok(pending.accept(&answer, inner.edge.clock.now())?)
}
