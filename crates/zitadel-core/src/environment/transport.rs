//! `Transport`: HTTP requests to the provider.

use std::sync::Arc;

use super::BoxFuture;

/// Sends one request and returns one response, whole.
///
/// An implementation must not follow redirects, must give up in less than ten seconds (the time for which a refresh
/// holds its lease), must refuse bodies above 1 MiB, and must not put URLs, headers or bodies into its errors. The
/// default is `ReqwestTransport`; in tests an emulator can be one.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`; its URI is absolute.
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        (**self).send(request)
    }
}

/// Why no response came. It carries no text from outside: URLs and bodies may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection: name not found, refused, TLS not accepted.
    #[error("no connection could be made")]
    Connect,
    /// It took too long.
    #[error("no complete response came in time")]
    Timeout,
    /// The response is larger than allowed (1 MiB).
    #[error("the response is too large")]
    TooLarge,
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke")]
    Broken,
}
