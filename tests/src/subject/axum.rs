//! The sample app on axum.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use axum::Router;
use zitadel_core::Zitadel;

use super::{BACKLOG, Server, Setup, Subject};

/// How it is called in messages and on pictures.
pub const NAME: &str = "axum";
/// What a method is told that a page does not have.
pub const WRONG_METHOD: u16 = 405;
/// Whether a closed page asks who is there before it looks at the method.
pub const DOOR_BEFORE_METHOD: bool = true;

/// The app and its provider, nothing special.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The app and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    serve(setup, example_axum::app).await
}

/// Another app than the sample, and its provider.
pub async fn serve(setup: Setup, app: impl FnOnce(Zitadel) -> Router) -> Subject {
    Subject::launch(setup, async |socket, zitadel| {
        let (listener, app) = (socket.listen(BACKLOG).unwrap(), app(zitadel));
        Server::run(async { axum::serve(listener, app).await.unwrap() })
    })
    .await
}
