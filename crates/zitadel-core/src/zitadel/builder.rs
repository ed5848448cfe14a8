//! `ZitadelBuilder`: an application with pages, a store or an environment of its own.

use std::{fmt, sync::Arc};

use super::Zitadel;
#[cfg(feature = "reqwest")]
use crate::environment::ReqwestTransport;
#[cfg(feature = "login")]
use crate::{answer::Pages, config::check_pages};
use crate::{
    config::{Config, ConfigError},
    engine::Engine,
    environment::{Clock, Entropy, Environment, MemoryStore, Store, SystemClock, SystemEntropy, Transport},
};

impl Zitadel {
    /// From a configuration, with built-in pages, an in-memory store, and the system's network, clock and randomness.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn new(config: Config) -> Self {
        let transport = reqwest_transport(&config);
        Self::builder(config).start(transport)
    }

    /// From the environment variables that `.env.example` explains.
    ///
    /// # Errors
    ///
    /// Every problem of the configuration at once; each names the variable and the fix, never a secret.
    #[cfg(feature = "reqwest")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Config::from_env().map(Self::new)
    }

    /// Starts an application with pages, a store or an environment of its own.
    ///
    /// ```
    /// use zitadel_core::{Config, Pages, Zitadel, environment::{MemoryStore, SystemClock}};
    /// # fn app(config: Config) -> Result<Zitadel, zitadel_core::ConfigError> {
    /// let zitadel = Zitadel::builder(config)
    ///     .pages(Pages::new().login_path("/welcome"))
    ///     .store(MemoryStore::with_capacity(SystemClock, 10_000))
    ///     .build()?;
    /// # Ok(zitadel)
    /// # }
    /// ```
    pub const fn builder(config: Config) -> ZitadelBuilder {
        ZitadelBuilder::new(config)
    }
}

/// An application before it starts. Made by [`Zitadel::builder`].
#[must_use = "call `build`"]
pub struct ZitadelBuilder {
    config: Config,
    #[cfg(feature = "login")]
    pages: Option<Pages>,
    transport: Option<Arc<dyn Transport>>,
    store: Option<Arc<dyn Store>>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    records_user_id: bool,
}

impl ZitadelBuilder {
    const fn new(config: Config) -> Self {
        Self {
            config,
            #[cfg(feature = "login")]
            pages: None,
            transport: None,
            store: None,
            clock: None,
            entropy: None,
            records_user_id: false,
        }
    }

    /// The pages that the application brings itself; default none.
    #[cfg(feature = "login")]
    pub fn pages(mut self, pages: Pages) -> Self {
        self.pages = Some(pages);
        self
    }

    /// How requests to the provider are sent; default `ReqwestTransport`, with the feature `reqwest`.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What must be remembered between requests; default a [`MemoryStore`]. Replicas need a shared one: see
    /// [`Config::store_url`].
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Where time comes from; default [`SystemClock`]. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Where randomness comes from; default [`SystemEntropy`].
    ///
    /// # Security
    ///
    /// It makes nonces, `state` values and code verifiers: anything predictable is for tests only.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Some(Arc::new(entropy));
        self
    }

    /// Records the id of the user (`sub`) in the span of each request with a session, as the field `enduser.id`; default
    /// not. The span is the current one when the request is authenticated, made by a layer of the application further
    /// out, and must declare the field: `tracing::info_span!("request", enduser.id = tracing::field::Empty)`.
    ///
    /// # Privacy
    ///
    /// The id stands for a person, and is written wherever the application's spans go: logs and traces become personal
    /// data. Name, address and email are never recorded.
    pub fn record_user_id(mut self) -> Self {
        self.records_user_id = true;
        self
    }

    /// Makes the application. Does no I/O.
    ///
    /// # Errors
    ///
    /// A page whose path cannot be mounted or is that of a callback; a configuration that names a store
    /// ([`Config::store_url`]), and no [`store`](Self::store); no transport, in a build without the feature `reqwest`.
    pub fn build(mut self) -> Result<Zitadel, ConfigError> {
        #[cfg(feature = "login")]
        if let (Some(login), Some(pages)) = (&mut self.config.login, self.pages.take()) {
            check_pages(login, &pages)?;
            login.pages = pages;
        }
        // Replicas that were meant to share a store would each have one of their own.
        if self.store.is_none() && self.config.store_url.is_some() {
            return Err(ConfigError::missing_store());
        }
        let transport = self
            .transport
            .take()
            .or_else(|| default_transport(&self.config))
            .ok_or_else(ConfigError::missing_transport)?;
        Ok(self.start(transport))
    }

    fn start(self, transport: Arc<dyn Transport>) -> Zitadel {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let environment = Environment {
            transport,
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new(Arc::clone(&clock)))),
            clock,
            entropy: self.entropy.unwrap_or_else(|| Arc::new(SystemEntropy)),
        };
        let engine = Arc::new(Engine::new(self.config, environment));
        Zitadel { engine, records_user_id: self.records_user_id, api_paths: Arc::default() }
    }
}

#[cfg(feature = "reqwest")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_transport(config: &Config) -> Option<Arc<dyn Transport>> {
    Some(reqwest_transport(config))
}

#[cfg(feature = "reqwest")]
fn reqwest_transport(config: &Config) -> Arc<dyn Transport> {
    let transport = ReqwestTransport::new();
    Arc::new(match &config.provider.root_certificates {
        Some(certificates) => transport.root_certificates(certificates.clone()),
        None => transport,
    })
}

#[cfg(not(feature = "reqwest"))]
const fn default_transport(_: &Config) -> Option<Arc<dyn Transport>> {
    None
}

impl fmt::Debug for ZitadelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZitadelBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
