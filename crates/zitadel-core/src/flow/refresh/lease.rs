//! Agreement between replicas: the one that holds the lease refreshes, the others wait for its result.

use std::{sync::Arc, time::Duration};

use super::renew::renew;
use crate::{
    engine::{LoginEngine, RefreshOutcome},
    environment::{StoreError, StoreKey},
    session::Session,
    telemetry,
};

/// Polling for another replica's result: first pause, longest pause, number of polls (about 12 s in all).
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const MAX_PAUSE: Duration = Duration::from_millis(200);
const MAX_POLLS: u32 = 64;

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
            return Ok(sessions.successor(session, key).await?.unwrap_or(RefreshOutcome::Unavailable));
        }
    };
    let mut pause = FIRST_PAUSE;
    for _ in 0..MAX_POLLS {
        if let Some(outcome) = sessions.successor(session, key).await? {
            return Ok(outcome);
        }
        // Right after a failure nobody asks again (rule 5).
        if engine.provider.is_backing_off() {
            return Ok(RefreshOutcome::Unavailable);
        }
        if let Some(lease) = sessions.acquire_lease(key).await? {
            // Another replica may have finished between the look and the lease.
            return match sessions.successor(session, key).await? {
                Some(outcome) => {
                    sessions.release_lease(lease).await?;
                    Ok(outcome)
                }
                None => renew(engine, session, key, &metadata, lease).await,
            };
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
    telemetry::refresh_lease_timed_out();
    Ok(RefreshOutcome::Unavailable)
}
