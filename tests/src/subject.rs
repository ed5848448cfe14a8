//! `Subject`: a running sample app and its provider, on free ports. One module per framework, with the same
//! functions `start` and `with`, and what its framework says where the three cannot agree.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

pub mod actix;
pub mod axum;
pub mod rocket;

use std::{collections::BTreeMap, time::SystemTime};

use tokio::{net::TcpSocket, task::JoinHandle};
use zitadel_core::{Config, Zitadel};
use zitadel_emulator::{Emulator, EmulatorBuilder, Lifetimes, SigningAlgorithm};

use crate::{browser::Browser, wiretap::Wiretap};

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// How a subject starts. The default: fast keys, everything else as it comes.
#[derive(Debug)]
pub struct Setup {
    emulator: EmulatorBuilder,
    vars: Vec<(String, String)>,
    provider_is_up: bool,
    wiretap: Option<Wiretap>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            emulator: Emulator::builder().signing_algorithm(SigningAlgorithm::Es256),
            vars: Vec::new(),
            provider_is_up: true,
            wiretap: None,
        }
    }
}

impl Setup {
    /// As every test that needs nothing special starts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With another provider.
    #[must_use]
    pub fn emulator(mut self, change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        self.emulator = change(self.emulator);
        self
    }

    /// With one more variable.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Access tokens live one second for the app, which so refreshes at every request; for the provider, whose
    /// clock stands still, they live for ever. (ZITADEL says one second less than it means.)
    #[must_use]
    pub fn tokens_are_always_due(self) -> Self {
        self.emulator(|emulator| {
            let access_token = std::time::Duration::from_secs(2);
            emulator.time(SystemTime::now()).lifetimes(Lifetimes { access_token, ..Lifetimes::default() })
        })
    }

    /// The provider does not listen yet.
    #[must_use]
    pub fn provider_is_down(mut self) -> Self {
        self.provider_is_up = false;
        self
    }

    /// Overhears what app and provider say to each other.
    #[must_use]
    pub fn wiretap(mut self, wiretap: &Wiretap) -> Self {
        self.wiretap = Some(wiretap.clone());
        self
    }
}

/// A running app and its provider. Both end with it.
#[derive(Debug)]
pub struct Subject {
    base: String,
    emulator: Emulator,
    vars: BTreeMap<String, String>,
    _server: Server,
}

/// A server at work; dropping it is its end.
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
    /// Takes a free port, makes the provider know it, and hands both to `serve`, which returns when it listens there.
    pub(crate) async fn launch(setup: Setup, serve: impl AsyncFnOnce(TcpSocket, Zitadel) -> Server) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // For Rocket, which insists on a socket of its own: as long as this one does not listen, that one may share the
        // port, and nobody is given it meanwhile.
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        // Another host name than the provider's: browsers share cookies between ports.
        let base = format!("http://localhost:{}", socket.local_addr().unwrap().port());
        let emulator = setup.emulator.start().await.unwrap();
        if !setup.provider_is_up {
            emulator.stop_listening().await;
        }
        let mut vars: BTreeMap<_, _> = emulator.env_for(&base).into_iter().collect();
        vars.extend(setup.vars);
        let builder = Zitadel::builder(Config::from_vars(vars.clone()).unwrap()).pages(example_pages::pages());
        let builder = match setup.wiretap {
            Some(wiretap) => builder.transport(wiretap),
            None => builder,
        };
        let zitadel = builder.build().unwrap();
        let server = serve(socket, zitadel).await;
        Self { base, emulator, vars, _server: server }
    }

    /// `http://localhost:PORT`, as the provider and browsers know it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its provider.
    #[must_use]
    pub const fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// A variable it was started with.
    #[must_use]
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str)
    }

    /// An address at the provider.
    #[must_use]
    pub fn at_provider(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.issuer())
    }

    /// Where browsers are sent to sign in.
    #[must_use]
    pub fn authorization_endpoint(&self) -> String {
        self.at_provider("/oauth/v2/authorize")
    }

    /// Where browsers are sent to sign out.
    #[must_use]
    pub fn end_session_endpoint(&self) -> String {
        self.at_provider("/oidc/v1/end_session")
    }

    /// Somebody's browser, without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::at(&self.base)
    }

    /// A browser in which `person` has just signed in.
    pub async fn signed_in(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in_as(person).await.is_redirect_to("/profile");
        browser
    }
}
