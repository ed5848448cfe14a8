//! `ApiEngine`: what accepting access tokens needs.

use std::{fmt, sync::Arc};

use tokio::sync::Semaphore;

use super::{
    single_flight::SingleFlight,
    token_cache::{TokenCache, TokenDigest},
};
use crate::{answer::ErrorCode, config::ApiConfig, environment::Environment, provider::Provider, user::User};

/// Introspections of one process that are in flight at the same time: a flood of unknown tokens must not reach the provider as one.
const MAX_INTROSPECTIONS: usize = 32;

/// The flow `bearer` works with it.
pub(crate) struct ApiEngine {
    pub(crate) config: ApiConfig,
    pub(crate) provider: Arc<Provider>,
    pub(crate) environment: Environment,
    pub(crate) tokens: TokenCache,
    /// Introspections in flight.
    pub(crate) introspections: Arc<SingleFlight<TokenDigest, Result<User, ErrorCode>>>,
    pub(crate) introspection_permits: Semaphore,
}

impl ApiEngine {
    pub(super) fn new(config: ApiConfig, provider: &Arc<Provider>, environment: &Environment) -> Self {
        Self {
            config,
            provider: Arc::clone(provider),
            tokens: TokenCache::new(environment),
            environment: environment.clone(),
            introspections: SingleFlight::new(),
            introspection_permits: Semaphore::new(MAX_INTROSPECTIONS),
        }
    }
}

impl fmt::Debug for ApiEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiEngine").field("tokens", &self.tokens).finish_non_exhaustive()
    }
}
