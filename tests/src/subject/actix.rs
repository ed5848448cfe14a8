//! The sample app on actix-web.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::net::TcpListener;

use actix_web::{App, HttpServer, dev, web::ServiceConfig};
use tokio::net::TcpSocket;
use zitadel_core::Zitadel;

use super::{BACKLOG, Server, Setup, Subject};
use crate::log::Ear;

/// How it is called in messages and on pictures.
pub const NAME: &str = "actix";
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
    Subject::launch(setup, async |socket, zitadel| {
        let ear = Ear::here();
        let server = HttpServer::new(move || {
            ear.join();
            example_actix::app(zitadel.clone())
        });
        run(socket, |listener| server.workers(2).disable_signals().listen(listener).unwrap().run())
    })
    .await
}

/// Another app than the sample, and its provider.
pub async fn serve(setup: Setup, app: impl FnOnce(Zitadel, &mut ServiceConfig) + Clone + Send + 'static) -> Subject {
    Subject::launch(setup, async |socket, zitadel| {
        let server = HttpServer::new(move || {
            let (app, zitadel) = (app.clone(), zitadel.clone());
            App::new().configure(|to| app(zitadel, to))
        });
        run(socket, |listener| server.workers(1).disable_signals().listen(listener).unwrap().run())
    })
    .await
}

fn run(socket: TcpSocket, listen: impl FnOnce(TcpListener) -> dev::Server) -> Server {
    let server = listen(socket.listen(BACKLOG).unwrap().into_std().unwrap());
    Server::run(async { server.await.unwrap() })
}
