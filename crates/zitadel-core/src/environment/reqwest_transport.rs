//! The default transport: reqwest with rustls, no redirects, limits on time and size.

mod cause;

use std::{fmt, sync::OnceLock, time::Duration};

use hyper_util::client::proxy::matcher::Matcher;

use super::{BoxFuture, RootCertificates, Transport, TransportError};
use crate::{http::is_loopback, telemetry};

/// Connecting takes milliseconds; a provider that needs longer than three seconds is down.
const CONNECT: Duration = Duration::from_secs(3);
/// The whole exchange. Below the 10 seconds for which a refresh holds its lease, so that no replica takes the lease
/// over while its holder still waits for a response.
const TOTAL: Duration = Duration::from_secs(8);
/// Largest response: key sets, metadata and userinfo are a few KiB.
const MAX_BODY: usize = 1024 * 1024;

#[expect(clippy::disallowed_types, reason = "the one module that talks to the network")]
type Client = reqwest::Client;

/// HTTP over reqwest and rustls.
///
/// Never follows redirects (a token request must not travel on), gives up after 3 s without a connection and
/// 8 s in total, reads at most 1 MiB. The client is built on first use: an application starts without
/// reading certificates.
///
/// The variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` apply, except to hosts on loopback: a proxy's
/// loopback is another machine. `SSL_CERT_FILE` and `SSL_CERT_DIR` replace the system's root certificates.
#[derive(Clone)]
pub struct ReqwestTransport {
    timeout: Duration,
    root_certificates: Option<RootCertificates>,
    /// For hosts on loopback.
    direct: OnceLock<Option<Client>>,
    /// For all others: through a proxy, if there is one.
    proxied: OnceLock<Option<Client>>,
}

impl ReqwestTransport {
    /// A transport that has not connected anywhere yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { timeout: TOTAL, root_certificates: None, direct: OnceLock::new(), proxied: OnceLock::new() }
    }

    /// A limit on the whole exchange that is shorter than 8 s; a longer one is cut to that.
    #[must_use]
    pub fn with_timeout(timeout: Duration) -> Self {
        Self { timeout: timeout.min(TOTAL), ..Self::new() }
    }

    /// Trusts these certificate authorities as well. Default: those of the system alone.
    #[must_use]
    pub fn root_certificates(self, certificates: RootCertificates) -> Self {
        Self { timeout: self.timeout, root_certificates: Some(certificates), ..Self::new() }
    }

    fn client(&self, is_loopback: bool) -> Option<&Client> {
        let client = if is_loopback { &self.direct } else { &self.proxied };
        client.get_or_init(|| self.build(is_loopback)).as_ref()
    }

    fn build(&self, is_loopback: bool) -> Option<Client> {
        let builder = || {
            let builder = Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
                .timeout(self.timeout)
                .user_agent(concat!("zitadel-core/", env!("CARGO_PKG_VERSION")));
            if is_loopback { builder.no_proxy() } else { builder }
        };
        let certificates = || {
            let der = self.root_certificates.iter().flat_map(RootCertificates::der);
            // `RootCertificates` has parsed each already.
            der.filter_map(|der| reqwest::Certificate::from_der(der).ok()).collect::<Vec<_>>()
        };
        builder()
            .tls_certs_merge(certificates())
            .build()
            .or_else(|error| {
                // A slim container may have no certificates at all. Plain http on loopback must still
                // work there; https then fails because no certificate is trusted, as it should.
                telemetry::no_trusted_certificates(&error);
                builder().tls_certs_only(certificates()).build()
            })
            .inspect_err(|error| telemetry::http_client_failed(error))
            .ok()
    }
}

impl Default for ReqwestTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for ReqwestTransport {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let uri = request.uri().clone();
            let request = reqwest::Request::try_from(request).map_err(|_| TransportError::Broken)?;
            let is_loopback = is_loopback(request.url());
            let cause = |error| {
                let through_proxy = !is_loopback && Matcher::from_system().intercept(&uri).is_some();
                cause::of(&error, through_proxy)
            };
            let client = self.client(is_loopback).ok_or(TransportError::Connect)?;
            let mut incoming = client.execute(request).await.map_err(cause)?;
            let mut body = Vec::new();
            while let Some(chunk) = incoming.chunk().await.map_err(cause)? {
                if body.len() + chunk.len() > MAX_BODY {
                    return Err(TransportError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut response = http::Response::new(body);
            *response.status_mut() = incoming.status();
            *response.headers_mut() = std::mem::take(incoming.headers_mut());
            Ok(response)
        })
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}
