//! `Subject`: a running application and its provider, on free ports. One module per framework with the same functions:
//! `start` and `with` for the sample, `minimal` for an application of a few routes; and with the framework's own behaviour
//! where the frameworks differ.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

pub mod actix;
pub mod axum;
pub mod rocket;
pub mod stored;

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{net::TcpSocket, task::JoinHandle};
use zitadel_core::{Config, Pages, Policy, Requirement, RoleKey, User, Zitadel, environment::Store};
use zitadel_emulator::{AuthMethod, Emulator, EmulatorBuilder, Lifetimes, SigningAlgorithm};

use crate::{browser::Browser, clock::MovedClock, recording_transport::RecordingTransport};

/// The number of connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How a subject is started. The default: keys that are fast to generate, everything else as usual.
#[derive(Debug)]
pub struct Setup {
    emulator: EmulatorBuilder,
    vars: Vec<(String, String)>,
    has_secret: bool,
    provider_is_up: bool,
    transport: Option<RecordingTransport>,
    proxy_port: Option<u16>,
    store: Option<SharedStore>,
    first_replica: Option<Deployment>,
}

/// What the replicas of an application have in common, but for their store.
#[derive(Clone, Debug)]
struct Deployment {
    base: String,
    emulator: Emulator,
    clock: MovedClock,
    vars: BTreeMap<String, String>,
}

struct SharedStore(Arc<dyn Store>);

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").finish_non_exhaustive()
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            emulator: Emulator::builder().signing_algorithm(SigningAlgorithm::Es256),
            vars: Vec::new(),
            has_secret: false,
            provider_is_up: true,
            transport: None,
            proxy_port: None,
            store: None,
            first_replica: None,
        }
    }
}

impl Setup {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With another variable.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sessions are in cookies, also where the other behaviours run with sessions in the store.
    #[must_use]
    pub fn sessions_in_cookies(self) -> Self {
        self.var("SESSION_MODE", "cookie")
    }

    /// Whether this variable was set.
    fn names(&self, name: &str) -> bool {
        self.vars.iter().any(|(known, _)| known == name)
    }

    /// Access tokens live for two seconds, and are due as often as a session is refreshed: with [`Subject::make_tokens_due`].
    #[must_use]
    pub fn with_short_lived_tokens(mut self) -> Self {
        let lifetimes = Lifetimes { access_token: Duration::from_secs(2), ..Lifetimes::default() };
        self.emulator = self.emulator.lifetimes(lifetimes);
        self
    }

    /// The application has a client secret, and can introspect.
    #[must_use]
    pub const fn with_client_secret(mut self) -> Self {
        self.has_secret = true;
        self
    }

    /// The provider does not listen yet.
    #[must_use]
    pub fn provider_is_down(mut self) -> Self {
        self.provider_is_up = false;
        self
    }

    /// Behind a proxy: the address that provider and browsers know has this port.
    #[must_use]
    pub const fn behind_proxy(mut self, port: u16) -> Self {
        self.proxy_port = Some(port);
        self
    }

    /// Signs with RSA, as a new ZITADEL does: signatures of 256 bytes.
    #[must_use]
    pub fn rsa(mut self) -> Self {
        self.emulator = self.emulator.signing_algorithm(SigningAlgorithm::Rs256);
        self
    }

    /// Keeps what replicas share in this store.
    #[must_use]
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(SharedStore(Arc::new(store)));
        self
    }

    /// Another process of the same application: it has the address that provider and browsers know, its clock, and its
    /// provider. See [`Browser::at_replica`].
    #[must_use]
    pub fn replica_of(mut self, first: &Subject) -> Self {
        self.first_replica = Some(first.deployment.clone());
        self
    }

    /// Records the requests to the provider.
    #[must_use]
    pub fn transport(mut self, transport: &RecordingTransport) -> Self {
        self.transport = Some(transport.clone());
        self
    }
}

/// A running application and its provider. Both stop when it is dropped. Their clocks stand still.
#[derive(Debug)]
pub struct Subject {
    deployment: Deployment,
    port: u16,
    session_cookie: String,
    _server: Server,
}

/// A running server; it stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Server(JoinHandle<()>);

