//! `Gateway`: a running gateway and its provider, on free ports.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::middleware::from_fn_with_state;
use behaviours::{Browser, MovedClock, Request, Response};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use zitadel_axum::{Zitadel, core::environment::Store};
use zitadel_emulator::{AuthMethod, Emulator, Lifetimes, SigningAlgorithm};
use zitadel_gateway::{ServeArgs, Settings, app};

use crate::{
    recorder::{Recorder, record},
    switched_store::SwitchedStore,
};

/// The single-page application. Nothing listens there: browsers are not redirected to it by these tests.
pub(crate) const SPA: &str = "http://localhost:5173";

/// How a gateway is started.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) args: ServeArgs,
    pub(crate) vars: Vec<(&'static str, String)>,
    /// Access tokens live for two seconds.
    pub(crate) short_lived_tokens: bool,
    /// JSON of a callers file, made when the service account of the emulator is known.
    pub(crate) callers: Option<fn(&Emulator) -> String>,
    /// The gateway has a service account.
    pub(crate) service_account: bool,
}

impl Setup {
    /// With a single-page application.
    pub(crate) fn spa() -> Self {
        let mut setup = Self::default();
        setup.args.spa_origin = Some(SPA.to_owned());
        setup
    }

    /// With ZitAuth's contract.
    pub(crate) fn compatible() -> Self {
        let mut setup = Self { service_account: true, ..Self::spa() };
        setup.args.danger_token_in_fragment = Some("true".to_owned());
        setup.args.danger_open_machine_token = Some("true".to_owned());
        setup
    }

    pub(crate) fn var(mut self, name: &'static str, value: &str) -> Self {
        self.vars.push((name, value.to_owned()));
        self
    }
}

/// A gateway that runs until it is dropped.
pub(crate) struct Gateway {
    pub(crate) base: String,
    pub(crate) emulator: Emulator,
    pub(crate) settings: Settings,
    clock: MovedClock,
    store: Arc<dyn Store>,
    switch: Option<SwitchedStore>,
    pub(crate) recorder: Recorder,
    server: JoinHandle<()>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
        if !std::thread::panicking() {
            let document: Value =
                serde_json::from_str(include_str!("../../crates/zitadel-gateway/src/description/openapi.json"))
                    .unwrap();
            let undescribed = self.recorder.undescribed(&document);
            assert!(undescribed.is_empty(), "answered, and not as described: {undescribed:#?}");
        }
    }
}

impl Gateway {
    pub(crate) async fn start(setup: Setup) -> Self {
        let now = SystemTime::now();
        let clock = MovedClock::starting_at(now);
        let store = SwitchedStore::new(clock.clone());
        let mut gateway = Self::start_at(setup, now, clock, Arc::new(store.clone())).await;
        gateway.switch = Some(store);
        gateway
    }

    /// With a store that other replicas share.
    pub(crate) async fn with_store(setup: Setup, store: Arc<dyn Store>) -> Self {
        let now = SystemTime::now();
        Self::start_at(setup, now, MovedClock::starting_at(now), store).await
    }

    async fn start_at(setup: Setup, now: SystemTime, clock: MovedClock, store: Arc<dyn Store>) -> Self {
        let lifetimes = match setup.short_lived_tokens {
            true => Lifetimes { access_token: Duration::from_secs(2), ..Lifetimes::default() },
            false => Lifetimes::default(),
        };
        let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::Es256).lifetimes(lifetimes).time(now);
        let emulator = emulator.start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        // Opaque tokens are introspected with it.
        emulator.client().set_auth_method(AuthMethod::Basic);
        let mut vars: BTreeMap<_, _> = emulator.env_for(&base).into_iter().collect();
        let (callback, logout) = (format!("{base}/api/v1/callback"), format!("{base}/api/v1/logout/callback"));
        emulator.client().update(|client| {
            client.redirect_uris.push(callback.clone());
            client.post_logout_redirect_uris.push(logout.clone());
            client.backchannel_logout_uri = Some(format!("{base}/api/v1/backchannel-logout"));
        });
        vars.insert("ZITADEL_CALLBACK_URL".to_owned(), callback);
        vars.insert("ZITADEL_POST_LOGOUT_URL".to_owned(), logout);
        vars.remove("ZITADEL_POST_LOGIN_URL");
        if setup.service_account {
            let account = emulator.service_account("robot");
            vars.insert("ZITADEL_SERVICE_ACCOUNT_KEY".to_owned(), account.create_key());
        }
        vars.extend(setup.vars.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut args = setup.args;
        let callers = setup.callers.map(|callers| CallersFile::new(&callers(&emulator)));
        args.machine_token_callers_file = callers.as_ref().map(|file| file.0.clone());
        let settings = Settings::new(args, |name| vars.get(name).cloned()).unwrap_or_else(|error| panic!("{error}"));
        Self::serve(base, emulator, settings, clock, store, listener)
    }

