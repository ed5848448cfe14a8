//! Updates claims that a refresh could not update: reads userinfo again, and nothing else.

use std::sync::Arc;

use super::{
    refresh,
    renew::{end_everywhere, too_large},
};
use crate::{
    answer::ErrorCode,
    engine::{EndCheck, LoginEngine, RefreshOutcome},
    environment::StoreKey,
    error::Failure,
    flow::tokens,
    protocol::user_info::UserInfoError,
    session::Session,
    telemetry,
};

/// The session with current claims; or with the earlier ones and a later attempt, if userinfo cannot be read. Shared by
/// the requests of this process.
pub(in crate::flow) async fn update_claims(engine: &Arc<LoginEngine>, session: &Arc<Session>) -> RefreshOutcome {
    let Some(key) = engine.sessions.successor_key(session) else {
        return RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable);
    };
    let work = || {
        let (engine, session, key) = (Arc::clone(engine), Arc::clone(session), key.clone());
        async move { update(&engine, &session, &key).await }
    };
    engine.claim_updates.run(&key, work).await.unwrap_or(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable))
}

async fn update(engine: &Arc<LoginEngine>, session: &Arc<Session>, key: &StoreKey) -> RefreshOutcome {
    let now = engine.environment.clock.now();
    let failure = match tokens::current_user_info(engine, session).await {
        Ok(claims) => {
            telemetry::claims_updated();
            return sealed(engine, session.with_user_info(&claims, now), key).await;
        }
        Err(failure) => failure,
    };
    match failure {
        // The access token was revoked: by another refresh, or because the user may no longer log in. The token endpoint
        // knows.
        Failure::UserInfo(UserInfoError::InvalidToken(_)) => match refresh(engine, session).await {
            RefreshOutcome::Unavailable(_) => {}
            outcome => return outcome,
        },
        failure if failure.is_transient() => telemetry::claims_not_updated(session.have_claims_expired(now), &failure),
        failure => {
            telemetry::refresh_rejected(&failure);
            return end_everywhere(engine, key, session).await;
        }
    }
    sealed(engine, session.with_stale_claims(now), key).await
}

async fn sealed(engine: &Arc<LoginEngine>, session: Session, key: &StoreKey) -> RefreshOutcome {
    let session = Arc::new(session);
    match engine.sessions.saved_outcome(&session, EndCheck::default()).await {
        RefreshOutcome::TooLarge => too_large(engine, key, &session).await,
        outcome => outcome,
    }
}
