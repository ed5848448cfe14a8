//! [`Emulator`], the handle to a running provider.

mod applications;
mod browser_login;
mod builder;
mod control;
mod devices;
mod environment;
mod people;
mod service_accounts;
mod sessions;

pub use applications::ClientHandle;
pub use builder::EmulatorBuilder;
pub use service_accounts::ServiceAccountHandle;

use std::sync::Arc;

use http::{Request, Response};

use crate::provider::{Delivery, Provider};
#[cfg(feature = "server")]
use crate::server::Listener;

/// A development OpenID Connect provider that emulates the observable behavior of ZITADEL.
///
/// For tests and local demos only: users log in without authentication. All state is in memory, and the listener
/// accepts loopback addresses only. The handle is cheap to clone; the listener stops when the last clone is dropped.
///
/// # Examples
///
/// ```
/// use zitadel_emulator::Emulator;
///
/// // Without a socket: pass requests in, get responses back.
/// let emulator = Emulator::builder().build();
/// let request = http::Request::get("/.well-known/openid-configuration").body(Vec::new())?;
/// assert_eq!(emulator.handle(request).status(), 200);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
pub struct Emulator {
    pub(crate) provider: Arc<Provider>,
    pub(crate) default_client: Arc<str>,
    #[cfg(feature = "server")]
    pub(crate) listener: Option<Arc<Listener>>,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Returns a builder with the default fixtures; see [`EmulatorBuilder`].
    #[must_use]
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// The issuer URL, without a trailing slash. All endpoint URLs start with it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Handles one request immediately, without a socket.
    ///
    /// Delays and connection faults cannot be simulated here: a delayed response is returned immediately, and a dropped
    /// or hanging request returns `504 Gateway Timeout` with [`Dropped`] in its extensions. Use [`Emulator::respond`]
    /// to simulate them.
    #[must_use]
    pub fn handle(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        match self.provider.handle(request) {
            Delivery::Immediate(response) | Delivery::Delayed(_, response) => response,
            Delivery::Hang | Delivery::Drop => {
                let mut response = Response::new(Vec::new());
                *response.status_mut() = http::StatusCode::GATEWAY_TIMEOUT;
                response.extensions_mut().insert(Dropped);
                response
            }
        }
    }

    /// Handles one request and applies scripted delays.
    ///
    /// [`Fault::Delay`](crate::Fault::Delay) needs a tokio runtime with time enabled. Under `tokio::time::pause` a
    /// delay takes no real time.
    ///
    /// # Errors
    ///
    /// [`Dropped`] if a fault closes the connection without a response.
    #[cfg(feature = "server")]
    pub async fn respond(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Dropped> {
        let delivery = self.provider.handle(request);
        crate::server::deliver(delivery).await
    }
}

/// Error: a fault closed the connection without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the emulator closed the connection without a response")
    }
}

impl std::error::Error for Dropped {}
