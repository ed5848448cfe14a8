//! `cargo run -p example-axum`: settings, a socket, a graceful end.

use std::{env, future::IntoFuture as _, io, process::ExitCode, time::Duration};

use tokio::{net::TcpListener, signal, sync::oneshot, time::sleep};
use tracing_subscriber::EnvFilter;
use zitadel_axum::Zitadel;

/// How long open requests may take to finish once the process was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    // First of all, while there is one thread: it changes the environment.
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(problem) if problem.not_found() => {}
        // Not the line itself: it may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => return Err("the file .env has a line that is not NAME=value".to_owned()),
        Err(problem) => return Err(format!("the file .env cannot be read: {problem}")),
    }
    let filter = EnvFilter::builder().with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into());
    tracing_subscriber::fmt().with_env_filter(filter.from_env_lossy()).with_writer(io::stderr).init();

    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|problem| format!("no runtime: {problem}"))?;
    // The port first: no development provider is started for an app that cannot run.
    let listener = runtime.block_on(listen())?;
    let zitadel = Zitadel::from_vars(zitadel_emulator::settings()).map_err(|problem| problem.to_string())?;
    runtime.block_on(serve(listener, zitadel))
}

/// On `HOST`, or for this machine only; on `PORT`, or 3000.
async fn listen() -> Result<TcpListener, String> {
    let set = |name| env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let host = set("HOST").unwrap_or_else(|| "127.0.0.1".to_owned());
    let port = match set("PORT") {
        None => 3000,
        Some(port) => port.parse().map_err(|_| "PORT is not a port: use a number from 0 to 65535".to_owned())?,
    };
    TcpListener::bind((host.as_str(), port)).await.map_err(|problem| match problem.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} on {host} is taken: stop what uses it, or set PORT to another")
        }
        _ => format!("cannot listen on {host}, port {port}: {problem}; see HOST and PORT"),
    })
}

async fn serve(listener: TcpListener, zitadel: Zitadel) -> Result<(), String> {
    let port = listener.local_addr().map_err(|problem| format!("the socket has no address: {problem}"))?.port();
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

/// SIGINT (Ctrl-C) or SIGTERM.
async fn asked_to_stop() {
    #[cfg(unix)]
    let terminated = async {
        match signal::unix::signal(signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated => {}
    }
}
