//! Ends a session: here at once, then its tokens at the provider.
//!
//! # Rules
//!
//! 1. The session is revoked in [`Sessions`](crate::engine::Sessions) before anything else is done.
//! 2. The token that is revoked is the *newest* refresh token: a refresh may have replaced the one in the cookie. A
//!    refresh that is still in flight checks, after it published its result, whether the session was revoked meanwhile,
//!    and revokes what it got (`refresh/`); so whichever comes second sees the other.
//! 3. It runs in a task of its own: a client that hangs up must not leave a token valid. Nobody waits longer than
//!    [`MAX_WAIT`] (3 s) for the provider.
//! 4. A revocation that fails or is refused is tried again in the background, four times in a quarter of an hour
//!    ([`PAUSES`]), for at most [`MAX_REVOCATION_RETRIES`](crate::engine::MAX_REVOCATION_RETRIES) tokens at a time. A restart forgets them.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, task::JoinHandle};
use tracing::Instrument as _;

use crate::{
    engine::LoginEngine,
    environment::StoreError,
    protocol::{
        revocation::{self, TokenTypeHint, revocation_request},
        token::TokenResponse,
    },
    secret::Secret,
    session::Session,
    telemetry::{self, ProviderEndpoint},
};

/// How long a request waits for a revocation; the task continues after that.
const MAX_WAIT: Duration = Duration::from_secs(3);

/// Pauses between the attempts to revoke a token.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(30), Duration::from_secs(150), Duration::from_secs(600)];

/// Ends a session and revokes its tokens. Returns when it is revoked here and the provider has answered, or after three
/// seconds of waiting for that.
pub(super) async fn end(engine: &Arc<LoginEngine>, session: &Arc<Session>) -> Result<(), StoreError> {
    let (revoked, revocation) = start(engine, session).await;
    let _ = tokio::time::timeout(MAX_WAIT, revocation).await;
    revoked
}

/// The same for a session that another one replaces: the request does not wait for the provider.
pub(super) async fn end_in_background(engine: &Arc<LoginEngine>, session: &Arc<Session>) {
    if let (Err(error), _) = start(engine, session).await {
        telemetry::revocation_not_stored(&error);
    }
}

/// Revokes a session here; the task revokes its tokens at the provider.
async fn start(engine: &Arc<LoginEngine>, session: &Arc<Session>) -> (Result<(), StoreError>, JoinHandle<()>) {
    let (done_tx, done_rx) = oneshot::channel();
    let (engine, session) = (Arc::clone(engine), Arc::clone(session));
    let work = async move {
        let _ = done_tx.send(engine.sessions.end(&session).await);
        let newest = engine.sessions.latest_successor(&session).await.unwrap_or(session);
        engine.sessions.remove_body(&newest).await;
        let (token, hint) = match newest.refresh_token() {
            Some(token) => (token, TokenTypeHint::RefreshToken),
            None => (newest.access_token(), TokenTypeHint::AccessToken),
        };
        revoke_token(&engine, token, hint).await;
    };
    let revocation = tokio::spawn(work.in_current_span());
    let revoked = done_rx.await.unwrap_or_else(|_| Err(StoreError::new("the task that ends a session did not run")));
    (revoked, revocation)
}

/// Revokes tokens that are not used: of a login that failed after its code was redeemed, of a refresh whose session was
/// revoked meanwhile. Waits at most three seconds for it.
pub(super) async fn revoke_unused(engine: &Arc<LoginEngine>, tokens: TokenResponse) {
    let engine = Arc::clone(engine);
    let work = async move {
        match tokens.refresh_token {
            Some(token) => revoke_token(&engine, token, TokenTypeHint::RefreshToken).await,
            None => revoke_token(&engine, tokens.access_token, TokenTypeHint::AccessToken).await,
        }
    };
    let revocation = tokio::spawn(work.in_current_span());
    let _ = tokio::time::timeout(MAX_WAIT, revocation).await;
}

/// Returns after the first attempt.
async fn revoke_token(engine: &Arc<LoginEngine>, token: Secret<String>, hint: TokenTypeHint) {
    if try_to_revoke(engine, &token, hint).await {
        return;
    }
    let Ok(permit) = Arc::clone(&engine.revocation_retries).try_acquire_owned() else { return };
    let engine = Arc::clone(engine);
    tokio::spawn(async move {
        let _permit = permit;
        for pause in PAUSES {
            tokio::time::sleep(pause).await;
            if try_to_revoke(&engine, &token, hint).await {
                break;
            }
        }
    });
}

/// Whether the token is revoked, or cannot be.
async fn try_to_revoke(engine: &LoginEngine, token: &Secret<String>, hint: TokenTypeHint) -> bool {
    let outcome = async {
        let metadata = engine.provider.metadata().await?;
        let client = engine.config.client.client(engine.provider.issuer(), &engine.environment);
        let Some(request) = revocation_request(&metadata, &client, token, hint) else { return Ok(None) };
        engine.provider.send(ProviderEndpoint::Revocation, request).await.map(Some)
    };
    match outcome.await {
        // A provider without the endpoint.
        Ok(None) => true,
        Ok(Some(response)) => revocation::parse(response.status().as_u16(), response.body())
            .inspect_err(|error| telemetry::token_not_revoked(error))
            .is_ok(),
        Err(error) => {
            telemetry::token_not_revoked(&error);
            false
        }
    }
}
