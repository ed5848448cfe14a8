//! [`EmulatorBuilder`], the configuration of a new emulator.

use std::{sync::Arc, time::SystemTime};

#[cfg(feature = "server")]
use std::{io, net::SocketAddr};

use super::Emulator;
use crate::{
    backchannel_logout::{BackchannelLogout, Queue},
    clock::Clock,
    entropy::IdGenerator,
    fault::Faults,
    grant::{Grants, Lifetimes},
    key_ring::KeyRing,
    login_version::LoginVersion,
    provider::{Provider, State},
    registry::{Client, Organization, Person, Project, Registry, ServiceAccount, fixtures},
    request_log::RequestLog,
    signing::SigningAlgorithm,
};

/// Configuration of a new [`Emulator`].
///
/// Defaults: the fixtures listed in the crate documentation, RSA keys, the system time, and a free port of `127.0.0.1`.
#[derive(Clone, Debug)]
pub struct EmulatorBuilder {
    issuer: Option<String>,
    algorithm: SigningAlgorithm,
    time: Option<SystemTime>,
    lifetimes: Lifetimes,
    login_version: LoginVersion,
    backchannel_logout: BackchannelLogout,
    issuer_follows_host: bool,
    impersonation: bool,
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
            login_version: LoginVersion::default(),
            backchannel_logout: BackchannelLogout::default(),
            issuer_follows_host: false,
            impersonation: false,
            registry: fixtures::registry(),
            application: "http://localhost:3000".to_owned(),
            #[cfg(feature = "server")]
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }

    /// Sets the issuer of an emulator without a socket; default `http://zitadel.localhost`. The issuer of a listening
    /// emulator is always its own address.
    #[must_use]
    pub fn issuer(mut self, issuer: &str) -> Self {
        self.issuer = Some(issuer.trim_end_matches('/').to_owned());
        self
    }

    /// Sets whether the issuer of a request follows its host, as in ZITADEL; default off. Then `x-zitadel-instance-host`,
    /// `X-Forwarded-Host` or `Host`, in this order, and `X-Forwarded-Proto` decide on the issuer in metadata and tokens. The
    /// name, without the port, must still be that of the issuer or a loopback name.
    #[must_use]
    pub fn issuer_follows_host(mut self, follows: bool) -> Self {
        self.issuer_follows_host = follows;
        self
    }

    /// Sets whether a token exchange may impersonate another user (ZITADEL's security policy of that name); default off, which
    /// answers 403. If it is on, every user may be the actor.
    #[must_use]
    pub fn impersonation(mut self, enabled: bool) -> Self {
        self.impersonation = enabled;
        self
    }

    /// Sets the algorithm of the first signing keys; default RS256. Keys for [`SigningAlgorithm::EdDsa`] and
    /// [`SigningAlgorithm::Es256`] are generated much faster than RSA keys.
    #[must_use]
    pub fn signing_algorithm(mut self, algorithm: SigningAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the clock to a fixed time; see [`Emulator::set_time`].
    #[must_use]
    pub fn time(mut self, time: SystemTime) -> Self {
        self.time = Some(time);
        self
    }

    /// Sets the token lifetimes.
    #[must_use]
    pub fn lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// Sets the login application; default version 2, as in a new instance. With version 1 the login page, the ids and
    /// codes, `sid`, `prompt=none`, `max_age`, `response_mode=form_post` and logout without a hint are those of
    /// ZITADEL's older login. A request with the header `x-zitadel-login-client` uses version 2 in any case.
    #[must_use]
    pub fn login_version(mut self, version: LoginVersion) -> Self {
        self.login_version = version;
        self
    }

    /// Sets how logout tokens are delivered.
    #[must_use]
    pub fn backchannel_logout(mut self, settings: BackchannelLogout) -> Self {
        self.backchannel_logout = settings;
        self
    }

    /// Removes the default users and service accounts. The default organizations, project and applications stay.
    #[must_use]
    pub fn without_people(mut self) -> Self {
        self.registry.people.clear();
        self.registry.service_accounts.clear();
        self
    }

    /// Adds a user; see [`Person`].
    #[must_use]
    pub fn person(mut self, person: Person) -> Self {
        self.registry.people.push(person);
        self
    }

    /// Adds a service account; see [`ServiceAccount`].
    #[must_use]
    pub fn service_account(mut self, account: ServiceAccount) -> Self {
        self.registry.service_accounts.push(account);
        self
    }

    /// Sets whether login names end with the primary domain of the organization (ZITADEL's policy
    /// `userLoginMustBeDomain`); default off: the login name is the user name.
    #[must_use]
    pub fn user_login_must_be_domain(mut self, required: bool) -> Self {
        self.registry.login_must_be_domain = required;
        self
    }

    /// Adds an organization.
    #[must_use]
    pub fn organization(mut self, organization: Organization) -> Self {
        self.registry.organizations.push(organization);
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

    /// Sets the base URL of the default application; default `http://localhost:3000`. Its `/auth/callback`,
    /// `/auth/logout/callback` and `/auth/backchannel-logout` are registered.
    #[must_use]
    pub fn application(mut self, base_url: &str) -> Self {
        self.application = base_url.trim_end_matches('/').to_owned();
        self
    }

    /// Sets the address that [`EmulatorBuilder::start`] listens on; default a free port of `127.0.0.1`.
    #[cfg(feature = "server")]
    #[must_use]
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Builds an emulator without a socket, for use with [`Emulator::handle`].
    #[must_use]
    pub fn build(self) -> Emulator {
        let issuer = self.issuer.clone().unwrap_or_else(|| "http://zitadel.localhost".to_owned());
        self.build_with_issuer(issuer)
    }

    /// Binds the socket without serving it yet, so that a caller without a runtime knows the address.
    #[cfg(feature = "server")]
    pub(crate) fn bind(self) -> io::Result<(Emulator, std::net::TcpListener)> {
        let listener = crate::server::bind(self.address)?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let emulator = self.build_with_issuer(issuer);
        emulator.prepare_keys();
        Ok((emulator, listener))
    }

    /// Builds the emulator and starts listening on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address or cannot be bound.
    #[cfg(feature = "server")]
    #[expect(clippy::unused_async, reason = "needs a running tokio runtime, which `async` makes visible to the caller")]
    pub async fn start(self) -> io::Result<Emulator> {
        let (mut emulator, socket) = self.bind()?;
        emulator.listener = Some(crate::server::Listener::start(Arc::clone(&emulator.provider), socket)?);
        Ok(emulator)
    }

    fn build_with_issuer(self, issuer: String) -> Emulator {
        let clock = self.time.map_or_else(Clock::system, Clock::stopped_at);
        let now = clock.unix_time();
        let mut ids = IdGenerator::new();
        let mut registry = Registry::default();
        let default_client = fixtures::DEFAULT_CLIENT;
        let configured = self.registry;
        registry.organizations = configured.organizations;
        registry.projects = configured.projects;
        registry.login_must_be_domain = configured.login_must_be_domain;
        for client in configured.clients {
            registry.add_client(client, &mut ids, now);
        }
        for person in configured.people {
            registry.add_person(person, &mut ids, now);
        }
        for account in configured.service_accounts {
            registry.add_service_account(account, &mut ids, now);
        }
        let keys = KeyRing::new(self.algorithm, &mut ids, now);
        let state = State {
            clock,
            ids,
            registry,
            keys,
            grants: Grants::default(),
            lifetimes: self.lifetimes,
            login_version: self.login_version,
            backchannel_logout: Queue::new(self.backchannel_logout),
            issuer_follows_host: self.issuer_follows_host,
            impersonation: self.impersonation,
            faults: Faults::default(),
            request_log: RequestLog::default(),
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
