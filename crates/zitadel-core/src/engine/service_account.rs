//! `ServiceAccountEngine`: the tokens that this application has for itself.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::sync::Semaphore;

use super::single_flight::SingleFlight;
use crate::{
    config::{ServiceAccountConfig, ServiceAccountCredential},
    environment::Environment,
    error::Failure,
    protocol::{AccessToken, token::TokenResponse},
    provider::{EndpointState, Provider},
    time::Timestamp,
};

/// A token is replaced this long before it expires, or a fifth of its lifetime, whichever is less.
const AHEAD: Duration = Duration::from_secs(300);
/// A token is no longer used this long before it expires, or a tenth of its lifetime: a request takes a while, and clocks differ.
const MARGIN: Duration = Duration::from_secs(30);
/// Of a response that does not tell.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// A token that is younger was rejected by an API that will reject the next one, too.
const YOUNG: Duration = Duration::from_secs(5);
/// Pauses after the token endpoint was not available, in seconds.
const PAUSES: &[u64] = &[1, 2, 4, 5];

/// One service account with one list of scopes. The flow `service_account` works with it.
pub(crate) struct ServiceAccountEngine {
    pub(crate) credential: ServiceAccountCredential,
    pub(crate) scopes: Vec<String>,
    pub(crate) provider: Arc<Provider>,
    pub(crate) environment: Environment,
    current: ArcSwapOption<CurrentToken>,
    /// The token request in flight; there is one key.
    pub(crate) requests: Arc<SingleFlight<(), Result<AccessToken, Arc<Failure>>>>,
    /// Held by the task that replaces a token ahead of time.
    pub(crate) renewal: Arc<Semaphore>,
    /// The token endpoint as these requests found it: that of logins may refuse another client.
    pub(crate) endpoint: EndpointState,
}

struct CurrentToken {
    token: AccessToken,
    obtained_at: Timestamp,
    refresh_at: Timestamp,
    usable_until: Timestamp,
}

/// What is in memory.
pub(crate) enum KnownToken {
    /// It is good for a while.
    Fresh(AccessToken),
    /// It is good, and should be replaced.
    Due(AccessToken),
    None,
}

impl ServiceAccountEngine {
    pub(crate) fn new(config: ServiceAccountConfig, provider: &Arc<Provider>, environment: &Environment) -> Self {
        Self {
            credential: config.credential,
            scopes: config.scopes,
            provider: Arc::clone(provider),
            environment: environment.clone(),
            current: ArcSwapOption::empty(),
            requests: SingleFlight::new(),
            renewal: Arc::new(Semaphore::new(1)),
            endpoint: EndpointState::new(PAUSES),
        }
    }

    /// The same account with other scopes: its tokens are others.
    pub(crate) fn with_scopes(&self, scopes: Vec<String>) -> Self {
        let config = ServiceAccountConfig { credential: self.credential.clone(), scopes };
        Self::new(config, &self.provider, &self.environment)
    }

    pub(crate) fn known(&self, now: Timestamp) -> KnownToken {
        match &*self.current.load() {
            // A clock that was set back says nothing about how old it is.
            Some(current) if now < current.obtained_at || now >= current.usable_until => KnownToken::None,
            Some(current) if now < current.refresh_at => KnownToken::Fresh(current.token.clone()),
            Some(current) => KnownToken::Due(current.token.clone()),
            None => KnownToken::None,
        }
    }

    /// Remembers the token of a response.
    pub(crate) fn remember(&self, response: TokenResponse, now: Timestamp) -> AccessToken {
        let lifetime = response.expires_in.unwrap_or(DEFAULT_LIFETIME);
        let expires_at = now.saturating_add(lifetime);
        let token = AccessToken::new(response.access_token, response.expires_in.map(|_| expires_at));
        let current = CurrentToken {
            token: token.clone(),
            obtained_at: now,
            refresh_at: expires_at.saturating_sub(AHEAD.min(lifetime / 5)),
            usable_until: expires_at.saturating_sub(MARGIN.min(lifetime / 10)),
        };
        self.current.store(Some(Arc::new(current)));
        token
    }

    /// Forgets a token that an API rejected, unless it is younger than a few seconds or was replaced already.
    pub(crate) fn forget(&self, rejected: &AccessToken, now: Timestamp) {
        let current = self.current.load();
        if let Some(known) = &*current
            && known.token == *rejected
            && now.duration_since(known.obtained_at) >= YOUNG
        {
            self.current.compare_and_swap(&current, None);
        }
    }
}

impl fmt::Debug for ServiceAccountEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccountEngine").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}
