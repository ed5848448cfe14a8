//! The sample app on actix-web.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use actix_web::HttpServer;

use super::{BACKLOG, Server, Setup, Subject};

/// How it is called in messages and on pictures.
pub const NAME: &str = "actix";
/// What a method is told that a page does not have.
pub const WRONG_METHOD: u16 = 405;

/// The app and its provider, nothing special.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The app and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    Subject::launch(setup, async |socket, zitadel| {
        let listener = socket.listen(BACKLOG).unwrap().into_std().unwrap();
        let server = HttpServer::new(example_actix::app(zitadel)).workers(1).disable_signals().listen(listener).unwrap();
        Server::run(async { server.run().await.unwrap() })
    })
    .await
}
