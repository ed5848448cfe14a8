//! The provider: its metadata and keys with their age, and requests to it.
//!
//! # Rules
//!
//! 1. Nothing is fetched before it is needed: an application starts while ZITADEL is down.
//! 2. Reads take no lock. One fetch at a time; everything else waits for it, or uses what is there.
//! 3. A stale document is used while the provider is not available, for at most 24 hours.
//! 4. After a failure nothing is fetched for a moment (1, 2, 4, then 5 s), so that a provider that is down is not also
//!    flooded; the first success ends that.
//! 5. A token that the cached keys do not verify leads to one refetch, at most one per [`UNKNOWN_KEY_PAUSE`], however
//!    many arrive.
//! 6. An internal address may replace the public one; the issuer is still compared exactly.

mod back_off;
mod cached;
mod endpoint_state;
mod error;
mod internal_address;

use std::{sync::Arc, time::Duration};

use http::{Request, Response, header};
use tracing::Instrument as _;

use self::{cached::Cached, internal_address::InternalAddress};
pub(crate) use self::{endpoint_state::EndpointState, error::ProviderError};
use crate::{
    config::ProviderConfig,
    environment::{Clock, Transport, TransportError},
    protocol::{
        discovery::{self, DiscoveryError, ProviderMetadata},
        key_set::{self, KeySet},
    },
    telemetry::{self, Document, ProviderEndpoint},
};

/// Metadata changes when an instance is reconfigured: rarely, and an hour is soon enough.
const METADATA_LIFETIME: Duration = Duration::from_secs(3600);
/// Between two refetches for tokens that no key verifies: forged tokens cost the provider one request in this time.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(5);
/// Seconds for which no refresh is attempted after the token endpoint was not available, unless it asks for more.
const TOKEN_ENDPOINT_PAUSE: &[u64] = &[2];
/// The same for introspection, after the first failure in a row, the second, …
const INTROSPECTION_ENDPOINT_PAUSES: &[u64] = &[1, 2, 4, 5];

/// The provider as this application reaches it.
pub(crate) struct Provider {
    issuer: String,
    allow_http: bool,
    internal: Option<InternalAddress>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    metadata: Cached<ProviderMetadata>,
    keys: Cached<KeySet>,
    /// As refreshes and introspection found it.
    pub(crate) token_endpoint: EndpointState,
    pub(crate) introspection_endpoint: EndpointState,
}

impl Provider {
    pub(crate) fn new(config: &ProviderConfig, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self {
            issuer: config.issuer.clone(),
            allow_http: config.allow_http,
            internal: config.internal_url.as_ref().and_then(|base| InternalAddress::new(&config.issuer, base)),
            transport,
            clock,
            metadata: Cached::new(Document::Metadata),
            keys: Cached::new(Document::Keys),
            token_endpoint: EndpointState::new(TOKEN_ENDPOINT_PAUSE),
            introspection_endpoint: EndpointState::new(INTROSPECTION_ENDPOINT_PAUSES),
        }
    }

    /// The configured issuer.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider's metadata (OIDC Discovery §4), fetched on first use.
    pub(crate) async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderError> {
        self.metadata.get(&*self.clock, self.fetch_metadata()).await
    }

    /// The provider's keys, fetched on first use.
    pub(crate) async fn keys(&self) -> Result<Arc<KeySet>, ProviderError> {
        self.keys.get(&*self.clock, self.fetch_keys()).await
    }

    /// The provider's keys, if none must be fetched for them.
    pub(crate) fn fresh_keys(&self) -> Option<Arc<KeySet>> {
        self.keys.fresh(self.clock.now())
    }

    /// Keys newer than `seen`, with which a token could not be verified: rule 5. `None` within the pause.
    pub(crate) async fn keys_newer_than(&self, seen: &Arc<KeySet>) -> Result<Option<Arc<KeySet>>, ProviderError> {
        let mut state = self.keys.lock().await;
        let now = self.clock.now();
        match self.keys.current(now) {
            Some(current) if !Arc::ptr_eq(&current, seen) => return Ok(Some(current)),
            _ => {}
        }
        if let Some(error) = state.pause(now) {
            return Err(error);
        }
        let pause_ends = state.missed_at.map(|at| at.saturating_add(UNKNOWN_KEY_PAUSE));
        if pause_ends.is_some_and(|end| end.is_ahead_of(now, UNKNOWN_KEY_PAUSE)) {
            return Ok(None);
        }
        let keys = self.keys.fetch(&mut state, &*self.clock, self.fetch_keys()).await?;
        state.missed_at = Some(now);
        Ok(Some(keys))
    }

    /// Sends a request to the provider, at its internal address if there is one. Every request comes by here, and is
    /// measured.
    pub(crate) async fn send(
        &self,
        endpoint: ProviderEndpoint,
        mut request: Request<Vec<u8>>,
    ) -> Result<Response<Vec<u8>>, ProviderError> {
        if let Some(internal) = &self.internal {
            internal.rewrite(&mut request)?;
        }
        let span = telemetry::provider_request_span(endpoint);
        let started = self.clock.monotonic();
        let answer = self.transport.send(request).instrument(span.clone()).await;
        let duration = self.clock.monotonic().saturating_sub(started);
        let status = answer.as_ref().map(|response| response.status().as_u16()).map_err(|error| error.reason());
        telemetry::provider_request_ended(&span, endpoint, status, duration);
        Ok(answer?)
    }

    async fn fetch_metadata(&self) -> Result<(ProviderMetadata, Duration), ProviderError> {
        let url = discovery::well_known_url(&self.issuer)?;
        let response = self.get(ProviderEndpoint::Metadata, url.as_str()).await?;
        let parsed = ProviderMetadata::parse(response.body(), &self.issuer, self.allow_http);
        if let Err(DiscoveryError::IssuerMismatch) = &parsed {
            // Both are public, and the difference (often a slash) is hard to find without both.
            telemetry::issuer_mismatch(&self.issuer, &discovery::loggable_issuer(response.body()).unwrap_or_default());
        }
        let metadata = parsed?;
        if metadata.lists_no_s256() {
            telemetry::s256_not_listed();
        }
        Ok((metadata, METADATA_LIFETIME))
    }

    async fn fetch_keys(&self) -> Result<(KeySet, Duration), ProviderError> {
        let metadata = self.metadata().await?;
        let response = self.get(ProviderEndpoint::Keys, metadata.jwks_uri().url().as_str()).await?;
        let cache_control = response.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let keys = KeySet::parse(response.body())?;
        telemetry::keys_fetched(keys.len(), keys.skipped());
        Ok((keys, key_set::cache_lifetime(cache_control)))
    }

    async fn get(&self, endpoint: ProviderEndpoint, url: &str) -> Result<Response<Vec<u8>>, ProviderError> {
        let request = Request::get(url)
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| ProviderError::Transport(TransportError::Broken))?;
        let response = self.send(endpoint, request).await?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(ProviderError::Status(status)),
        }
    }
}
