//! Applications without a provider, called in process by anonymous clients. One binary, because linking takes longer
//! than the tests.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod api;
mod enforce;
mod inference;
mod launch;
mod marks;
#[cfg(feature = "proxy")]
mod proxy;
mod routing;
mod support;
mod wire;
