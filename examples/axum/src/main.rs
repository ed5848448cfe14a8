//! `cargo run -p example-axum`: settings, a socket, graceful shutdown.

use std::{future::IntoFuture as _, process::ExitCode, time::Duration};

use example_start::{builder, config, listen, listen_address, log, runtime, until_stopped, with_other_problems};
use tokio::net::TcpListener;
use zitadel_axum::Zitadel;

/// How long open requests may take after a stop signal.
const GRACE_PERIOD: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    log();
    // The socket first: if it cannot be opened, no emulator is started.
    let (listener, address) = listen(listen_address().map_err(with_other_problems)?)?;
    let config = config(address.port())?;
    let zitadel = builder(config)?.pages(example_pages::pages()).build().map_err(|error| error.to_string())?;
    runtime()?.block_on(serve(listener, address.port(), zitadel))
}

async fn serve(listener: std::net::TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
    let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let listener = listener.map_err(|error| format!("cannot serve on port {port}: {error}"))?;
    #[expect(clippy::print_stdout, reason = "the address, for the user of the program")]
    {
        println!("The app is at http://localhost:{port}");
    }

    let app = example_axum::app(zitadel);
    let serve = |stopping| axum::serve(listener, app).with_graceful_shutdown(stopping).into_future();
    until_stopped(GRACE_PERIOD, serve).await.map_err(|error| format!("the server stopped: {error}"))
}
