//! [`EmulatorBuilder`]: what an emulator starts with.

use std::{sync::Arc, time::SystemTime};

#[cfg(feature = "server")]
use std::{io, net::SocketAddr};

use super::Emulator;
use crate::{
    clock::Clock,
    entropy::Ids,
    fault::Faults,
    grant::{Grants, Lifetimes},
    journal::Journal,
    key_ring::KeyRing,
    provider::{Provider, State},
    registry::{Client, Organisation, Person, Project, Registry, cast},
    signing::SigningAlgorithm,
};

/// What an [`Emulator`] starts with: the ready cast, RSA keys, the real time, a free port; change what you need.
#[derive(Clone, Debug)]
pub struct EmulatorBuilder {
    issuer: Option<String>,
    algorithm: SigningAlgorithm,
    time: Option<SystemTime>,
    lifetimes: Lifetimes,
    registry: Registry,
    application: String,
    #[cfg(feature = "server")]
    address: SocketAddr,
}

impl EmulatorBuilder {
    pub(super) fn new() -> Self {
        Self {
            issuer: None,
            algorithm: SigningAlgorithm::default(),
            time: None,
            lifetimes: Lifetimes::default(),
            registry: cast::ready(),
            application: "http://localhost:3000".to_owned(),
            #[cfg(feature = "server")]
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// The issuer of an emulator without a socket; the default is `http://zitadel.localhost`.
    /// A listening emulator's issuer is always the address it listens on.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.trim_end_matches('/').to_owned());
        self
    }

    /// The algorithm of the first keys; the default is RS256. [`SigningAlgorithm::EdDsa`] and
    /// [`SigningAlgorithm::Es256`] keys are made much faster, which many tests can use.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Stops the clock at this moment; see [`Emulator::set_time`].
    #[must_use]
    pub fn time(mut self, time: SystemTime) -> Self {
        self.time = Some(time);
        self
    }

    /// How long tokens live.
    #[must_use]
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Leaves out the ready people. Organisations, project and applications stay.
    #[must_use]
    pub fn without_people(mut self) -> Self {
        self.registry.people.clear();
        self
    }

    /// Adds somebody; see [`Person`].
    #[must_use]
    pub fn person(mut self, person: Person) -> Self {
        self.registry.people.push(person);
        self
    }

    /// Adds an organisation.
    #[must_use]
    pub fn organisation(mut self, organisation: Organisation) -> Self {
        self.registry.organisations.push(organisation);
        self
    }

    /// Adds a project.
    #[must_use]
    pub fn project(mut self, project: Project) -> Self {
        self.registry.projects.push(project);
        self
    }

    /// Adds an application.
    #[must_use]
    pub fn client(mut self, client: Client) -> Self {
        self.registry.clients.push(client);
        self
    }

    /// The base URL of the default application; `http://localhost:3000` unless set. Its `/auth/callback` and
    /// `/auth/logout/callback` are registered.
    #[must_use]
    pub fn application(mut self, base_url: &str) -> Self {
        self.application = base_url.trim_end_matches('/').to_owned();
        self
    }

    /// Where [`EmulatorBuilder::start`] listens; the default is a free port of `127.0.0.1`.
    #[cfg(feature = "server")]
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// An emulator without a socket, used with [`Emulator::handle`].
    #[must_use]
    pub fn build(self) -> Emulator {
        let issuer = self.issuer.clone().unwrap_or_else(|| "http://zitadel.localhost".to_owned());
        self.build_for(issuer)
    }

    /// Binds the socket without serving it yet, so that a caller without a runtime learns the address.
    #[cfg(feature = "server")]
    pub(crate) fn bind(self) -> io::Result<(Emulator, std::net::TcpListener)> {
        let listener = crate::server::bind(self.address)?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let emulator = self.build_for(issuer);
        emulator.prepare_keys();
        Ok((emulator, listener))
    }

    /// Starts listening on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address, or cannot be bound.
    #[cfg(feature = "server")]
    #[expect(clippy::unused_async, reason = "starting needs a runtime, and `await` is where callers expect to say so")]
    pub async fn start(self) -> io::Result<Emulator> {
        let (mut emulator, socket) = self.bind()?;
        emulator.listener = Some(crate::server::Listener::start(Arc::clone(&emulator.provider), socket)?);
        Ok(emulator)
    }

    fn build_for(self, issuer: String) -> Emulator {
        let clock = self.time.map_or_else(Clock::real, Clock::stopped_at);
        let now = clock.unix();
        let mut ids = Ids::new();
        let mut registry = Registry::default();
        let default_client = cast::DEFAULT_CLIENT;
        let ready = self.registry;
        registry.organisations = ready.organisations;
        registry.projects = ready.projects;
        for client in ready.clients {
            registry.add_client(client, &mut ids, now);
        }
        for person in ready.people {
            registry.add_person(person, &mut ids, now);
        }
        let keys = KeyRing::fresh(self.algorithm, &mut ids, now);
        let state = State {
            clock,
            ids,
            registry,
            keys,
            grants: Grants::default(),
            lifetimes: self.lifetimes,
            faults: Faults::default(),
            journal: Journal::default(),
        };
        let emulator = Emulator {
            provider: Arc::new(Provider::new(issuer, state)),
            default_client: Arc::from(default_client),
            #[cfg(feature = "server")]
            listener: None,
        };
        emulator.client().register(&self.application);
        emulator
    }
}
