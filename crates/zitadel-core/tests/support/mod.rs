//! An application and its provider in one process: the emulator is the transport, the clock is moved.
#![allow(dead_code, reason = "each test file uses its own part of the harness")]
#![allow(unreachable_pub, reason = "a module of test files, not of a library")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a harness that cannot start should say where")]

pub mod rig;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use zitadel_core::{
    Authentication, Config, Endpoint, Reply, RequestHead, Requirement, ResponseHeaders, Timestamp, Zitadel,
    ZitadelBuilder,
    environment::{BoxFuture, Clock, MemoryStore, Transport, TransportError},
};
use zitadel_emulator::Emulator;

pub const BASE: &str = "http://localhost:3000";

/// The emulator as a transport, with a switch to pull the plug.
pub struct Wire {
    emulator: Emulator,
    pub down: std::sync::atomic::AtomicBool,
    pub seen: Mutex<Vec<String>>,
}

impl Transport for Wire {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            self.seen.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            if self.down.load(Ordering::Relaxed) {
                return Err(TransportError::Connect);
            }
            // Two requests at once must really be two: give the other a chance to start.
            tokio::task::yield_now().await;
            self.emulator.respond(request).await.map_err(|_| TransportError::Broken)
        })
    }
}

/// A clock that stands still until it is moved.
pub struct MovedClock(AtomicU64);

impl MovedClock {
    /// Begins where the provider's clock is.
    pub fn new(emulator: &Emulator) -> Arc<Self> {
        let now = emulator.now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Arc::new(Self(AtomicU64::new(now.as_secs())))
    }

    /// Time passes for both sides.
    pub fn advance(&self, emulator: &Emulator, seconds: u64) {
        emulator.advance(Duration::from_secs(seconds));
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A clock that was ahead is corrected.
    pub fn set_back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}

pub struct World {
    pub emulator: Emulator,
    pub zitadel: Zitadel,
    pub wire: Arc<Wire>,
    pub clock: Arc<MovedClock>,
    pub store: Arc<MemoryStore>,
    pub vars: BTreeMap<String, String>,
}

impl World {
    pub fn new() -> Self {
        Self::with(emulator(), &[])
    }

    /// Access tokens live ten minutes, so that they are due within one session (12 h by default, as long as it).
    pub fn short_lived() -> Self {
        Self::with(short_lived_tokens(), &[])
    }

    pub fn with(emulator: Emulator, vars: &[(&str, &str)]) -> Self {
        let vars = variables(&emulator, vars);
        Self::from_vars(emulator, vars)
    }

    fn from_vars(emulator: Emulator, vars: BTreeMap<String, String>) -> Self {
        let wire = Arc::new(Wire { emulator: emulator.clone(), down: false.into(), seen: Mutex::default() });
        let clock = MovedClock::new(&emulator);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let config = Config::from_vars(vars.clone()).unwrap();
        let builder = Zitadel::builder(config).transport(wire.clone()).clock(clock.clone()).store(store.clone());
        let zitadel = builder.build().unwrap();
        Self { emulator, zitadel, wire, clock, store, vars }
    }

    /// The same application, to be built with something else: caches of its own, the same store.
    pub fn builder(&self) -> ZitadelBuilder {
        let config = Config::from_vars(self.vars.clone()).unwrap();
        let builder = Zitadel::builder(config).transport(self.wire.clone()).clock(self.clock.clone());
        builder.store(self.store.clone())
    }

    /// The same application started again (or a second replica of it): nothing in memory.
    pub fn restarted(&self, vars: &[(&str, &str)]) -> Self {
        let mut all = self.vars.clone();
        all.extend(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::from_vars(self.emulator.clone(), all)
    }

    /// Another process of the same application: caches of its own, the same store.
    pub fn replica(&self) -> Self {
        Self { zitadel: self.builder().build().unwrap(), ..self.restarted(&[]) }
    }

    /// Time passes for both sides.
    pub fn advance(&self, seconds: u64) {
        self.clock.advance(&self.emulator, seconds);
    }

    pub fn pull_the_plug(&self, down: bool) {
        self.wire.down.store(down, Ordering::Relaxed);
    }

    pub fn browser(&self) -> Browser {
        Browser { zitadel: self.zitadel.clone(), emulator: self.emulator.clone(), cookies: BTreeMap::new() }
    }

    /// A browser in which `person` has signed in.
    pub async fn signed_in(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        let reply = browser.sign_in(person, "/profile").await;
        assert_eq!((reply.status, reply.header("location")), (302, Some("/profile")), "{}", reply.body);
        browser
    }
}

/// Keeps cookies and knows how to sign in; speaks to the engine without a web framework.
#[derive(Clone)]
pub struct Browser {
    pub zitadel: Zitadel,
    pub emulator: Emulator,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn head(&self, method: &str, target: &str) -> RequestHead {
        let mut head = RequestHead::new(method, target);
        head.header("accept", b"text/html");
        head.header("sec-fetch-mode", b"navigate");
        head.header("sec-fetch-site", b"same-origin");
        self.add_cookies(&mut head);
        head
    }

