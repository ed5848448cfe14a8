//! The gateway over sockets, with an emulator as provider: what browsers, single-page applications and programs see.
//!
//! `cargo test -p behaviours --test gateway`, and with `-- --ignored` over Redis. Every gateway records its answers; when it ends, they are
//! compared with its description.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]

mod description;
mod harness;
mod login;
mod machine_token;
mod one_time_code;
mod recorder;
mod replicas;
mod requests;
mod switched_store;
mod token_check;
mod zitauth;
