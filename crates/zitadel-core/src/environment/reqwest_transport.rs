//! The default transport: reqwest with rustls, no redirects, limits on time and size.

use std::{fmt, sync::OnceLock, time::Duration};

use super::{BoxFuture, Transport, TransportError};
use crate::telemetry;

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
#[derive(Clone)]
pub struct ReqwestTransport {
    timeout: Duration,
    client: OnceLock<Option<Client>>,
}

impl ReqwestTransport {
    /// A transport that has not connected anywhere yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { timeout: TOTAL, client: OnceLock::new() }
    }

    /// A limit on the whole exchange that is shorter than 8 s; a longer one is cut to that.
    #[must_use]
    pub fn with_timeout(timeout: Duration) -> Self {
        Self { timeout: timeout.min(TOTAL), client: OnceLock::new() }
    }

    fn client(&self) -> Option<&Client> {
        self.client
            .get_or_init(|| {
                let builder = || {
                    Client::builder()
                        .redirect(reqwest::redirect::Policy::none())
                        .connect_timeout(CONNECT)
                        .timeout(self.timeout)
                        .user_agent(concat!("zitadel-core/", env!("CARGO_PKG_VERSION")))
                };
                builder()
                    .build()
                    .or_else(|error| {
                        // A slim container may have no certificates at all. Plain http on loopback must still
                        // work there; https then fails because no certificate is trusted, as it should.
                        telemetry::no_trusted_certificates(&error);
                        builder().tls_certs_only([]).build()
                    })
                    .inspect_err(|error| telemetry::http_client_failed(error))
                    .ok()
            })
            .as_ref()
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
            let client = self.client().ok_or(TransportError::Connect)?;
            let request = reqwest::Request::try_from(request).map_err(|_| TransportError::Broken)?;
            let mut incoming = client.execute(request).await.map_err(|error| reason(&error))?;
            let mut body = Vec::new();
            while let Some(chunk) = incoming.chunk().await.map_err(|error| reason(&error))? {
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

/// Only the kind: reqwest's text contains the URL.
fn reason(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_connect() {
        TransportError::Connect
    } else {
        TransportError::Broken
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}
