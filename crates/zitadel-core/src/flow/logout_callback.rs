//! Back from the provider's sign-out: check `state`, say goodbye.

use super::logout::{error_path, signed_out_path};
use crate::{
    boundary::{Reply, RequestHead, cookie},
    error::Failure,
    edge::provider::chain,
    protocol::end_session::{PendingLogout, state_of},
    session::Purpose,
    zitadel::{Inner, Zitadel},
};

pub(super) fn logout_callback(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    let reply = match check(inner, head) {
        Ok(()) => Reply::redirect(signed_out_path(inner)),
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
    let state = state_of(head.query()).ok_or(Failure::LogoutState)?;
    let pending: PendingLogout = cookie::values(head, name)
        .find_map(|sealed| inner.keyring.open(Purpose::Logout, name, sealed).ok())
        .and_then(|plain| postcard::from_bytes(&plain).ok())
        .ok_or(Failure::LogoutState)?;
    if pending.accept(&state, inner.edge.clock.now()) { Ok(()) } else { Err(Failure::LogoutState) }
}
