//! Rocket 0.5.

use std::{hint::black_box, net::TcpListener};

use rocket::{
    Build, Config, Rocket, config::LogLevel, config::Shutdown, get, http::Header, local::asynchronous::Client, routes,
};
use zitadel_rocket::{Bearer, Protected, PublicExt as _};

use super::{Contender, HELLO};
use crate::server::{Failed, Headers, Settings};

#[get("/profile")]
const fn page() -> &'static str {
    HELLO
}

#[get("/profile")]
fn bearer(caller: Bearer) -> &'static str {
    if caller.subject().is_empty() { "" } else { HELLO }
}

/// Rocket binds its address itself.
fn quiet(port: u16) -> Rocket<Build> {
    let shutdown = Shutdown { ctrlc: false, ..Shutdown::default() };
    rocket::custom(Config { port, log_level: LogLevel::Off, shutdown, ..Config::release_default() })
}

pub(crate) fn bare(port: u16) -> Rocket<Build> {
    quiet(port).mount("/", routes![page])
}

pub(crate) fn protected(contender: &Contender, settings: &Settings, port: u16) -> Result<Rocket<Build>, Failed> {
    let guarded = Protected::new(settings.ours()?);
    Ok(quiet(port).attach(match contender.id {
        "rocket-bearer" => guarded.mount("/", routes![bearer].public()),
        _ => guarded.mount("/", routes![page]),
    }))
}

pub(crate) async fn serve(app: Rocket<Build>, listener: TcpListener) -> Result<(), Failed> {
    drop(listener);
    app.launch().await.map(drop).map_err(Failed::new)
}

/// What sends one request to the app without a socket.
pub(crate) fn driver(app: Rocket<Build>, headers: Headers, runtime: tokio::runtime::Runtime) -> Box<dyn FnMut()> {
    let client = runtime.block_on(Client::untracked(app)).unwrap();
    Box::new(move || {
        let request = headers
            .iter()
            .fold(client.get(super::PATH), |request, (name, value)| request.header(Header::new(*name, value.clone())));
        let response = runtime.block_on(request.dispatch());
        assert_eq!(response.status().code, 200);
        black_box(&response);
    })
}
