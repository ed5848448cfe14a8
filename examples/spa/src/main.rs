//! `cargo run -p example-spa`: a single-page application, its API and the gateway; without settings a provider as well.
//!
//! `PORT` is the port of the application (3000), `GATEWAY_PORT` that of the gateway (8000). With `ZITADEL_DOMAIN` and the other
//! variables of the gateway it uses that ZITADEL: `ZITADEL_CALLBACK_URL=http://localhost:8000/api/v1/callback`.

use std::{env, net::Ipv4Addr, process::ExitCode};

use example_spa::{Development, Sockets, Variables, serve};
use example_start::{listen, log, port, runtime, with_variables_that_are_set};

fn main() -> ExitCode {
    example_start::main(|| {
        log();
        runtime()?.block_on(run())
    })
}

async fn run() -> Result<(), String> {
    let sockets = Sockets { app: socket("PORT", 3000)?, gateway: socket("GATEWAY_PORT", 8000)? };
    if !zitadel_emulator::is_wanted() {
        return serve(sockets, &Variables::from_process()).await.map_err(with_variables_that_are_set);
    }
    let development = Development::start(&sockets.gateway_origin()?).await.map_err(|error| error.to_string())?;
    print(&development.emulator.banner(&sockets.app_origin()?));
    serve(sockets, &development.variables).await
}

/// On loopback: the application is for one person.
fn socket(variable: &str, default: u16) -> Result<std::net::TcpListener, String> {
    let port = port(variable, env::var(variable).ok().as_deref(), default)?;
    listen((Ipv4Addr::LOCALHOST, port).into()).map(|(listener, _)| listener).map_err(|problem| {
        // The text names PORT, whichever of the two it is.
        problem.replace("set PORT", &format!("set {variable}"))
    })
}

#[expect(clippy::print_stdout, reason = "who can sign in, for the user of the program")]
fn print(text: &str) {
    println!("{text}");
}
