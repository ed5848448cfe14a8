//! [`Emulator`]: the handle that everything is done with.

mod applications;
mod builder;
mod control;
mod environment;
mod people;
mod visitor;

pub use applications::ClientHandle;
pub use builder::EmulatorBuilder;

use std::sync::Arc;

use http::{Request, Response};

use crate::provider::{Delivery, Provider};
#[cfg(feature = "server")]
use crate::server::Listener;

/// A development identity provider that behaves like ZITADEL where its clients can see it.
///
/// Use it in tests and for demos on your own machine, never anywhere else: whoever can reach it can be anyone. It keeps
/// everything in memory and listens on loopback addresses only. The handle is cheap to clone; a listener stops when
/// the last clone is dropped.
///
/// # Examples
///
/// ```
/// use zitadel_emulator::Emulator;
///
/// // Without a socket: requests go in, responses come out.
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
    /// Starts with the ready cast, without a socket or with one, and with whatever else you set.
    #[must_use]
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// The issuer: the base of every address, without a slash at the end.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// Answers one request at once, without a socket.
    ///
    /// Faults that are about time and connections cannot happen here: a delayed answer comes at once, and one that
    /// never comes is `504 Gateway Timeout` with [`Dropped`] in its extensions. Use [`Emulator::respond`] to feel them.
    #[must_use]
    pub fn handle(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        match self.provider.answer(request) {
            Delivery::Now(response) | Delivery::After(_, response) => response,
            Delivery::Never | Delivery::Dropped => {
                let mut response = Response::new(Vec::new());
                *response.status_mut() = http::StatusCode::GATEWAY_TIMEOUT;
                response.extensions_mut().insert(Dropped);
                response
            }
        }
    }

    /// Answers one request, as late as a scripted fault wants it.
    ///
    /// Needs a tokio runtime with time for [`Fault::Delay`](crate::Fault::Delay); under
    /// `tokio::time::pause` a delay costs nothing.
    ///
    /// # Errors
    ///
    /// [`Dropped`] if a fault closes the connection without an answer.
    #[cfg(feature = "server")]
    pub async fn respond(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Dropped> {
        let delivery = self.provider.answer(request);
        crate::server::deliver(delivery).await
    }
}

/// The connection was closed without an answer, because a fault said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the emulator closed the connection without an answer")
    }
}

impl std::error::Error for Dropped {}
