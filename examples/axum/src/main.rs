//! `cargo run -p example-axum`: settings, a socket, a graceful end.

use std::{future::IntoFuture as _, process::ExitCode, time::Duration};

use example_start::{config, listen, listen_address, log, stop_signal, with_other_problems};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};
use zitadel_axum::Zitadel;

/// How long open requests may take to finish after the process was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    example_start::main(run)
}

fn run() -> Result<(), String> {
    log();
    // The socket first: no emulator is started for an app that cannot listen.
    let (listener, address) = listen(listen_address().map_err(with_other_problems)?)?;
    let config = config(address.port())?;
    let zitadel = Zitadel::builder(config).pages(example_pages::pages()).build().map_err(|error| error.to_string())?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))?
        .block_on(serve(listener, address.port(), zitadel))
}

async fn serve(listener: std::net::TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
    let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let listener = listener.map_err(|error| format!("cannot serve on port {port}: {error}"))?;
    #[expect(clippy::print_stdout, reason = "for the person who started it")]
    {
        println!("The app is at http://localhost:{port}");
    }

    let (stopping_tx, stopping_rx) = oneshot::channel();
    let server = axum::serve(listener, example_axum::app(zitadel)).with_graceful_shutdown(async {
        stop_signal().await;
        let _ = stopping_tx.send(());
    });
    let grace_is_over = async {
        let _ = stopping_rx.await;
        sleep(GRACE).await;
    };
    tokio::select! {
        outcome = server.into_future() => outcome.map_err(|error| format!("the server stopped: {error}")),
        () = grace_is_over => Ok(()),
    }
}
