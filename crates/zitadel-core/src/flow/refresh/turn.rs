//! `Turn`: the right to send one token request.

use tokio::sync::OwnedSemaphorePermit;

use crate::{
    engine::{LoginEngine, RefreshLease},
    telemetry,
};

/// The right to send one token request: among replicas by the lease, within this process by the permit.
pub(super) struct Turn {
    lease: RefreshLease,
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    pub(super) const fn new(lease: RefreshLease, permit: OwnedSemaphorePermit) -> Self {
        Self { lease, _permit: permit }
    }

    /// After the token request, or instead of it.
    pub(super) async fn release(self, engine: &LoginEngine) {
        if let Err(error) = engine.sessions.release_lease(self.lease).await {
            telemetry::refresh_lease_not_released(&error);
        }
    }
}