impl Server {
    pub(crate) fn run(serve: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(serve))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Subject {
    /// Takes a free port, registers it at the provider, and passes both to `serve`, which returns when it listens there.
    pub(crate) async fn launch(
        setup: Setup,
        pages: Pages,
        serve: impl AsyncFnOnce(TcpSocket, Zitadel) -> Server,
    ) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // For Rocket, which binds a socket of its own: it can share the port as long as this socket does not listen, and
        // the port is not given to another process meanwhile.
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        // Another host name than the provider's: browsers share cookies between ports.
        let port = socket.local_addr().unwrap().port();
        let deployment = match setup.first_replica {
            Some(deployment) => deployment,
            None => {
                let base = format!("http://localhost:{}", setup.proxy_port.unwrap_or(port));
                let now = SystemTime::now();
                let emulator = setup.emulator.time(now).start().await.unwrap();
                if !setup.provider_is_up {
                    emulator.stop_listening().await;
                }
                if setup.has_secret {
                    emulator.client().set_auth_method(AuthMethod::Basic);
                }
                let mut vars: BTreeMap<_, _> = emulator.env_for(&base).into_iter().collect();
                vars.extend(setup.vars);
                Deployment { base, emulator, clock: MovedClock::starting_at(now), vars }
            }
        };
        let config = Config::from_vars(deployment.vars.clone()).unwrap();
        let builder = Zitadel::builder(config).pages(pages).clock(deployment.clock.clone());
        let builder = match setup.transport {
            Some(transport) => builder.transport(transport),
            None => builder,
        };
        let builder = match setup.store {
            Some(SharedStore(store)) => builder.store(store),
            None => builder,
        };
        let zitadel = builder.build().unwrap();
        let session_cookie = zitadel.session_cookie_name().unwrap().to_owned();
        let server = serve(socket, zitadel).await;
        Self { deployment, port, session_cookie, _server: server }
    }

    /// Time passes for the application and the provider.
    pub fn advance(&self, seconds: u64) {
        self.deployment.emulator.advance(Duration::from_secs(seconds));
        self.deployment.clock.advance(seconds);
    }

    /// Gives alice 200 roles, from `invoice.read` to `audit.admin`, and ID tokens that contain them: 46 KB each.
    pub fn give_alice_200_roles(&self) {
        let things = "invoice customer order report user project asset ticket contract payment budget shift device site \
                      vehicle route tenant catalog price audit";
        let verbs = ["read", "write", "create", "delete", "approve", "export", "assign", "archive", "comment", "admin"];
        let roles: Vec<_> = things.split(' ').flat_map(|thing| verbs.map(|verb| format!("{thing}.{verb}"))).collect();
        self.deployment.emulator.client().set_id_token_role_assertion(true);
        self.deployment.emulator.set_roles("alice", &roles.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// The tokens of every session have expired, and the shortest time between two refreshes has passed.
    pub fn make_tokens_due(&self) {
        self.advance(30);
    }

    /// `http://localhost:PORT`, as the provider and browsers know it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.deployment.base
    }

    /// The port on which it listens.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Its provider.
    #[must_use]
    pub const fn emulator(&self) -> &Emulator {
        &self.deployment.emulator
    }

    /// A variable of its configuration.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.deployment.vars.get(name).map(String::as_str)
    }

    /// The name of its session cookie.
    #[must_use]
    pub fn session_cookie(&self) -> &str {
        &self.session_cookie
    }

    /// Where browsers are redirected for a login.
    #[must_use]
    pub fn authorization_endpoint(&self) -> String {
        format!("{}/oauth/v2/authorize", self.deployment.emulator.issuer())
    }

    /// Where browsers are redirected for a logout.
    #[must_use]
    pub fn end_session_endpoint(&self) -> String {
        format!("{}/oidc/v1/end_session", self.deployment.emulator.issuer())
    }

    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::at(&self.deployment.base)
    }

    /// A browser in which this user has just logged in.
    pub async fn logged_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        browser.log_in_as(user).await.assert_redirect("/profile");
        browser
    }
}

/// The role of the minimal application.
#[derive(Debug)]
pub(crate) struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

/// A policy of the minimal application: a login of the last minute.
#[derive(Debug)]
pub(crate) struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

/// Another one: two factors, or a passkey.
pub(crate) const TWO_FACTORS: Requirement<'static> = Requirement::user().amr("mfa");

/// Another one: a rule of the application.
pub(crate) const ONLY_BOB: Requirement<'static> = Requirement::user().only_if(|user| user.given_name() == Some("Bob"));

/// A page of the minimal application that shows whether the login is recent.
pub(crate) const fn freshness(user: Option<&User>) -> &'static str {
    if user.is_some() { "recent" } else { "not recent" }
}

/// The public page of the minimal application.
pub(crate) fn greeting(admin: Option<&User>) -> String {
    admin.map_or_else(|| "not an administrator".to_owned(), |user| format!("administrator {}", user.subject()))
}

/// A handler that panics. The panic hook is not called, so the test prints nothing.
pub(crate) fn panics() -> &'static str {
    std::panic::resume_unwind(Box::new("on purpose"))
}
