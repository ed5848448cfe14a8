//! `Site`: proxy, two gateways, application and provider.

use std::time::Duration;

use behaviours::{Browser, MovedClock, Port, Request, Response};
use zitadel_emulator::{Emulator, Lifetimes, SigningAlgorithm};

use crate::{
    gateway::{self, Gateway},
    server::{Kind, Proxy},
    upstream::Upstream,
};

/// The lifetime of access tokens, in seconds.
const LIFETIME: u64 = 2;

/// Everything that a browser finds at one address. It stops when it is dropped.
pub(crate) struct Site {
    pub(crate) proxy: Proxy,
    pub(crate) gateways: [Gateway; 2],
    pub(crate) emulator: Emulator,
    base: String,
    clock: MovedClock,
    _upstream: Upstream,
}

impl Site {
    pub(crate) async fn start(kind: Kind) -> Self {
        Self::with(kind, &[]).await
    }

    /// With other variables of the gateways.
    pub(crate) async fn with(kind: Kind, vars: &[(&str, &str)]) -> Self {
        let port = Port::reserve();
        let base = format!("http://localhost:{}", port.number());
        let lifetimes = Lifetimes { access_token: Duration::from_secs(LIFETIME), ..Lifetimes::default() };
        let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::Es256).lifetimes(lifetimes);
        let (emulator, clock) = gateway::provider(emulator).await;
        let gateways = Gateway::start_two(&emulator, &base, &clock, vars);
        let upstream = Upstream::start().await;
        let ports = [gateways[0].port(), gateways[1].port()];
        let proxy = Proxy::start(kind, port, ports, upstream.port()).await;
        Self { proxy, gateways, emulator, base, clock, _upstream: upstream }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Time passes for gateways and provider.
    pub(crate) fn advance(&self, seconds: u64) {
        self.emulator.advance(Duration::from_secs(seconds));
        self.clock.advance(seconds);
    }

    /// Every access token has expired, and the shortest time between two refreshes has passed.
    pub(crate) fn make_tokens_due(&self) {
        self.advance(30);
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::at(&self.base)
    }

    /// Opens a protected page and logs in as this user; the page.
    pub(crate) async fn log_in(&self, browser: &mut Browser, path: &str, user: &str) -> Response {
        let login = format!("/api/v1/login?callbackUrl={}", encoded(path));
        browser.get(path).await.assert_redirect(&login);
        browser.follow().await.assert_redirect(&format!("{}/oauth/v2/authorize", self.emulator.issuer()));
        browser.log_in_as(user).await.assert_redirect(path);
        browser.follow().await
    }

    /// A browser in which this user has just logged in.
    pub(crate) async fn logged_in(&self, user: &str) -> Browser {
        let mut browser = self.browser();
        self.log_in(&mut browser, "/start", user).await.assert_status(200);
        browser
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// What the application received.
pub(crate) struct Received(String);

impl Received {
    /// From its answer; it answered with this status.
    #[track_caller]
    pub(crate) fn of(response: &Response, status: u16) -> Self {
        response.assert_status(status);
        assert!(response.body.starts_with("application: "), "not the application: {}", response.body);
        Self(response.body.clone())
    }

    /// Every value of a header, in any spelling of its name.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let lines = self.0.lines().skip(1).take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": "));
        let plain = |known: &str| known.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
        let is_name = |known: &str| plain(known).eq_ignore_ascii_case(name);
        lines.filter(|(known, _)| is_name(known)).map(|(_, value)| value).collect()
    }

    pub(crate) fn line(&self) -> &str {
        self.0.lines().next().unwrap().trim_start_matches("application: ")
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\n\n").unwrap().1
    }
}

/// A request of a page of the application, with `Sec-Fetch-Site` and a form.
pub(crate) fn post(path: &str, site: &str) -> Request {
    Request::new("POST", path).with("sec-fetch-site", site).form("amount=7")
}
