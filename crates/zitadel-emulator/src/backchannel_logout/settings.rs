//! [`BackchannelLogout`], how logout tokens are delivered.

use std::time::Duration;

/// How logout tokens are delivered, for the whole instance. The defaults are what a running ZITADEL 4.3 did: one request, 10 ms
/// after the end of the session, and none after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackchannelLogout {
    /// Time between the end of a session and the request; default 10 ms. Further logins of the session follow at
    /// intervals of 1 ms.
    pub delay: Duration,
    /// Number of requests for one login until one is accepted; default 1.
    pub attempts: u32,
    /// Time between a failure and the next attempt; default 1 s.
    pub retry_after: Duration,
    /// Whether an emulator that listens sends the requests; default true. If not, or without a socket, tokens wait for
    /// [`Emulator::take_logout_tokens`](crate::Emulator::take_logout_tokens).
    pub sends: bool,
}

impl Default for BackchannelLogout {
    fn default() -> Self {
        Self { delay: Duration::from_millis(10), attempts: 1, retry_after: Duration::from_secs(1), sends: true }
    }
}

impl BackchannelLogout {
    /// Up to five attempts, one second apart and each with a new token, as ZITADEL's sources have it and newer versions do.
    #[must_use]
    pub fn with_retries() -> Self {
        Self { attempts: 5, ..Self::default() }
    }
}
