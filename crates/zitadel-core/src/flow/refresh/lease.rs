//! Agreement between requests and between replicas: one refreshes a session, the others wait for its result; and few sessions
//! are refreshed at the same time.

use std::{sync::Arc, time::Duration};

use super::{renew::renew, turn::Turn};
use crate::{
    answer::ErrorCode,
    engine::{LoginEngine, RefreshOutcome},
    environment::{StoreError, StoreKey},
    session::Session,
    telemetry,
};

/// Polling for another replica's result: first and longest pause.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(200);
/// Between two looks at a result whose claims are being read, and how often it is looked at.
const CLAIMS_PAUSE: Duration = Duration::from_millis(20);
const MAX_LOOKS: usize = 100;
/// How long a refresh waits until it may send its request; longer than another replica can hold the lease.
const MAX_WAIT: Duration = Duration::from_secs(12);

/// What to do when the wait is over.
enum Next {
    Send(Turn),
    Use(RefreshOutcome),
}

pub(super) async fn refresh_with_lease(
    engine: &Arc<LoginEngine>,
    session: &Arc<Session>,
    key: &StoreKey,
) -> Result<RefreshOutcome, StoreError> {
    let sessions = &engine.sessions;
    // Before the lease: only the token request may happen while it is held.
    let metadata = match engine.provider.metadata().await {
        Ok(metadata) => metadata,
        Err(error) => {
            telemetry::refresh_deferred(&error);
            return Ok(sessions.successor(session, key).await?.unwrap_or(RefreshOutcome::Unavailable((&error).into())));
        }
    };
    match tokio::time::timeout(MAX_WAIT, wait_for_turn(engine, session, key)).await {
        Ok(next) => match next? {
            Next::Send(turn) => renew(engine, session, key, &metadata, turn).await,
            Next::Use(outcome) => Ok(outcome),
        },
        Err(_) => {
            telemetry::refresh_lease_timed_out();
            Ok(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable))
        }
    }
}

async fn wait_for_turn(engine: &Arc<LoginEngine>, session: &Arc<Session>, key: &StoreKey) -> Result<Next, StoreError> {
    let sessions = &engine.sessions;
    let mut pause = FIRST_PAUSE;
    let mut looks = 0;
    loop {
        if let Some(outcome) = sessions.successor(session, key).await? {
            looks += 1;
            if looks <= MAX_LOOKS && outcome.awaits_claims(engine.environment.clock.now()) {
                tokio::time::sleep(CLAIMS_PAUSE).await;
                continue;
            }
            return Ok(Next::Use(outcome));
        }
        // Only a request that does not wait for the time when tokens are due gets here (rule 9).
        if session.was_just_refreshed(engine.environment.clock.now()) {
            return Ok(Next::Use(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable)));
        }
        let permit = Arc::clone(&engine.refresh_permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::new("the permits for refreshes are gone"))?;
        // Right after a failure nobody asks again (rule 5).
        if let Some(reason) = engine.provider.token_endpoint.pause(engine.environment.clock.now()) {
            return Ok(Next::Use(RefreshOutcome::Unavailable(reason)));
        }
        if let Some(lease) = sessions.acquire_lease(key).await? {
            let turn = Turn::new(lease, permit);
            // Another replica may have finished between the look and the lease.
            return Ok(match sessions.successor(session, key).await? {
                Some(outcome) => {
                    turn.release(engine).await;
                    Next::Use(outcome)
                }
                None => Next::Send(turn),
            });
        }
        drop(permit);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
