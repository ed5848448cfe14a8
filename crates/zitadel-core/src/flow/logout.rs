//! RP-initiated logout (OIDC RP-Initiated Logout 1.0 §2).
//!
//! # Rules
//!
//! 1. The session here ends first, whatever the provider says: a copy of its cookie stops working.
//! 2. Then the refresh token is revoked: ZITADEL keeps it alive otherwise (`ending.rs`).
//! 3. Then the browser goes to `end_session_endpoint` with `id_token_hint`, `client_id`,
//!    `post_logout_redirect_uri` and `state`; without the hint ZITADEL would ask the user which session to end.
//! 4. It works with an expired session, and without one.

use zeroize::Zeroizing;

use super::{authenticate, ending};
use crate::{
    boundary::{Reply, RequestHead},
    edge::provider::{ProviderError, chain},
    error::{Failure, Refusal},
    protocol::end_session::{LIFETIME, PendingLogout, end_session_url},
    session::{self, Purpose, Session},
    zitadel::{Inner, Zitadel},
};

pub(super) async fn logout(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    let session = authenticate::presented(inner, head);
    if let Some(session) = &session {
        if let Err(error) = ending::end(z, session).await {
            // The cookie goes all the same; only a copy of it could still be used. Say that it did not work.
            tracing::error!(error = %chain(&error), "a session could not be marked as ended");
            return failed(inner, head, Refusal::ProviderUnavailable);
        }
        tracing::info!("signed out");
    }
    let reply = match at_provider(inner, session.as_deref()).await {
        Ok(reply) => reply,
        // A provider without single sign-out: leaving here is all there is to do.
        Err(Failure::Provider(ProviderError::NoEndpoint(_))) => Reply::redirect(inner.config.signed_out_page()),
        Err(failure) => {
            tracing::warn!(error = %chain(&failure), "signed out here, but not at the provider");
            return failed(inner, head, Refusal::from(&failure));
        }
    };
    reply.with_cookies(session::clear_cookies(inner.names, head))
}

async fn at_provider(inner: &Inner, session: Option<&Session>) -> Result<Reply, Failure> {
    let metadata = inner.provider.metadata().await?;
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
    let plain = Zeroizing::new(postcard::to_allocvec(&pending).unwrap_or_default());
    let sealed = inner.keyring.seal(Purpose::Logout, name, &plain, &*inner.edge.entropy);
    Ok(Reply::redirect(url.as_str()).with_cookies([inner.names.set(name, &sealed, Some(LIFETIME))]))
}

fn failed(inner: &Inner, head: &RequestHead, refusal: Refusal) -> Reply {
    Reply::redirect(&error_path(inner, refusal)).with_cookies(session::clear_cookies(inner.names, head))
}

pub(super) fn error_path(inner: &Inner, refusal: Refusal) -> String {
    format!("{}?reason={}", inner.config.logout_error_page(), refusal.code())
}
