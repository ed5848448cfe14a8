//! The sample app on axum.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use super::{Setup, Subject};

/// The app and its provider, nothing special.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The app and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    Subject::launch(setup, async |listener, zitadel| axum::serve(listener, example_axum::app(zitadel)).await.unwrap())
        .await
}
