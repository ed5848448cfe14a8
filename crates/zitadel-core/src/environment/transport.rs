//! `Transport`: HTTP requests to the provider.

use std::sync::Arc;

use super::BoxFuture;
use crate::telemetry::ProviderReason;

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
    /// DNS knows no address of the host.
    #[error("the name of the host was not found")]
    NameNotFound,
    /// Nothing listens at the address.
    #[error("the connection was refused")]
    Refused,
    /// The certificate of the host is from an unknown authority, for another name, or not valid now.
    #[error("the TLS certificate is not accepted: unknown authority, another name, or not valid now")]
    Certificate,
    /// No TLS connection, for another reason than its certificate.
    #[error("the TLS handshake failed")]
    Tls,
    /// The request goes through a proxy (`HTTPS_PROXY` and its like), and that made no connection.
    #[error("the proxy made no connection")]
    Proxy,
    /// No connection, for another reason.
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

impl TransportError {
    /// The kind as one stable word, for logs, metrics and `/readyz`.
    pub(crate) const fn reason(self) -> ProviderReason {
        match self {
            Self::NameNotFound => ProviderReason::NameNotFound,
            Self::Refused => ProviderReason::Refused,
            Self::Certificate => ProviderReason::Certificate,
            Self::Tls => ProviderReason::Tls,
            Self::Proxy => ProviderReason::Proxy,
            Self::Connect => ProviderReason::Unreachable,
            Self::Timeout => ProviderReason::Timeout,
            Self::TooLarge => ProviderReason::ResponseTooLarge,
            Self::Broken => ProviderReason::ConnectionBroken,
        }
    }
}
