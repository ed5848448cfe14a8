//! `cargo run -p example-actix`: settings, a socket, graceful shutdown.

use std::{net::TcpListener, process::ExitCode};

use actix_web::{HttpServer, rt::System};
use example_start::{builder, config, listen, listen_address, log, stop_signal, with_other_problems};
use zitadel_actix::Zitadel;

/// Seconds that open requests may take after a stop signal. Workers check once per second, so the process ends after ten
/// seconds at the latest.
const GRACE_PERIOD: u64 = 9;

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    log();
    // The socket first: if it cannot be opened, no emulator is started.
    let (listener, address) = listen(listen_address().map_err(with_other_problems)?)?;
    let config = config(address.port())?;
    let zitadel = builder(config)?.pages(example_pages::pages()).build().map_err(|error| error.to_string())?;
    System::new().block_on(serve(listener, address.port(), zitadel))
}

async fn serve(listener: TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
    #[expect(clippy::print_stdout, reason = "the address, for the user of the program")]
    {
        println!("The app is at http://localhost:{port}");
    }

    HttpServer::new(move || example_actix::app(zitadel.clone()))
        .listen(listener)
        .map_err(|error| format!("cannot serve on port {port}: {error}"))?
        // actix-web's own handler drops open requests on SIGINT.
        .shutdown_signal(stop_signal())
        .shutdown_timeout(GRACE_PERIOD)
        .run()
        .await
        .map_err(|error| format!("the server stopped: {error}"))
}
