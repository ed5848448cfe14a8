//! `cargo run -p example-axum`: settings, a socket, a graceful end.

use std::{future::IntoFuture as _, io, net::SocketAddr, process::ExitCode, time::Duration};

use tokio::{net::TcpListener, signal, sync::oneshot, time::sleep};
use tracing_subscriber::EnvFilter;
use zitadel_axum::{ConfigError, ListenAddress, Zitadel};

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
    // The socket first: no development provider is started for an app that cannot listen.
    let address = ListenAddress::from_env().map_err(|problems| with_all_others(&problems))?;
    let listener = runtime.block_on(listen(address))?;
    let port = listener.local_addr().map_err(|problem| format!("the socket has no address: {problem}"))?.port();
    let zitadel = Zitadel::from_vars(zitadel_emulator::settings_at(port)).map_err(|problems| problems.to_string())?;
    runtime.block_on(serve(listener, port, zitadel))
}

/// All that is wrong at once, so that one start shows what to fix.
fn with_all_others(problems: &ConfigError) -> String {
    let others = if zitadel_emulator::is_wanted() { None } else { Zitadel::from_env().err() };
    others.map_or_else(|| problems.to_string(), |others| format!("{problems}\n{others}"))
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|problem| match problem.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken: stop what uses it, or set PORT to another"),
        _ => format!("cannot listen on {address}: {problem}; see HOST and PORT"),
    })
}

async fn serve(listener: TcpListener, port: u16, zitadel: Zitadel) -> Result<(), String> {
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
