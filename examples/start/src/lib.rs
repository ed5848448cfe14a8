//! What the sample apps do before and after they serve: `.env`, the log, a port, and an end when it is asked for. Nothing of
//! it is about signing in.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
};

use tokio::signal;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};
use zitadel_core::{ConfigError, Zitadel};

/// The whole of `main`: reads `.env`, runs, and says what went wrong.
pub fn main(run: impl FnOnce() -> Result<(), String>) -> ExitCode {
    // First of all, while there is one thread: it changes the environment.
    match read_env_file().and_then(|()| run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn read_env_file() -> Result<(), String> {
    match dotenvy::dotenv() {
        Ok(_) => Ok(()),
        Err(problem) if problem.not_found() => Ok(()),
        // Not the line itself: it may hold a secret.
        Err(dotenvy::Error::LineParse(..)) => Err("the file .env has a line that is not NAME=value".to_owned()),
        Err(problem) => Err(format!("the file .env cannot be read: {problem}")),
    }
}

/// `tracing` to standard error, as `RUST_LOG` says; `info` unless it does.
pub fn log() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt().with_env_filter(filter.from_env_lossy()).with_writer(io::stderr).init();
}

/// A socket, and the address it has: for port 0, the one the system chose.
///
/// # Errors
///
/// In words for whoever started the app.
pub fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), String> {
    let listener = TcpListener::bind(address).map_err(|problem| cannot_listen(address, &problem))?;
    let address = listener.local_addr().map_err(|problem| format!("the socket has no address: {problem}"))?;
    Ok((listener, address))
}

/// Why there is no socket, and what to do about it.
#[must_use]
pub fn cannot_listen(address: SocketAddr, problem: &io::Error) -> String {
    match problem.kind() {
        io::ErrorKind::AddrInUse => format!("{address} is taken: stop what uses it, or set PORT to another"),
        _ => format!("cannot listen on {address}: {problem}; see HOST and PORT"),
    }
}

/// What is wrong with `HOST` and `PORT`, and with the other variables, if a provider is named: all at once, so that one
/// start shows what to fix.
#[must_use]
pub fn with_all_others(problems: &ConfigError) -> String {
    let others = if zitadel_emulator::is_wanted() { None } else { Zitadel::from_env().err() };
    others.map_or_else(|| problems.to_string(), |others| format!("{problems}\n{others}"))
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM.
pub async fn asked_to_stop() {
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