    /// A request as a script or another program sends it.
    pub fn bare(&self, method: &str, target: &str) -> RequestHead {
        let mut head = RequestHead::new(method, target);
        self.add_cookies(&mut head);
        head
    }

    fn add_cookies(&self, head: &mut RequestHead) {
        if !self.cookies.is_empty() {
            let line: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            head.header("cookie", line.join("; ").as_bytes());
        }
    }

    pub fn set(&mut self, set_cookie: &str) {
        let mut parts = set_cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        if parts.any(|part| part == "Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub fn keep(&mut self, reply: &Reply) {
        for (name, value) in &reply.headers {
            if *name == "set-cookie" {
                self.set(value);
            }
        }
    }

    pub fn session_cookie(&self) -> Option<&str> {
        self.cookies.get("zitadel.session").map(String::as_str)
    }

    pub fn session_cookies(&self) -> Vec<(&str, &str)> {
        self.cookies
            .iter()
            .filter(|(name, _)| name.starts_with("zitadel.session"))
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    pub async fn serve(&mut self, endpoint: Endpoint, method: &str, target: &str, form: &str) -> Reply {
        let reply = self.zitadel.serve(endpoint, &self.head(method, target), async { Some(form) }).await;
        self.keep(&reply);
        reply
    }

    /// Begins a sign-in; returns the address at the provider.
    pub async fn begin(&mut self, return_to: &str) -> String {
        let form = format!("callbackUrl={}", return_to.replace('?', "%3F").replace('=', "%3D"));
        let reply = self.serve(Endpoint::LoginPost, "POST", "/auth/signin/zitadel", &form).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        reply.header("location").unwrap().to_owned()
    }

    pub async fn callback(&mut self, url: &str) -> Reply {
        let target = url.strip_prefix(BASE).unwrap_or(url).to_owned();
        self.serve(Endpoint::Callback, "GET", &target, "").await
    }

    pub async fn sign_in(&mut self, person: &str, return_to: &str) -> Reply {
        let authorize = self.begin(return_to).await;
        let back = self.emulator.authorize_as(&authorize, person);
        self.callback(&back).await
    }

    /// Opens a page that requires a user: the user, or the status of the response instead.
    pub async fn visit(&mut self, target: &str) -> Result<zitadel_core::User, u16> {
        let authentication = self.request("GET", target).await;
        self.receive(&authentication);
        status(&authentication, &Requirement::user())
    }

    /// The authentication of a request whose response has not arrived yet.
    pub async fn request(&self, method: &str, target: &str) -> Authentication {
        self.zitadel.authenticate(self.head(method, target)).await
    }

    /// The response to a request arrives.
    pub fn receive(&mut self, authentication: &Authentication) {
        for cookie in Headers::of(authentication).values("set-cookie") {
            self.set(str::from_utf8(cookie).unwrap());
        }
    }
}

/// The user, or the status of the response instead.
pub fn status(authentication: &Authentication, requirement: &Requirement<'_>) -> Result<zitadel_core::User, u16> {
    authentication.authorize(requirement).cloned().map_err(|denied| denied.into_reply().status)
}

/// The headers of a response.
#[derive(Default)]
pub struct Headers(pub Vec<(&'static str, String)>);

impl Headers {
    /// A response without headers of a handler's own.
    pub fn of(authentication: &Authentication) -> Self {
        let mut headers = Self::default();
        authentication.apply_to(&mut headers);
        headers
    }
}

impl ResponseHeaders for Headers {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_bytes())
    }

    fn append(&mut self, name: &'static str, value: Cow<'static, str>) {
        self.0.push((name, value.into_owned()));
    }

    fn remove(&mut self, name: &'static str) {
        self.0.retain(|(known, _)| *known != name);
    }
}

/// The body of a request without one.
pub async fn no_body() -> Option<&'static [u8]> {
    Some(b"")
}

/// The query parameters of an address.
pub fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// An emulator without a socket; https, as a real ZITADEL is.
pub fn emulator() -> Emulator {
    Emulator::builder().issuer("https://zitadel.example").build()
}

/// The same with access tokens of ten minutes.
pub fn short_lived_tokens() -> Emulator {
    let emulator = emulator();
    emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    emulator
}

/// The application's settings for this provider, and some more.
fn variables(emulator: &Emulator, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, String> = emulator.env_for(BASE).into_iter().collect();
    all.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all
}
