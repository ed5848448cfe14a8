//! Start-up and shutdown of a program that uses `zitadel-core`: `.env`, the log, metrics, the socket, the store that `SESSION_STORE`
//! names, stop signals. The gateway and the sample applications use it; an application may as well do these things in its own way.
#![forbid(unsafe_code)]

mod address;
mod env_file;
mod metrics;
mod runtime;
mod stop;
mod store;

use std::{
    io,
    process::{ExitCode, Termination},
};

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

pub use crate::{
    address::{cannot_listen, host, listen, listen_address, port},
    env_file::read_env_file,
    metrics::{Metrics, metrics},
    runtime::runtime,
    stop::{Stopping, stop_signal, until_stopped},
    store::{OpenStoreError, builder, store},
};

/// The body of `main`: reads `.env`, runs the program, and prints the error to standard error if it fails. `run` returns `()` or an
/// [`ExitCode`].
pub fn main<T: Termination>(run: impl FnOnce() -> Result<T, String>) -> ExitCode {
    // Before any other thread exists: it changes the environment.
    match read_env_file().and_then(|()| run()) {
        Ok(outcome) => outcome.report(),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Writes `tracing` events to standard error, at the levels of `RUST_LOG`; default `info`.
pub fn log() {
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    tracing_subscriber::fmt().with_env_filter(filter.from_env_lossy()).with_writer(io::stderr).init();
}
