//! EFFECTS. The only doors to the world: HTTP out, what must be remembered, time, randomness.
//!
//! Clippy forbids any other door (`clippy.toml` of this crate). Tests bring their own [`Edge`]: an emulator
//! as transport, a clock they move.

mod cached;
mod clock;
mod entropy;
pub(crate) mod provider;
#[cfg(feature = "reqwest")]
mod reqwest;
mod store;
mod transport;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

#[cfg(feature = "reqwest")]
pub use self::reqwest::ReqwestTransport;
pub use self::{
    clock::{Clock, SystemClock},
    entropy::{Entropy, SystemEntropy},
    store::{InProcessStore, Key, Store, StoreError},
    transport::{Transport, TransportError},
};

/// A boxed future, as object-safe async traits need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The four doors, together. [`Edge::system`] is what production uses.
#[derive(Clone)]
pub struct Edge {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Edge {
    /// The world as it is: reqwest, memory, the system's clock and randomness.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn system() -> Self {
        Self::with_transport(Arc::new(ReqwestTransport::new()))
    }

    /// The system's clock and randomness, memory, and a transport of your own.
    #[must_use]
    pub fn with_transport(transport: Arc<dyn Transport>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            transport,
            store: Arc::new(InProcessStore::new(Arc::clone(&clock))),
            clock,
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// The same with another clock; the in-process store starts anew on it.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.store = Arc::new(InProcessStore::new(Arc::clone(&clock)));
        self.clock = clock;
        self
    }

    /// The same with another store, for example one that several replicas share.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// The same with another source of randomness.
    ///
    /// # Security
    ///
    /// It makes nonces, states and code verifiers: anything predictable is for tests only.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}
