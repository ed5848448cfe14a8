//! The refresh itself: the token request, and a session with current claims.

use std::sync::Arc;

use super::turn::Turn;
use crate::{
    answer::ErrorCode,
    config::UserInfoSource,
    engine::{EndCheck, LoginEngine, RefreshOutcome},
    environment::{StoreError, StoreKey},
    error::Failure,
    flow::{
        end_session,
        tokens::{self, ExpectedToken, Refused},
    },
    protocol::{
        discovery::ProviderMetadata,
        id_token::{Nonce, VerifiedIdToken},
        token::TokenResponse,
        token_request,
        user_info::UserInfoError,
    },
    session::{RefreshedClaims, Session},
    telemetry::{self, RefreshReason},
    time::Timestamp,
};

/// Holding the turn: refreshes, and publishes the result.
pub(super) async fn renew(
    engine: &Arc<LoginEngine>,
    session: &Arc<Session>,
    key: &StoreKey,
    metadata: &ProviderMetadata,
    turn: Turn,
) -> Result<RefreshOutcome, StoreError> {
    let sessions = &engine.sessions;
    let refresh_token = session.refresh_token().unwrap_or_default();
    let client = engine.config.client.client(engine.provider.issuer(), &engine.environment);
    let request = token_request::refresh_request(metadata, &client, &refresh_token);
    let sent_at = engine.environment.clock.now();
    let tokens = match tokens::request_with_pause(engine, request).await {
        Ok(tokens) => tokens,
        Err(Refused { failure, retry_after }) if failure.is_transient() => {
            // For a session that exists, an unreadable response is an outage, too.
            let (reason, label) = match ErrorCode::from(&failure) {
                ErrorCode::Misconfigured => (ErrorCode::Misconfigured, RefreshReason::Misconfigured),
                _ => (ErrorCode::ProviderUnavailable, RefreshReason::ProviderUnavailable),
            };
            telemetry::refresh_failed(label, &failure);
            engine.provider.token_endpoint.failed(engine.environment.clock.now(), retry_after, reason);
            turn.release(engine).await;
            return Ok(RefreshOutcome::Unavailable(reason));
        }
        Err(Refused { failure, .. }) => {
            if let Some(outcome) = sessions.successor(session, key).await? {
                return Ok(outcome);
            }
            telemetry::refresh_refused(&failure);
            return Ok(sessions.publish_ended(key).await);
        }
    };

    // Rule 6: from here on the old token is revoked. Before anything else the other replicas learn of the new one; with
    // the previous claims, which are updated soon if nothing better follows.
    let now = engine.environment.clock.now();
    let rotated = session.refreshed(None, &tokens, RefreshedClaims::Stale { retry: reads_user_info(engine) }, now);
    sessions.publish_successor(key, &rotated).await;
    turn.release(engine).await;
    if was_revoked(engine, session).await == Some(true) {
        // Rule 8.
        end_session::revoke_unused(engine, tokens).await;
        return Ok(sessions.publish_ended(key).await);
    }
    // At the earliest: counted from before the request.
    let expire_at = tokens.expires_in.map(|lifetime| sent_at.saturating_add(lifetime));
    match with_current_claims(engine, session, &tokens, expire_at, metadata, now).await {
        Ok(renewed) => publish(engine, session, key, Arc::new(renewed)).await,
        Err(failure) => {
            telemetry::refresh_rejected(&failure);
            Ok(end_everywhere(engine, key, &Arc::new(rotated)).await)
        }
    }
}

async fn publish(
    engine: &Arc<LoginEngine>,
    session: &Session,
    key: &StoreKey,
    renewed: Arc<Session>,
) -> Result<RefreshOutcome, StoreError> {
    let sessions = &engine.sessions;
    let Some(stored) = sessions.publish_successor(key, &renewed).await else {
        return Ok(too_large(engine, key, &renewed).await);
    };
    let check = sessions.begin_check();
    let was_revoked = was_revoked(engine, session).await;
    if was_revoked == Some(true) {
        // The logout found the first successor, and revoked its tokens.
        return Ok(sessions.publish_ended(key).await);
    }
    let check = was_revoked.map_or_else(EndCheck::default, |_| check);
    Ok(match sessions.cached_outcome(key, &stored, Arc::clone(&renewed), check).await {
        RefreshOutcome::TooLarge => too_large(engine, key, &renewed).await,
        outcome @ RefreshOutcome::Unavailable(_) => outcome,
        outcome => {
            telemetry::session_refreshed(renewed.refresh_count());
            outcome
        }
    })
}

