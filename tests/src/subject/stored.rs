//! Applications on axum that keep their sessions in the store: the same behaviours once more.

pub use super::axum::{AUTHENTICATES_BEFORE_ROUTING, LOGS_REQUESTS, NAME, UNSUPPORTED_METHOD};
use super::{Setup, Subject, axum};

/// The sample and its provider.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The sample and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    axum::with(stored(setup)).await
}

/// As [`axum::minimal`].
pub async fn minimal(setup: Setup) -> Subject {
    axum::minimal(stored(setup)).await
}

fn stored(setup: Setup) -> Setup {
    if setup.names("SESSION_MODE") { setup } else { setup.var("SESSION_MODE", "stored") }
}
