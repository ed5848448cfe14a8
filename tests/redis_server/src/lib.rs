//! `redis-server` for tests: started on loopback by the test and ended with it, and a connection to it that can be cut.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken expectation ends the test"
)]
#![allow(clippy::missing_panics_doc, reason = "every function panics if the server does not do what the test needs")]

mod proxy;
mod replicated;
mod server;

use std::time::{Duration, Instant};

pub use self::{
    proxy::Proxy,
    replicated::{ACL, Replicated, USER},
    server::{Folder, Operator, Port, Server},
};

/// How long the tests wait for what takes a moment, or some seconds on a busy machine: an election of Redis may have to be repeated.
pub const MAX_WAIT: Duration = Duration::from_secs(60);

/// Calls until it succeeds; how long that took.
pub async fn until<T, E>(mut call: impl AsyncFnMut() -> Result<T, E>) -> (T, Duration) {
    let started = Instant::now();
    loop {
        match call().await {
            Ok(value) => return (value, started.elapsed()),
            Err(_) if started.elapsed() < MAX_WAIT => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(_) => panic!("still failing after {MAX_WAIT:?}"),
        }
    }
}
