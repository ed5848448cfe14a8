//! Refreshes the tokens of a session, exactly once.
//!
//! ZITADEL's refresh tokens work once: of two requests that refresh at the same time the second would find its token
//! revoked and end the session. So one request refreshes, and the others use its result.
//!
//! # Rules
//!
//! 1. One refresh per token at a time: in this process by a shared task, between replicas by a lease in the store
//!    (`lease.rs`). The lease lasts longer than a token request can; nothing else happens while it is held.
//! 2. The result is kept for 300 seconds for requests that still carry the old cookie: they answer with the same
//!    session. It is published as soon as the tokens are rotated, before userinfo is fetched, and again when the claims
//!    are current. Requests that wait on other replicas wait for the second one, for two seconds at most, so that all set
//!    the same cookie; the first is for the case that this replica does not get to the second.
//! 3. It runs in a task of its own: a client that hangs up must not lose the only copy of a rotated token.
//! 4. An OAuth error with a 4xx status that is about the refresh token ends the session, after one more look for a
//!    successor. (ZITADEL says `invalid_request` where the RFC says `invalid_grant`.) Only the *cookie* with this token
//!    ends: a newer one of the same session, which a late request does not know of, stays valid.
//! 5. Everything else keeps the session while the access token is valid; then the answer is 503: network errors, 408, 429
//!    and 5xx, `temporarily_unavailable` and its kind, and a refusal of this client (`invalid_client` and its kind), which
//!    is an error in the log. `Retry-After` is respected, up to five minutes. While the access token is valid, no request
//!    waits longer than two seconds for a refresh (`authenticate.rs`).
//! 6. After rotation, only a verification failure or an explicit rejection ends the session: an ID token or userinfo
//!    about another user, and userinfo that is refused although the token is valid. That ends the session itself, on every replica and with every
//!    cookie it ever had: another replica may already use the new tokens.
//! 7. Claims that could not be updated are updated from userinfo later, without another refresh (`claims.rs`,
//!    `session/stale_claims.rs`).
//! 8. A session that was revoked while it was refreshed stays revoked, and its new tokens are revoked too.
//! 9. The token endpoint is spared: sessions are due at different times in the last tenth of a token's life, at most 16
//!    token requests of this process are in flight, and a session is refreshed at most every 30 seconds (`session/state.rs`).
//!    No request waits longer than 12 seconds for its turn.

mod claims;
mod lease;
mod renew;
mod turn;

use std::sync::Arc;

use crate::{
    answer::ErrorCode,
    engine::{LoginEngine, RefreshOutcome},
    session::Session,
    telemetry::{self, Flow},
};

pub(super) use self::claims::update_claims;

/// Refreshes a session, or finds the result of another request's refresh.
pub(super) async fn refresh(engine: &Arc<LoginEngine>, session: &Arc<Session>) -> RefreshOutcome {
    let Some(key) = engine.sessions.successor_key(session) else {
        return RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable);
    };
    let work = || {
        let (engine, session, key) = (Arc::clone(engine), Arc::clone(session), key.clone());
        let environment = engine.environment.clone();
        environment.measure(Flow::Refresh, async move {
            // When this returns, the result is in the store: a request that comes later finds it there.
            lease::refresh_with_lease(&engine, &session, &key).await.unwrap_or_else(|error| {
                telemetry::refresh_not_coordinated(&error);
                RefreshOutcome::Unavailable(ErrorCode::StoreUnavailable)
            })
        })
    };
    engine.refreshes.run(&key, work).await.unwrap_or(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable))
}
