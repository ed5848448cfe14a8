//! `cargo run -p example-axum`: settings, a socket, a graceful end.

use std::{future::IntoFuture as _, process::ExitCode, time::Duration};

use example_start::{asked_to_stop, listen, log, with_all_others};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};
use zitadel_axum::{ListenAddress, Zitadel};

/// How long open requests may take to finish once the process was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

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
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|problem| format!("no runtime: {problem}"))?
        .block_on(serve(listener, address.port(), zitadel))
}

async fn serve(listener: std::net::TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
    let listener = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
    let listener = listener.map_err(|problem| format!("cannot serve on port {port}: {problem}"))?;
    #[expect(clippy::print_stdout, reason = "the person who started it is reading")]
    {
        println!("The app is at http://localhost:{port}");
    }

    let (tell, told) = oneshot::channel();
    let server = axum::serve(listener, example_axum::app(zitadel)).with_graceful_shutdown(async {
        asked_to_stop().await;
        let _ = tell.send(());
    });
    let out_of_patience = async {
        let _ = told.await;
        sleep(GRACE).await;
    };
    tokio::select! {
        outcome = server.into_future() => outcome.map_err(|problem| format!("the server stopped: {problem}")),
        () = out_of_patience => Ok(()),
    }
}
