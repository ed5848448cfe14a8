//! `Transport`: HTTP out.

use super::BoxFuture;

/// Sends one request and returns one response, whole.
///
/// An implementation must not follow redirects, must give up within less than ten seconds (for which a refresh holds
/// its turn), must refuse bodies above 1 MiB, and must not put URLs, headers or bodies into its errors. The stock one is
/// [`ReqwestTransport`](super::ReqwestTransport); in tests an emulator is one.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`; its URI is absolute.
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>>;
}

/// Why no response came. It carries no text from outside: URLs and bodies may hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection: name not found, refused, TLS not accepted.
    #[error("no connection could be made")]
    Connect,
    /// It took too long.
    #[error("no complete answer came in time")]
    Timeout,
    /// The answer is larger than allowed (1 MiB).
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke")]
    Broken,
}
