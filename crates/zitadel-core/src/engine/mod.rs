//! The engine: what all requests of one application share, and what is remembered between them.

mod api;
#[cfg(feature = "login")]
mod end;
#[cfg(feature = "login")]
mod ended_sessions;
#[cfg(feature = "login")]
mod ends;
#[cfg(feature = "login")]
mod failure_reply;
#[cfg(feature = "login")]
mod found_session;
mod idle_cache;
#[cfg(feature = "login")]
mod late_writes;
#[cfg(feature = "login")]
mod login;
#[cfg(feature = "login")]
mod login_cookies;
#[cfg(feature = "login")]
mod login_outcomes;
mod measured_store;
#[cfg(feature = "login")]
mod other_host;
#[cfg(feature = "login")]
mod refresh_outcome;
#[cfg(feature = "login")]
mod sealed_cookie;
mod service_account;
#[cfg(feature = "login")]
mod session_bodies;
#[cfg(feature = "login")]
mod session_cache;
#[cfg(feature = "login")]
mod session_list;
#[cfg(feature = "login")]
mod session_reference;
#[cfg(feature = "login")]
mod sessions;
mod single_flight;
#[cfg(feature = "login")]
mod store_check;
#[cfg(feature = "login")]
mod store_keys;
#[cfg(feature = "login")]
mod stored_sessions;
#[cfg(feature = "login")]
mod successors;
mod token_cache;

use std::{fmt, sync::Arc};

use self::measured_store::MeasuredStore;
pub(crate) use self::{
    api::ApiEngine,
    service_account::{KnownToken, ServiceAccountEngine},
    token_cache::TokenDigest,
};
#[cfg(feature = "login")]
pub(crate) use self::{
    ended_sessions::EndCheck,
    found_session::{Found, LoadedSession, StoredCookie},
    login::LoginEngine,
    login_cookies::FoundLogin,
    login_outcomes::{LoginClaim, LoginOutcome},
    refresh_outcome::{CookieValue, RefreshOutcome},
    session_bodies::NotSaved,
    session_list::ListedSession,
    sessions::Sessions,
    stored_sessions::Read,
    successors::RefreshLease,
};
use crate::{answer::html::RenderError, config::Config, environment::Environment, provider::Provider};

/// One application.
pub(crate) struct Engine {
    pub(crate) provider: Arc<Provider>,
    pub(crate) environment: Environment,
    /// `None`: an application without login.
    #[cfg(feature = "login")]
    pub(crate) login: Option<Arc<LoginEngine>>,
    /// `None`: an application that accepts no access tokens.
    pub(crate) api: Option<Arc<ApiEngine>>,
    /// `None`: an application without tokens of its own.
    pub(crate) service_account: Option<Arc<ServiceAccountEngine>>,
}

impl Engine {
    pub(crate) fn new(config: Config, environment: Environment) -> Self {
        let environment = MeasuredStore::around(environment);
        let Config {
            provider,
            #[cfg(feature = "login")]
            login,
            api,
            service_account,
            ..
        } = config;
        let transport = Arc::clone(&environment.transport);
        let provider = Arc::new(Provider::new(&provider, transport, Arc::clone(&environment.clock)));
        #[cfg(feature = "login")]
        let login = login.map(|config| Arc::new(LoginEngine::new(config, &provider, &environment)));
        let api = api.map(|config| Arc::new(ApiEngine::new(config, &provider, &environment)));
        let service_account =
            service_account.map(|config| Arc::new(ServiceAccountEngine::new(config, &provider, &environment)));
        Self {
            provider,
            environment,
            #[cfg(feature = "login")]
            login,
            api,
            service_account,
        }
    }

    /// How the application renders an error; `None`: the built-in page.
    pub(crate) fn render_error(&self) -> Option<RenderError> {
        #[cfg(feature = "login")]
        if let Some(login) = &self.login {
            return login.config.pages.render_error;
        }
        None
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("issuer", &self.provider.issuer()).finish_non_exhaustive()
    }
}