    fn serve(
        base: String,
        emulator: Emulator,
        settings: Settings,
        clock: MovedClock,
        store: Arc<dyn Store>,
        listener: TcpListener,
    ) -> Self {
        let builder = Zitadel::builder(settings.config.clone()).clock(clock.clone()).store(Arc::clone(&store));
        let recorder = Recorder::default();
        let app = app(&builder.build().unwrap(), &settings).layer(from_fn_with_state(recorder.clone(), record));
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, emulator, settings, clock, store, switch: None, recorder, server }
    }

    /// Another process of the same gateway, with the same store, and its port.
    pub(crate) async fn replica(&self) -> (Self, u16) {
        self.replica_with_store(Arc::clone(&self.store)).await
    }

    /// The same with a connection of its own to the store.
    pub(crate) async fn replica_with_store(&self, store: Arc<dyn Store>) -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let replica = Self::serve(
            self.base.clone(),
            self.emulator.clone(),
            self.settings.clone(),
            self.clock.clone(),
            store,
            listener,
        );
        (replica, port)
    }

    /// Whether the store answers.
    pub(crate) fn switch_store(&self, is_on: bool) {
        self.switch.as_ref().unwrap().switch(is_on);
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.emulator.advance(Duration::from_secs(seconds));
        self.clock.advance(seconds);
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::at(&self.base)
    }

    /// The response to the callback of a login of this user, which began at this path.
    pub(crate) async fn log_in(&self, browser: &mut Browser, path: &str, user: &str) -> Response {
        browser.get(path).await.assert_redirect(&format!("{}/oauth/v2/authorize", self.emulator.issuer()));
        browser.log_in_as(user).await
    }

    /// A browser in which alice has logged in for the single-page application, and its code.
    pub(crate) async fn with_code(&self) -> (Browser, String) {
        let mut browser = self.browser();
        let callback = self.log_in(&mut browser, "/api/v1/login", "alice").await;
        let code = code_of(&callback);
        (browser, code)
    }

    pub(crate) async fn with_bearer(&self, path: &str, token: &str) -> Response {
        self.browser().send(Request::new("GET", path).with("authorization", &format!("Bearer {token}"))).await
    }
}

/// The one-time code in the redirect to the single-page application.
#[track_caller]
pub(crate) fn code_of(callback: &Response) -> String {
    callback.assert_status(302);
    let location = callback.header("location").unwrap();
    let code = location.strip_prefix(&format!("{SPA}/#code=")).unwrap_or_else(|| panic!("{location}"));
    assert_eq!(code.len(), 43, "{code}");
    code.to_owned()
}

/// What a script of the single-page application sends to redeem a code.
pub(crate) fn redemption(code: &str) -> Request {
    from_spa("POST", "/api/v1/token").form(&format!("code={code}"))
}

/// A `fetch` of a script of the single-page application.
pub(crate) fn from_spa(method: &str, path: &str) -> Request {
    Request::new(method, path)
        .with("origin", SPA)
        .with("sec-fetch-site", "same-site")
        .with("sec-fetch-mode", "cors")
        .with("accept", "*/*")
}

/// JSON of an error of the gateway, with this status and code.
#[track_caller]
pub(crate) fn assert_error(response: &Response, status: u16, error: &str) {
    let body = response.assert_json(status);
    assert_eq!(body["error"], error, "{body}");
    assert!(body["error_description"].as_str().is_some_and(|text| text.len() > 10), "{body}");
    let id = body["request_id"].as_str().unwrap();
    assert_eq!(response.header("x-request-id"), Some(id), "{body}");
    response.assert_not_stored();
}

/// A callers file, removed at the end of the test.
struct CallersFile(String);

impl CallersFile {
    fn new(text: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("callers-{}-{}.json", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, text).unwrap();
        Self(path.to_str().unwrap().to_owned())
    }
}

impl Drop for CallersFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}
