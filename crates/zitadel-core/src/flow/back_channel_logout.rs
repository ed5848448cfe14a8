//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8): the provider says that a session ended.
//!
//! # Rules
//!
//! 1. Every token that is not acceptable is 400; so are two tokens, another content type, and a body that is too large.
//! 2. What ends is stored before the answer: ZITADEL 4.3 sends a token once, and only it tells (an ended session goes on
//!    through refreshes).
//! 3. 503 if the store did not take it, or the keys cannot be fetched: a newer ZITADEL sends it again. This replica knows of
//!    it at once nevertheless, and writes it as soon as the store takes it (`ends.rs`).
//! 4. A `sid` ends the sessions that belong to it; a token with a `sub` alone those of the user that began until it was
//!    issued, or a second later: ZITADEL writes an `iat` that is a second early.
//! 5. A `jti` that was used before ends nothing again, and is 200.
//! 6. The answer takes at most [`MAX_WAIT`]: ZITADEL waits for five seconds.
//! 7. Neither cookies nor evidence of the same origin are asked for, and none of them is read. No answer may be stored.

use std::{sync::Arc, time::Duration};

use tracing::Instrument as _;

use crate::{
    answer::ErrorCode,
    engine::LoginEngine,
    error::Failure,
    http::{Reply, RequestHead},
    protocol::{
        logout_token::{self, Expected, LogoutTokenError, VerifiedLogoutToken},
        query,
    },
    telemetry,
};

const MAX_WAIT: Duration = Duration::from_secs(3);
/// How much earlier than the end `iat` may be.
const EARLY: Duration = Duration::from_secs(1);

/// `body`: `None` if it was too large or broke off.
pub(crate) async fn back_channel_logout(engine: &Arc<LoginEngine>, head: &RequestHead, body: Option<&[u8]>) -> Reply {
    let Some(token) = body.filter(|_| head.is_form()).and_then(logout_token) else {
        telemetry::logout_token_rejected(&LogoutTokenError::Claim("logout_token"));
        return engine.json_reply(ErrorCode::InvalidLogoutToken);
    };
    let (task, work) = (Arc::clone(engine), token);
    // In a task of its own: a provider that hangs up does not lose what it said.
    let ended = tokio::spawn(async move { end(&task, &work).await }.in_current_span());
    match tokio::time::timeout(MAX_WAIT, ended).await {
        Ok(Ok(Ok(()))) => Reply::new(200).with("cache-control", "no-store"),
        Ok(Ok(Err(Rejected::Invalid(error)))) => {
            telemetry::logout_token_rejected(&error);
            engine.json_reply(ErrorCode::InvalidLogoutToken)
        }
        Ok(Ok(Err(Rejected::Unavailable(failure)))) => {
            telemetry::back_channel_logout_failed(&failure);
            engine.json_reply((&failure).into())
        }
        Ok(Err(lost)) => {
            telemetry::background_task_lost(&lost);
            engine.json_reply(ErrorCode::StoreUnavailable)
        }
        Err(late) => {
            telemetry::back_channel_logout_failed(&late);
            engine.json_reply(ErrorCode::StoreUnavailable)
        }
    }
}

enum Rejected {
    Invalid(LogoutTokenError),
    Unavailable(Failure),
}

impl<F: Into<Failure>> From<F> for Rejected {
    fn from(failure: F) -> Self {
        Self::Unavailable(failure.into())
    }
}

/// Rule 1. RFC 7009 and its kind let unknown parameters pass; a second `logout_token` is not such a one.
fn logout_token(body: &[u8]) -> Option<String> {
    query::parameters(str::from_utf8(body).ok())?.remove("logout_token").filter(|token| !token.is_empty())
}

async fn end(engine: &LoginEngine, token: &str) -> Result<(), Rejected> {
    let token = verify(engine, token).await?;
    let sessions = &engine.sessions;
    match sessions.is_logout_token_used(&token.id).await {
        Ok(true) => {
            telemetry::logout_token_repeated();
            return Ok(());
        }
        Ok(false) => {}
        // What it ends is known here at once, see below.
        Err(error) => telemetry::revocation_check_failed(&error),
    }
    match (&token.sid, &token.subject) {
        (Some(sid), subject) => sessions.end_provider_session(sid, subject.as_deref()).await?,
        (None, Some(subject)) => sessions.end_subject(subject, token.issued_at.saturating_add(EARLY)).await?,
        (None, None) => {}
    }
    telemetry::back_channel_logout_completed(token.sid.is_some());
    // After the end: a token that was used and ended nothing would be lost.
    let remaining = token.remaining(engine.environment.clock.now());
    if let Err(error) = sessions.use_logout_token(&token.id, remaining).await {
        telemetry::revocation_not_stored(&error);
    }
    Ok(())
}

async fn verify(engine: &LoginEngine, token: &str) -> Result<VerifiedLogoutToken, Rejected> {
    let client = &engine.config.client;
    let metadata = engine.provider.metadata().await?;
    let expected = Expected {
        issuer: engine.provider.issuer(),
        client_id: &client.id,
        pinned: engine.config.signing_algorithm,
        offered: metadata.id_token_algorithms(),
    };
    let now = engine.environment.clock.now();
    let keys = engine.provider.keys().await?;
    let verified = match logout_token::verify(token, &keys, &expected, now) {
        Err(error) if error.may_be_key_rotation() => match engine.provider.keys_newer_than(&keys).await {
            Ok(Some(newer)) => logout_token::verify(token, &newer, &expected, now),
            // The keys were fetched a moment ago.
            Ok(None) => Err(error),
            // Only an unknown key may be the right one.
            Err(unavailable) if error.is_unverified() => return Err(unavailable.into()),
            Err(_) => Err(error),
        },
        verified => verified,
    };
    verified.map_err(Rejected::Invalid)
}
