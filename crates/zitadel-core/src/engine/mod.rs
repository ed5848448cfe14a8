//! The engine: what all requests of one application share, and what is remembered between them.

mod api;
mod end;
mod ended_sessions;
mod ends;
mod failure_reply;
mod found_session;
mod idle_cache;
mod late_writes;
mod login_cookies;
mod login_outcomes;
mod measured_store;
mod other_host;
mod refresh_outcome;
mod sealed_cookie;
mod service_account;
mod session_bodies;
mod session_cache;
mod session_list;
mod session_reference;
mod sessions;
mod single_flight;
mod store_check;
mod store_keys;
mod stored_sessions;
mod successors;
mod token_cache;

use std::{fmt, sync::Arc};

use tokio::sync::Semaphore;

pub(crate) use self::{
    api::ApiEngine,
    ended_sessions::EndCheck,
    found_session::{Found, LoadedSession, StoredCookie},
    login_cookies::FoundLogin,
    login_outcomes::{LoginClaim, LoginOutcome},
    refresh_outcome::{CookieValue, RefreshOutcome},
    service_account::{KnownToken, ServiceAccountEngine},
    session_bodies::NotSaved,
    session_list::ListedSession,
    sessions::Sessions,
    stored_sessions::Read,
    successors::RefreshLease,
    token_cache::TokenDigest,
};
use self::{measured_store::MeasuredStore, single_flight::SingleFlight};
use crate::{
    answer::Pages,
    config::{Config, LoginConfig},
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

/// One application.
pub(crate) struct Engine {
    pub(crate) provider: Arc<Provider>,
    pub(crate) environment: Environment,
    /// `None`: an application without login.
    pub(crate) login: Option<Arc<LoginEngine>>,
    /// `None`: an application that accepts no access tokens.
    pub(crate) api: Option<Arc<ApiEngine>>,
    /// `None`: an application without tokens of its own.
    pub(crate) service_account: Option<Arc<ServiceAccountEngine>>,
}

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

impl Engine {
    pub(crate) fn new(config: Config, environment: Environment) -> Self {
        let environment = MeasuredStore::around(environment);
        let Config { provider, login, api, service_account, .. } = config;
        let transport = Arc::clone(&environment.transport);
        let provider = Arc::new(Provider::new(&provider, transport, Arc::clone(&environment.clock)));
        let login = login.map(|config| {
            Arc::new(LoginEngine {
                sessions: Sessions::new(provider.issuer(), &config, &environment),
                config,
                provider: Arc::clone(&provider),
                environment: environment.clone(),
                refreshes: SingleFlight::new(),
                redemptions: SingleFlight::new(),
                refresh_permits: Arc::new(Semaphore::new(MAX_REFRESHES)),
                revocation_retries: Arc::new(Semaphore::new(MAX_REVOCATION_RETRIES)),
                claim_updates: SingleFlight::new(),
            })
        });
        let api = api.map(|config| Arc::new(ApiEngine::new(config, &provider, &environment)));
        let service_account =
            service_account.map(|config| Arc::new(ServiceAccountEngine::new(config, &provider, &environment)));
        Self { provider, environment, login, api, service_account }
    }

    /// The application's own pages; built-in ones if it has no login.
    pub(crate) fn pages(&self) -> &Pages {
        static BUILT_IN: Pages = Pages::new();
        self.login.as_ref().map_or(&BUILT_IN, |login| &login.config.pages)
    }
}

impl LoginEngine {
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

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("issuer", &self.provider.issuer()).finish_non_exhaustive()
    }
}
