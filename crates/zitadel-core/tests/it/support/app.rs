//! `App`: an application, its provider, and what both share.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use zitadel_core::{Config, ConfigBuilder, Zitadel, ZitadelBuilder, environment::MemoryStore};
use zitadel_emulator::{Emulator, SigningAlgorithm};

use super::{BASE, Browser, EmulatorTransport, MovedClock};

/// An application and its provider.
pub(crate) struct App {
    pub(crate) emulator: Emulator,
    pub(crate) zitadel: Zitadel,
    pub(crate) transport: Arc<EmulatorTransport>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) vars: BTreeMap<String, String>,
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(emulator(), &[])
    }

    /// Access tokens are valid for ten minutes, so that they are due within a session (12 h by default, as long as it).
    pub(crate) fn with_short_lived_tokens() -> Self {
        let emulator = emulator();
        emulator.client().set_access_token_lifetime(Duration::from_secs(600));
        Self::with(emulator, &[])
    }

    /// With another provider and further variables.
    pub(crate) fn with(emulator: Emulator, vars: &[(&str, &str)]) -> Self {
        // As the application's clock: a token of a test that takes a minute would be one from the future.
        emulator.set_time(emulator.now());
        let mut all: BTreeMap<String, String> = emulator.env_for(BASE).into_iter().collect();
        all.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let transport = EmulatorTransport::new(&emulator);
        let clock = MovedClock::new(&emulator);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let builder = Zitadel::builder(Config::from_vars(all.clone()).unwrap()).transport(transport.clone());
        let zitadel = builder.clock(clock.clone()).store(store.clone()).build().unwrap();
        Self { emulator, zitadel, transport, clock, store, vars: all }
    }

    /// Another process of the same application, to be built differently: caches of its own, the same store.
    pub(crate) fn builder(&self) -> ZitadelBuilder {
        self.builder_with(|config| config)
    }

    /// The same with another configuration.
    pub(crate) fn builder_with(&self, change: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> ZitadelBuilder {
        let config = change(ConfigBuilder::from_vars(self.vars.clone())).build().unwrap();
        let builder = Zitadel::builder(config).transport(self.transport.clone());
        builder.clock(self.clock.clone()).store(self.store.clone())
    }

    /// Another process of the same application: caches of its own, the same store.
    pub(crate) fn replica(&self) -> Zitadel {
        self.builder().build().unwrap()
    }

    /// The application after a restart with other variables: nothing is in memory, the store is empty.
    pub(crate) fn restarted(&self, vars: &[(&str, &str)]) -> Zitadel {
        let mut all = self.vars.clone();
        all.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let builder = Zitadel::builder(Config::from_vars(all).unwrap()).transport(self.transport.clone());
        builder.clock(self.clock.clone()).build().unwrap()
    }

    /// Time passes for the application and the provider.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(&self.emulator, seconds);
    }

    /// A browser without cookies.
    pub(crate) fn browser(&self) -> Browser {
        self.browser_of(self.zitadel.clone())
    }

    /// A browser that talks to another process of the application.
    pub(crate) fn browser_of(&self, zitadel: Zitadel) -> Browser {
        Browser { zitadel, emulator: self.emulator.clone(), cookies: BTreeMap::new() }
    }

    /// A browser in which this user has logged in.
    pub(crate) async fn logged_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        let reply = browser.login(user, "/profile").await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/profile")), "{}", reply.body);
        browser
    }
}

/// An emulator without a socket; https, as a real ZITADEL is. Its keys are fast to generate.
pub(crate) fn emulator() -> Emulator {
    emulator_with(SigningAlgorithm::Es256)
}

/// The same with other keys. A new ZITADEL has [`SigningAlgorithm::Rs256`].
pub(crate) fn emulator_with(algorithm: SigningAlgorithm) -> Emulator {
    Emulator::builder().issuer("https://zitadel.example").signing_algorithm(algorithm).build()
}
