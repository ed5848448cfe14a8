//! Ending a session: here at once, then its tokens at the provider.
//!
//! # Rules
//!
//! 1. "Ended" is remembered, by the session's id, before anything else is asked of anybody: it holds for every cookie
//!    the session ever had, until its absolute limit.
//! 2. What is revoked is the *newest* refresh token: a refresh may have replaced the one in the cookie. A refresh
//!    that is still under way looks, after it published its successor, whether the session ended meanwhile, and
//!    revokes what it got (`refresh.rs`); so whoever comes second sees the other.
//! 3. It runs in a task of its own: a client that hangs up must not leave a token alive. Nobody waits longer than
//!    [`PATIENCE`] (3 s) for the provider.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, task::JoinHandle};

use super::successor;
use crate::{
    edge::{Key, StoreError, provider::chain},
    protocol::{
        revocation::{self, TokenTypeHint, revocation_request},
        token::TokenResponse,
    },
    secret::Secret,
    session::{Session, SessionId},
    zitadel::{Inner, Zitadel},
};

/// Revoking must not keep anybody waiting; the task goes on after that.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ends a session and revokes its tokens. Returns when it has ended here and the provider was told, or after
/// three seconds of telling it.
pub(super) async fn end(z: &Zitadel, session: &Arc<Session>) -> Result<(), StoreError> {
    let (ended, telling) = begin(z, session).await;
    let _ = tokio::time::timeout(PATIENCE, telling).await;
    ended
}

/// The same for a session that another one replaces: nobody waits for the provider.
pub(super) async fn replace(z: &Zitadel, session: &Arc<Session>) {
    if let (Err(error), _) = begin(z, session).await {
        tracing::error!(error = %chain(&error), "a session that was replaced could not be marked as ended");
    }
}

/// Ends it here; the task tells the provider.
async fn begin(z: &Zitadel, session: &Arc<Session>) -> (Result<(), StoreError>, JoinHandle<()>) {
    let (tell, told) = oneshot::channel();
    let (z, session) = (z.clone(), Arc::clone(session));
    let telling = tokio::spawn(async move {
        let _ = tell.send(mark(z.inner(), &session).await);
        let newest = successor::newest(&z, &session).await.unwrap_or(session);
        let (token, hint) = match newest.refresh_token() {
            Some(token) => (token, TokenTypeHint::RefreshToken),
            None => (newest.access_token(), TokenTypeHint::AccessToken),
        };
        revoke(z.inner(), &token, hint).await;
    });
    let ended = told.await.unwrap_or_else(|_| Err(StoreError::new("the task that ends a session did not run")));
    (ended, telling)
}

/// Revokes tokens that came for nothing: a sign-in that failed after its code was redeemed, a refresh of a session
/// that ended meanwhile. Waits no longer than three seconds for it.
pub(super) async fn discard(z: &Zitadel, tokens: TokenResponse) {
    let z = z.clone();
    let telling = tokio::spawn(async move {
        match tokens.refresh_token {
            Some(token) => revoke(z.inner(), &token, TokenTypeHint::RefreshToken).await,
            None => revoke(z.inner(), &tokens.access_token, TokenTypeHint::AccessToken).await,
        }
    });
    let _ = tokio::time::timeout(PATIENCE, telling).await;
}

/// Rule 1, also for other replicas, until no copy of the cookie could be valid any more.
async fn mark(inner: &Inner, session: &Session) -> Result<(), StoreError> {
    inner.opened.end(*session.id());
    let now = inner.edge.clock.now();
    let rest = session.expires_at().since(now);
    if rest.is_zero() {
        return Ok(());
    }
    inner.edge.store.put(&key(session.id()), now.to_string().into_bytes(), rest).await
}

/// Whether the session ended, here or on another replica.
pub(super) async fn has_ended(inner: &Inner, session: &Session) -> Result<bool, StoreError> {
    Ok(inner.opened.ended_here(*session.id()) || inner.edge.store.get(&key(session.id())).await?.is_some())
}

fn key(id: &SessionId) -> Key {
    Key::hashed("ended/session", id.as_bytes())
}

async fn revoke(inner: &Inner, token: &Secret<String>, hint: TokenTypeHint) {
    let outcome = async {
        let metadata = inner.provider.metadata().await?;
        let Some(request) = revocation_request(&metadata, &inner.config.client(), token, hint) else { return Ok(None) };
        inner.provider.send(request).await.map(Some)
    };
    match outcome.await {
        // A provider without the endpoint has nothing to be told.
        Ok(None) => {}
        Ok(Some(response)) => {
            if let Err(error) = revocation::parse(response.status().as_u16(), response.body()) {
                tracing::warn!(%error, "a token was not revoked");
            }
        }
        Err(error) => tracing::warn!(error = %chain(&error), "a token was not revoked"),
    }
}
