//! Starts the sample as a program.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a failed expectation ends the test")]

#[path = "../../tests/start.rs"]
mod start;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-axum");
