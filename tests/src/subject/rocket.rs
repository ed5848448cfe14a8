//! The sample app on Rocket.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::collections::HashSet;

use rocket::{
    Build, Config, Rocket,
    config::{LogLevel, Shutdown},
    fairing::AdHoc,
    tokio::sync::oneshot,
};
use zitadel_core::Zitadel;

use super::{Server, Setup, Subject};

/// How it is called in messages and on pictures.
pub const NAME: &str = "rocket";
/// What a method is told that a page does not have.
pub const WRONG_METHOD: u16 = 404;
/// Whether a closed page asks who is there before it looks at the method.
pub const DOOR_BEFORE_METHOD: bool = false;

/// The app and its provider, nothing special.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The app and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    serve(setup, example_rocket::app).await
}

/// Another app than the sample, and its provider.
pub async fn serve(setup: Setup, app: impl FnOnce(Zitadel) -> Rocket<Build>) -> Subject {
    Subject::launch(setup, async |socket, zitadel| {
        let address = socket.local_addr().unwrap();
        let config = Config {
            address: address.ip(),
            port: address.port(),
            log_level: LogLevel::Off,
            shutdown: Shutdown { ctrlc: false, signals: HashSet::new(), grace: 0, mercy: 0, ..Shutdown::default() },
            ..Config::debug_default()
        };
        let (tell, told) = oneshot::channel();
        let told_at_liftoff = AdHoc::on_liftoff("tell", |_| Box::pin(async move { tell.send(()).unwrap() }));
        let rocket = app(zitadel).configure(config).attach(told_at_liftoff).ignite().await.unwrap();
        let server = Server::run(async move {
            let _port = socket;
            drop(rocket.launch().await.unwrap());
        });
        told.await.unwrap();
        server
    })
    .await
}
