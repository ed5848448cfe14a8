//! The runtime of a program.

use tokio::runtime::{Builder, Runtime};

/// A Tokio runtime with a thread per core, network and time.
///
/// # Errors
///
/// A message for the user who started the program.
pub fn runtime() -> Result<Runtime, String> {
    let runtime = Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("the tokio runtime cannot be created: {error}"))
}
