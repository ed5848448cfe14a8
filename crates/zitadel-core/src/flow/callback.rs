//! Finish a sign-in: the authorization response (OIDC Core §3.1.2.5) becomes a session.
//!
//! # Rules
//!
//! 1. No parameter may repeat; `code` together with `error` is an error.
//! 2. The attempt is used up by the first answer, whatever it says; `HEAD` redeems nothing (`mod.rs`).
//! 3. A bad callback is a 4xx that sets no session and removes the attempt's cookie.
//! 4. A callback whose attempt is gone, in a browser that has a session, just goes on to the page.
//! 5. `iss` in the response is compared when present (RFC 9207).
//! 6. If an organisation was asked for, the user must belong to it.
//! 7. Userinfo is fetched before there is a session: ZITADEL leaves roles and profile out of the ID token.

use super::{authenticate, challenge, form, login, page, tokens};
use crate::{
    boundary::{Reply, RequestHead, ReturnTo},
    config::UserInfoAtSignIn,
    error::Failure,
    protocol::{
        authorization::{AuthorizationResponse, CallbackError, PendingLogin, cookie_suffix_of},
        id_token::{Expected, NonceCheck},
        token,
    },
    session::{Limits, Session, SessionId, write_cookies},
    zitadel::{Inner, Zitadel},
};
use std::sync::Arc;

pub(super) async fn callback(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    // Known even if the rest of the answer is garbage: the attempt must be removed either way.
    let attempt = form::value(head.query(), "state").and_then(|state| cookie_suffix_of(&state));
    let pending = attempt.as_deref().and_then(|suffix| {
        inner.names.logins(head).find(|(known, _)| *known == suffix).map(|(_, sealed)| login::open(inner, suffix, sealed))
    });
    let return_to = pending.iter().flatten().next().map(|pending| pending.return_to().clone());
    let reply = match finish(z, head, pending.flatten()).await {
        Ok(reply) => reply,
        Err(Failure::Callback(CallbackError::NotPending)) if is_signed_in(z, head).await => {
            Reply::redirect(&inner.config.post_login.as_str())
        }
        Err(failure) => page::fail(z, head, &failure, Some(start_again(inner, return_to.as_ref()))),
    };
    match attempt {
        Some(suffix) if inner.names.logins(head).any(|(known, _)| known == suffix) => {
            reply.with_cookies([inner.names.clear(&inner.names.login(&suffix))])
        }
        _ => reply,
    }
}

async fn finish(z: &Zitadel, head: &RequestHead, pending: Option<PendingLogin>) -> Result<Reply, Failure> {
    let inner = z.inner();
    let now = inner.edge.clock.now();
    let answer = AuthorizationResponse::parse(head.query())?;
    let pending = pending.ok_or(CallbackError::NotPending)?;
    let metadata = inner.provider.metadata().await?;
    let grant = pending.accept(answer, &inner.config.issuer, metadata.response_names_issuer(), now)?;

    let request = token::code_request(&metadata, inner.config.client(), &grant, &inner.config.redirect_uri)?;
    let response = tokens::redeem(inner, request).await?;
    let id_token = response.id_token.as_ref().ok_or(Failure::NoIdToken)?;
    let expected = Expected {
        issuer: &inner.config.issuer,
        client_id: &inner.config.client_id,
        nonce: NonceCheck::MustEqual(grant.nonce()),
        access_token: Some(response.access_token.expose()),
        signing_alg: inner.config.signing_alg,
        max_age: grant.max_age(),
        subject: None,
    };
    let proof = tokens::verified(inner, id_token, &expected, now).await?;
    let user_info = match inner.config.user_info_at_sign_in {
        UserInfoAtSignIn::Fetch => {
            tokens::user_info(inner, &metadata, &response.access_token, proof.subject()).await?
        }
        UserInfoAtSignIn::Skip => None,
    };

    let limits = Limits { idle: inner.config.session_duration, absolute: inner.config.session_max_duration };
    let id = SessionId::random(&*inner.edge.entropy);
    let session = Arc::new(Session::establish(id, &proof, &response, user_info.as_ref(), limits, now));
    if let Some(wanted) = grant.organisation() {
        let organisation = session.claims().organisation.as_ref();
        if organisation.is_none_or(|organisation| organisation.id() != wanted) {
            return Err(Failure::Organisation);
        }
    }
    let sealed = authenticate::seal(inner, &session);
    let cookies = write_cookies(&sealed, inner.names, head)?;
    tracing::info!(kind = ?session.access_token_kind(), bytes = sealed.len(), "signed in");
    Ok(Reply::redirect(grant.return_to().as_str()).with_cookies(cookies))
}

async fn is_signed_in(z: &Zitadel, head: &RequestHead) -> bool {
    authenticate::authenticate(z, head).await.user().is_some()
}

fn start_again(inner: &Inner, return_to: Option<&ReturnTo>) -> String {
    let sign_in = inner.config.pages.sign_in.as_deref().unwrap_or(inner.config.paths.login);
    challenge::with_return_to(sign_in, return_to)
}
