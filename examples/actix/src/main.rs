//! `cargo run -p example-actix`: settings, a socket, a graceful end.

use std::{net::TcpListener, process::ExitCode};

use actix_web::{HttpServer, rt::System};
use example_start::{asked_to_stop, listen, log, with_all_others};
use zitadel_actix::{ListenAddress, Zitadel};

/// How many seconds open requests may take to finish once the process was asked to stop. Workers look at the clock once
/// a second, so all is over after ten.
const GRACE: u64 = 9;

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    log();
    // The socket first: no development provider is started for an app that cannot listen.
    let address = ListenAddress::from_env().map_err(|problems| with_all_others(&problems))?;
    let (listener, address) = listen(address)?;
    let zitadel =
        Zitadel::from_vars(zitadel_emulator::settings_at(address.port())).map_err(|problems| problems.to_string())?;
    System::new().block_on(serve(listener, address.port(), zitadel))
}

async fn serve(listener: TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
    #[expect(clippy::print_stdout, reason = "the person who started it is reading")]
    {
        println!("The app is at http://localhost:{port}");
    }

    let zitadel = example_actix::with_pages(&zitadel);
    HttpServer::new(move || example_actix::app(zitadel.clone()))
        .listen(listener)
        .map_err(|problem| format!("cannot serve on port {port}: {problem}"))?
        // actix-web's own handler drops open requests on SIGINT.
        .shutdown_signal(asked_to_stop())
        .shutdown_timeout(GRACE)
        .run()
        .await
        .map_err(|problem| format!("the server stopped: {problem}"))
}