/// It fitted at login and grew since.
pub(super) async fn too_large(engine: &Arc<LoginEngine>, key: &StoreKey, session: &Arc<Session>) -> RefreshOutcome {
    telemetry::refreshed_session_too_large();
    end_everywhere(engine, key, session).await;
    RefreshOutcome::TooLarge
}

/// Ends the session itself, with every cookie it ever had, and revokes its tokens.
pub(super) async fn end_everywhere(
    engine: &Arc<LoginEngine>,
    key: &StoreKey,
    session: &Arc<Session>,
) -> RefreshOutcome {
    if let Err(error) = end_session::end(engine, session).await {
        telemetry::revocation_not_stored(&error);
    }
    engine.sessions.publish_ended(key).await
}

/// Rule 8, and rule 6: a store that is not available now (`None`) must not cost the session its rotated tokens. The next
/// request asks it again, and is refused as long as it does not answer.
async fn was_revoked(engine: &LoginEngine, session: &Session) -> Option<bool> {
    engine.sessions.is_ended(session).await.inspect_err(|error| telemetry::revocation_check_failed(error)).ok()
}

fn reads_user_info(engine: &LoginEngine) -> bool {
    matches!(engine.config.user_info, UserInfoSource::Endpoint)
}

/// The session with its new tokens and the claims that belong to them; with the earlier ones if their source could not
/// be read just now.
async fn with_current_claims(
    engine: &LoginEngine,
    session: &Session,
    tokens: &TokenResponse,
    expire_at: Option<Timestamp>,
    metadata: &ProviderMetadata,
    now: Timestamp,
) -> Result<Session, Failure> {
    let verified = tolerate("id_token", verify_id_token(engine, session, tokens, now).await, Failure::is_transient)?;
    let is_unverified = verified.is_none();
    let proof = verified.flatten();
    if let (Some(before), Some(after)) =
        (session.authenticated_at(), proof.as_ref().and_then(VerifiedIdToken::auth_time))
        && before != after
    {
        telemetry::auth_time_changed(before, after);
    }
    let fetched = match reads_user_info(engine) {
        true => {
            let subject = session.claims().subject.as_str();
            let fetched = tokens::user_info(&engine.provider, metadata, &tokens.access_token, subject).await;
            // A slow store may have taken longer than a short-lived token lasts. That it is refused then says nothing about the
            // user.
            let has_expired = expire_at.is_some_and(|at| engine.environment.clock.now() >= at);
            tolerate("user_info", fetched, |failure| {
                failure.is_transient()
                    || has_expired && matches!(failure, Failure::UserInfo(UserInfoError::InvalidToken(_)))
            })?
        }
        false => Some(None),
    };
    let claims = match &fetched {
        Some(Some(claims)) => RefreshedClaims::UserInfo(claims),
        // Their source is the ID token.
        Some(None) if is_unverified => RefreshedClaims::Stale { retry: false },
        Some(None) => RefreshedClaims::IdToken,
        None => RefreshedClaims::Stale { retry: true },
    };
    Ok(session.refreshed(proof.as_ref(), tokens, claims, now))
}

/// `None` for a failure after which a later attempt may succeed.
fn tolerate<T>(
    part: &'static str,
    result: Result<T, Failure>,
    is_tolerable: impl Fn(&Failure) -> bool,
) -> Result<Option<T>, Failure> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(failure) if is_tolerable(&failure) => {
            telemetry::refresh_incomplete(part, &failure);
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// The new ID token; `None` if the provider sent none.
async fn verify_id_token(
    engine: &LoginEngine,
    session: &Session,
    tokens: &TokenResponse,
    now: Timestamp,
) -> Result<Option<VerifiedIdToken>, Failure> {
    let Some(id_token) = &tokens.id_token else { return Ok(None) };
    let nonce = session.nonce();
    let expected = ExpectedToken {
        nonce: nonce.as_deref().map_or(Nonce::NotChecked, Nonce::MayBeAbsent),
        max_age: None,
        subject: Some(session.claims().subject.as_str()),
    };
    tokens::verify_id_token(engine, id_token, &tokens.access_token, expected, now).await.map(Some)
}
