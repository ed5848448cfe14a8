//! An application and its provider in one process: the emulator is the transport, the clock is moved.

mod announcing;
mod app;
mod browser;
mod headers;
#[cfg(feature = "reqwest")]
mod listener;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod no_rotation;
mod observed_store;
mod transport;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use zitadel_core::{Authentication, Reply, Requirement, Timestamp, User, environment::Clock};
use zitadel_emulator::{Emulator, EndpointName};

#[cfg(feature = "reqwest")]
pub(crate) use self::listener::{Authority, listener, refused, response, tls_listener};
#[cfg(feature = "metrics")]
pub(crate) use self::metrics::Metrics;
pub(crate) use self::{
    announcing::AnnouncingStore,
    app::{App, emulator, emulator_with},
    browser::Browser,
    headers::Headers,
    log::Log,
    no_rotation::NoRotation,
    observed_store::ObservedStore,
    transport::{EmulatorTransport, Hold},
};

/// The base URL of the application.
pub(crate) const BASE: &str = "http://localhost:3000";

/// A clock that stands still until it is moved.
pub(crate) struct MovedClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl MovedClock {
    /// Starts at the emulator's time.
    pub(crate) fn new(emulator: &Emulator) -> Arc<Self> {
        let now = emulator.now().duration_since(UNIX_EPOCH).unwrap();
        Arc::new(Self { wall: AtomicU64::new(now.as_secs()), monotonic: AtomicU64::default() })
    }

    /// Time passes for the application and the provider.
    pub(crate) fn advance(&self, emulator: &Emulator, seconds: u64) {
        emulator.advance(Duration::from_secs(seconds));
        self.wall.fetch_add(seconds, Ordering::Relaxed);
        self.monotonic.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The clock is suddenly wrong.
    pub(crate) fn jump_ahead(&self, seconds: u64) {
        self.wall.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A clock that was ahead is corrected.
    pub(crate) fn set_back(&self, seconds: u64) {
        self.wall.fetch_sub(seconds, Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.wall.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.monotonic.load(Ordering::Relaxed))
    }
}

/// The user, or the status of the response that denies the request.
pub(crate) fn authorize(authentication: &Authentication, requirement: &Requirement<'_>) -> Result<User, u16> {
    authentication.authorize(requirement).cloned().map_err(|denied| denied.into_reply().status)
}

/// The body of a request that has none.
pub(crate) async fn no_body() -> Option<&'static [u8]> {
    Some(b"")
}

/// The query parameters of a URL.
pub(crate) fn query(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The `Location` of a redirect.
pub(crate) fn location(reply: &Reply) -> &str {
    reply.header("location").unwrap_or_else(|| panic!("{} is not a redirect: {}", reply.status, reply.body))
}

/// A JSON body, after a check of status and media type.
pub(crate) fn json(reply: &Reply, status: u16) -> serde_json::Value {
    assert_eq!((reply.status, reply.header("content-type")), (status, Some("application/json")), "{}", reply.body);
    serde_json::from_str(&reply.body).unwrap()
}

/// A page with this status and text.
#[track_caller]
pub(crate) fn assert_page(reply: &Reply, status: u16, text: &str) {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(reply.body.contains(text), "expected {text:?}: {}", reply.body);
}

/// The incident number of a page: eight hexadecimal digits.
#[track_caller]
pub(crate) fn incident(reply: &Reply) -> &str {
    let number = reply.body.split("Incident ").nth(1).and_then(|rest| rest.get(..8)).unwrap_or_default();
    let valid = number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit());
    assert!(valid, "no incident number: {}", reply.body);
    number
}

/// Bytes that cannot be compressed.
pub(crate) fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

/// The number of token requests for a refresh.
pub(crate) fn refreshes(emulator: &Emulator) -> usize {
    let requests = emulator.requests().into_iter().filter(|request| request.endpoint == EndpointName::Token);
    requests.filter(|request| request.parameter("refresh_token").is_some()).count()
}

/// Lets background tasks of this runtime run.
pub(crate) async fn run_background_tasks() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
