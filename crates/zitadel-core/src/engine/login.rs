//! `LoginEngine`: what login, logout and sessions of one application share.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{LoginOutcome, RefreshOutcome, Sessions, single_flight::SingleFlight};
use crate::{
    config::LoginConfig,
    environment::{Environment, StoreKey},
    http::{
        RequestHead,
        same_origin::{Evidence, same_origin},
    },
    provider::Provider,
};

/// Refreshes of one process that are in flight at the same time: a provider that restarts must not be flooded by sessions
/// that are all due.
const MAX_REFRESHES: usize = 16;

/// Tokens that are kept in memory because their revocation failed.
pub(crate) const MAX_REVOCATION_RETRIES: usize = 1000;

/// What login, logout and sessions need; the flows work with it.
pub(crate) struct LoginEngine {
    pub(crate) config: LoginConfig,
    pub(crate) provider: Arc<Provider>,
    pub(crate) environment: Environment,
    pub(crate) sessions: Sessions,
    /// Refreshes of this process, by where their result is kept.
    pub(crate) refreshes: Arc<SingleFlight<StoreKey, RefreshOutcome>>,
    /// Logins whose code this process redeems now, by where their outcome is kept; `None` if the store failed.
    pub(crate) redemptions: Arc<SingleFlight<StoreKey, Option<LoginOutcome>>>,
    /// Token requests for a refresh that may be sent at the same time.
    pub(crate) refresh_permits: Arc<Semaphore>,
    /// Tokens whose revocation failed and is tried again later.
    pub(crate) revocation_retries: Arc<Semaphore>,
    /// Updates of claims that a refresh could not update, by the same key.
    pub(crate) claim_updates: Arc<SingleFlight<StoreKey, RefreshOutcome>>,
}

impl LoginEngine {
    pub(super) fn new(config: LoginConfig, provider: &Arc<Provider>, environment: &Environment) -> Self {
        Self {
            sessions: Sessions::new(provider.issuer(), &config, environment),
            config,
            provider: Arc::clone(provider),
            environment: environment.clone(),
            refreshes: SingleFlight::new(),
            redemptions: SingleFlight::new(),
            refresh_permits: Arc::new(Semaphore::new(MAX_REFRESHES)),
            revocation_retries: Arc::new(Semaphore::new(MAX_REVOCATION_RETRIES)),
            claim_updates: SingleFlight::new(),
        }
    }

    /// Whether an unsafe request must be refused: it comes from another site, or it carries a session and no evidence
    /// that it comes from this one.
    pub(crate) fn is_cross_site(&self, head: &RequestHead) -> bool {
        if head.is_safe() {
            return false;
        }
        match same_origin(head, &self.config.public_origin) {
            Evidence::SameOrigin => false,
            Evidence::CrossSite => true,
            Evidence::Unknown => self.sessions.is_present(head),
        }
    }
}
