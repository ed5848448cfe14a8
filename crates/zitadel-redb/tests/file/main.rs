//! The store in a real file: other processes, a process that is killed, a file that may not grow.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

mod figures;
mod files;
mod folder;
#[cfg(target_os = "linux")]
mod processes;

use std::time::Duration;

use zitadel_core::environment::{StoreError, StoreKey};

/// How long values live that no test sees expire.
const LONG: Duration = Duration::from_secs(3_600);

fn key(name: impl std::fmt::Display) -> StoreKey {
    StoreKey::hashed("test", format!("{name}").as_bytes())
}

/// An error with its cause.
fn text(error: &StoreError) -> String {
    format!("{error}: {}", std::error::Error::source(error).unwrap())
}
