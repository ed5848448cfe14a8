//! Finish a sign-in: the authorization response (OIDC Core §3.1.2.5) becomes a session.
//!
//! # Rules
//!
//! 1. No parameter may repeat; `code` together with `error` is an error.
//! 2. The attempt is used up by the first answer, whatever it says; `HEAD` redeems nothing (`mod.rs`).
//! 3. A bad callback is a 4xx; what goes wrong at the provider after that, a 502 or 503. Neither sets a session, and
//!    both remove the attempt's cookie.
//! 4. A callback whose attempt is gone, in a browser that has a session, just goes on to the page after sign-in
//!    (`ZITADEL_POST_LOGIN_URL`).
//! 5. `iss` in the response is compared when present, and must be there if the metadata promise it (RFC 9207).
//! 6. If an organisation was asked for, the user must belong to it.
//! 7. Userinfo is fetched before there is a session: ZITADEL leaves roles and profile out of the ID token.
//! 8. The session that the browser had before ends, and its tokens are revoked: a late answer of it must not bring
//!    somebody else back.
//! 9. Tokens of a sign-in that fails after its code was redeemed are revoked.

use std::sync::Arc;

use super::{authenticate, challenge, ending, form, login, page, tokens};
use crate::{
    boundary::{Reply, RequestHead, ReturnTo, cookie},
    config::UserInfoAtSignIn,
    error::Failure,
    protocol::{
        authorization::{CodeGrant, PendingLogin, check_organisation},
        authorization_response::{AuthorizationResponse, CallbackError, cookie_suffix},
        discovery::ProviderMetadata,
        id_token::{Expected, Nonce},
        token::{self, TokenResponse},
    },
    session::{Limits, Session, SessionId, write_cookies},
    time::Timestamp,
    zitadel::{Inner, Zitadel},
};

pub(super) async fn callback(z: &Zitadel, head: &RequestHead) -> Reply {
    let inner = z.inner();
    // Known even if the rest of the answer is garbage: the attempt must be removed either way.
    let state = form::value(head.query(), "state").unwrap_or_default();
    let attempt = cookie_suffix(&state).map(|suffix| (suffix, inner.names.login(suffix)));
    let sealed = attempt.as_ref().and_then(|(_, name)| cookie::values(head, name).next());
    let pending = attempt.as_ref().zip(sealed).and_then(|((suffix, _), sealed)| login::open(inner, suffix, sealed));
    let return_to = pending.as_ref().map(|pending| pending.return_to().clone());
    let reply = match finish(z, head, pending).await {
        Ok(reply) => reply,
        Err(failure) => {
            let who = match failure {
                Failure::Callback(CallbackError::NotPending) => Some(authenticate::authenticate(z, head).await),
                _ => None,
            };
            match who {
                // Rule 4.
                Some(who) if who.user().is_some() => {
                    Reply::redirect(inner.config.post_login.as_str()).with_cookies(who.cookies)
                }
                _ => page::fail(z, head, &failure, Some(start_again(inner, return_to.as_ref()))),
            }
        }
    };
    match (attempt, sealed) {
        (Some((_, name)), Some(_)) => reply.with_cookies([inner.names.clear(&name)]),
        _ => reply,
    }
}

async fn finish(z: &Zitadel, head: &RequestHead, pending: Option<PendingLogin>) -> Result<Reply, Failure> {
    let inner = z.inner();
    let config = &inner.config;
    let now = inner.edge.clock.now();
    let answer = AuthorizationResponse::parse(head.query())?;
    let pending = pending.ok_or(CallbackError::NotPending)?;
    if let Some(description) = answer.description_for_the_log() {
        tracing::info!(description, "the provider explained its answer");
    }
    let metadata = inner.provider.metadata().await?;
    let grant = pending.accept(answer, &config.issuer, metadata.sends_iss(), now)?;
    let request = token::code_request(&metadata, &config.client(), &config.redirect_uri, &grant);
    let response = tokens::redeem(inner, request).await?;

    match establish(inner, &metadata, &grant, &response, now).await {
        Ok((session, sealed)) => {
            let cookies = write_cookies(&sealed, inner.names, head)?;
            if let Some(earlier) = authenticate::presented(inner, head) {
                ending::replace(z, &earlier).await;
            }
            tracing::info!(kind = ?session.access_token_kind(), bytes = sealed.len(), "signed in");
            Ok(Reply::redirect(grant.return_to.as_str()).with_cookies(cookies))
        }
        Err(failure) => {
            // Rule 9.
            ending::discard(z, response).await;
            Err(failure)
        }
    }
}

/// From tokens to a session, with everything that must be right about them.
async fn establish(
    inner: &Inner,
    metadata: &ProviderMetadata,
    grant: &CodeGrant,
    response: &TokenResponse,
    now: Timestamp,
) -> Result<(Arc<Session>, String), Failure> {
    let config = &inner.config;
    let expected = Expected {
        issuer: &config.issuer,
        client_id: &config.client_id,
        nonce: Nonce::MustEqual(grant.nonce.expose()),
        access_token: Some(response.access_token.expose()),
        signing_alg: config.signing_alg,
        max_age: grant.max_age,
        subject: None,
    };
    let id_token = response.id_token.as_ref().ok_or(Failure::NoIdToken)?;
    let proof = tokens::verified(inner, id_token, &expected, now).await?;
    let user_info = match config.user_info_at_sign_in {
        UserInfoAtSignIn::Fetch => tokens::user_info(inner, metadata, &response.access_token, proof.subject()).await?,
        UserInfoAtSignIn::Skip => None,
    };
    let limits = Limits { idle: config.session_duration, absolute: config.session_max_duration };
    let id = SessionId::random(&*inner.edge.entropy);
    let session = Arc::new(Session::establish(id, &proof, response, user_info.as_ref(), limits, now));
    check_organisation(grant.organisation.as_deref(), session.claims())?;
    let sealed = authenticate::seal(inner, &session, now)?;
    Ok((session, sealed))
}

fn start_again(inner: &Inner, return_to: Option<&ReturnTo>) -> String {
    challenge::with_return_to(inner.config.sign_in_page(), return_to)
}
