//! `cargo run -p zitadel-gateway`: settings, a socket, graceful stop.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::FAILURE
}
