//! The sample app on actix-web.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use actix_web::HttpServer;

use super::{BACKLOG, Server, Setup, Subject};
use crate::log::Ear;

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
        let zitadel = example_actix::with_pages(&zitadel);
        let ear = Ear::here();
        let server = HttpServer::new(move || {
            ear.join();
            example_actix::app(zitadel.clone())
        });
        let server = server.workers(2).disable_signals().listen(listener).unwrap().run();
        Server::run(async { server.await.unwrap() })
    })
    .await
}
