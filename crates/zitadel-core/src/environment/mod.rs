//! Effects: outgoing HTTP requests, stored state, time and randomness. The engine reaches the outside world through
//! these four traits and through nothing else; clippy forbids the rest (`clippy.toml` of this crate).
//!
//! [`ZitadelBuilder`](crate::ZitadelBuilder) takes an implementation of each. Tests bring an emulator as transport and
//! a clock that they move.

mod box_future;
mod clock;
mod entropy;
mod memory_store;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
#[cfg(feature = "reqwest")]
mod root_certificates;
mod store;
pub mod store_suite;
mod transport;

use std::{fmt, sync::Arc};

#[cfg(feature = "login")]
use tracing::Instrument as _;

pub use self::{
    box_future::BoxFuture,
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
    memory_store::MemoryStore,
    store::{Store, StoreError, StoreEvent, StoreKey},
    transport::{Transport, TransportError},
};
#[cfg(feature = "reqwest")]
pub use self::{
    reqwest_transport::ReqwestTransport,
    root_certificates::{RootCertificates, RootCertificatesError},
};

#[cfg(feature = "login")]
use crate::telemetry::{self, Flow};

/// The four effects of one application.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Environment {
    /// A flow, in a span of its own and measured. The span begins now, wherever the work goes on.
    #[cfg(feature = "login")]
    pub(crate) fn measure<T, F>(&self, flow: Flow, work: F) -> impl Future<Output = T> + use<T, F>
    where
        F: Future<Output = T>,
    {
        let clock = Arc::clone(&self.clock);
        let work = work.instrument(telemetry::flow_span(flow));
        async move {
            let started = clock.monotonic();
            let result = work.await;
            telemetry::flow_took(flow, clock.monotonic().saturating_sub(started));
            result
        }
    }

    /// `N` random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}
