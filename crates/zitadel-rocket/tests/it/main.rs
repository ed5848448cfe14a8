//! Rockets without a provider, called by anonymous clients. One binary, because linking takes longer than the tests.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up has failed, or panics on purpose")]
#![expect(clippy::needless_pass_by_value, reason = "handlers own what they ask for")]

mod api;
mod enforce;
mod launch;
mod log;
mod marks;
mod routing;
mod settings;
mod support;
mod wire;
