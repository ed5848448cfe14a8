//! The store on real servers, which the tests start on loopback: one server, a cluster, a master with sentinels, TLS.
//!
//! `cargo test -p zitadel-redis --test redis -- --ignored`
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![expect(clippy::indexing_slicing, reason = "the same")]

mod announcements;
mod cluster;
mod commands;
mod credentials;
mod harness;
mod lost_answers;
mod outages;
mod sentinel;
mod tls;
