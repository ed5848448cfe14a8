//! RP-initiated logout (OIDC RP-Initiated Logout 1.0 §2).
//!
//! # Rules
//!
//! 1. The session here ends first, whatever the provider says: a copy of its cookie stops working.
//! 2. Then the refresh token is revoked: ZITADEL keeps it alive otherwise.
//! 3. Then the browser goes to `end_session_endpoint` with `id_token_hint`, `client_id`,
//!    `post_logout_redirect_uri` and `state`; without the hint ZITADEL would ask the user which session to end.
//! 4. It works with an expired session, and without one.

use std::time::Duration;

use zeroize::Zeroizing;

use super::{authenticate, refresh};
use crate::{
    boundary::{Reply, RequestHead},
    edge::provider::{ProviderError, chain},
    error::{Failure, Refusal},
    protocol::{
        discovery::ProviderMetadata,
        end_session::{LIFETIME, PendingLogout, end_session_url},
        revocation::{self, TokenTypeHint, revocation_request},
    },
    session::{self, Purpose, Session},
    zitadel::{Inner, Zitadel},
};

/// Revoking is a courtesy that must not keep the user waiting.
const REVOCATION_LIMIT: Duration = Duration::from_secs(3);

pub(super) async fn logout(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    let session = authenticate::presented(inner, head);
    if let Some(session) = &session {
        if let Err(failure) = end(inner, session).await {
            // The cookie goes all the same; only a copy of it could still be used. Say that it did not work.
            tracing::error!(error = %chain(&failure), "a session could not be marked as ended");
            return failed(inner, head, Refusal::ProviderUnavailable);
        }
        tracing::info!("signed out");
    }
    let reply = match at_provider(inner, session.as_deref()).await {
        Ok(reply) => reply,
        Err(Failure::Provider(ProviderError::NoEndpoint(_))) => {
            // A provider without single sign-out: leaving here is all there is to do.
            Reply::redirect(inner.config.signed_out_page())
        }
        Err(failure) => {
            tracing::warn!(error = %chain(&failure), "signed out here, but not at the provider");
            return failed(inner, head, Refusal::from(&failure));
        }
    };
    reply.with_cookies(session::clear_cookies(inner.names, head))
}

/// Rule 1. Also for other replicas, until no copy of the cookie could be valid any more.
async fn end(inner: &Inner, session: &Session) -> Result<(), Failure> {
    inner.opened.end(*session.id());
    let now = inner.edge.clock.now();
    let rest = session.expires_at().since(now);
    if !rest.is_zero() {
        inner.edge.store.put(&authenticate::ended_key(session.id()), refresh::ended_at(now), rest).await?;
    }
    Ok(())
}

async fn at_provider(inner: &Inner, session: Option<&Session>) -> Result<Reply, Failure> {
    let metadata = inner.provider.metadata().await?;
    if let Some(session) = session {
        // The answer changes nothing for the user, and a provider without the endpoint is no failure.
        let _ = tokio::time::timeout(REVOCATION_LIMIT, revoke(inner, &metadata, session)).await;
    }
    let endpoint = metadata.end_session_endpoint().ok_or(ProviderError::NoEndpoint("end_session_endpoint"))?;
    let mut random = Zeroizing::new([0; 32]);
    inner.edge.entropy.fill(random.as_mut_slice());
    let pending = PendingLogout::new(*random, inner.edge.clock.now());
    let hint = session.map(Session::id_token);
    let url = end_session_url(
        endpoint,
        hint.as_ref(),
        &inner.config.client_id,
        &inner.config.post_logout_redirect_uri,
        &pending.state_text(),
    );
    let name = inner.names.logout();
    let plain = postcard::to_allocvec(&pending).unwrap_or_default();
    let sealed = inner.keyring.seal(Purpose::Logout, name, &plain, &*inner.edge.entropy);
    Ok(Reply::redirect(url.as_str()).with_cookies([inner.names.set(name, &sealed, Some(LIFETIME))]))
}

async fn revoke(inner: &Inner, metadata: &ProviderMetadata, session: &Session) {
    // The refresh token if there is one: revoking it ends its access token as well.
    let (token, hint) = match session.refresh_token() {
        Some(token) => (token, TokenTypeHint::RefreshToken),
        None => (session.access_token(), TokenTypeHint::AccessToken),
    };
    let Some(request) = revocation_request(metadata, &inner.config.client(), &token, hint) else { return };
    match inner.provider.send(request).await {
        Ok(response) => {
            if let Err(error) = revocation::parse(response.status().as_u16(), response.body()) {
                tracing::warn!(%error, "a token was not revoked");
            }
        }
        Err(error) => tracing::warn!(error = %chain(&error), "a token was not revoked"),
    }
}

fn failed(inner: &Inner, head: &RequestHead, refusal: Refusal) -> Reply {
    Reply::redirect(&error_path(inner, refusal)).with_cookies(session::clear_cookies(inner.names, head))
}

pub(super) fn error_path(inner: &Inner, refusal: Refusal) -> String {
    format!("{}?reason={}", inner.config.logout_error_page(), refusal.code())
}
