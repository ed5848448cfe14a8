//! What we know of the provider, and how we ask it: metadata and keys with their age, one request at a time.
//!
//! # Rules
//!
//! 1. Nothing is fetched before it is needed: an application starts while ZITADEL is down.
//! 2. Reads take no lock. One fetch at a time; everyone else waits for it, or uses what is there.
//! 3. What is stale still serves while the provider cannot be asked.
//! 4. After a failure nobody asks again for a moment (1, 2, 4, then 5 s), so a provider that is down is not
//!    also flooded; the first success ends that.
//! 5. A token with an unknown key leads to one refetch, at most one per [`UNKNOWN_KEY_PAUSE`], whatever arrives.
//! 6. An internal address may stand in for the public one; the issuer is still compared exactly.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Request, Response, header};
use url::Url;

use super::{
    Clock, Transport, TransportError,
    cached::{Cached, is_ahead},
};
use crate::{
    config::Config,
    protocol::{
        discovery::{self, DiscoveryError, ProviderMetadata},
        key_set::{self, KeySet, KeySetError},
    },
    time::Timestamp,
};

/// Metadata changes when an instance is reconfigured: rarely, and an hour is soon enough.
const METADATA_LIFETIME: Duration = Duration::from_secs(3600);
/// Between two refetches for unknown keys. Forged tokens cost the provider one request in this time.
const UNKNOWN_KEY_PAUSE: Duration = Duration::from_secs(5);
/// After a token endpoint was out of reach, sessions that are due for a refresh leave it alone this long.
const QUIET: Duration = Duration::from_secs(2);

/// Why the provider could not tell us.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    #[error("the provider cannot be reached")]
    Transport(#[from] TransportError),
    #[error("the provider answered with status {0}")]
    Status(u16),
    #[error("the provider's metadata is not acceptable")]
    Metadata(#[from] DiscoveryError),
    #[error("the provider's key set is not acceptable")]
    Keys(#[from] KeySetError),
    #[error("the provider failed a moment ago and is left alone")]
    Waiting,
    #[error("the provider has no {0}")]
    NoEndpoint(&'static str),
}

/// The provider as we see it.
pub(crate) struct Provider {
    issuer: String,
    allow_http: bool,
    internal: Option<Internal>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    metadata: Cached<ProviderMetadata>,
    keys: Cached<KeySet>,
    quiet_until: AtomicU64,
}

struct Internal {
    public_origin: String,
    base: Url,
    public_host: Option<HeaderValue>,
    public_scheme: HeaderValue,
}

impl Provider {
    pub(crate) fn new(config: &Config, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let internal = config.internal_url.as_ref().and_then(|base| {
            let public = Url::parse(&config.issuer).ok()?;
            let host = public.host_str()?;
            let host = public.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            Some(Internal {
                public_origin: public.origin().ascii_serialization(),
                base: base.clone(),
                public_host: HeaderValue::from_str(&host).ok(),
                public_scheme: HeaderValue::from_str(public.scheme()).ok()?,
            })
        });
        Self {
            issuer: config.issuer.clone(),
            allow_http: config.allows_http_endpoints(),
            internal,
            transport,
            clock,
            metadata: Cached::new("metadata"),
            keys: Cached::new("keys"),
            quiet_until: AtomicU64::new(0),
        }
    }

    /// The provider's metadata (OIDC Discovery §4), fetched on first use.
    pub(crate) async fn metadata(&self) -> Result<Arc<ProviderMetadata>, ProviderError> {
        self.metadata.get(&*self.clock, self.fetch_metadata()).await
    }

    /// The provider's keys, fetched on first use.
    pub(crate) async fn keys(&self) -> Result<Arc<KeySet>, ProviderError> {
        self.keys.get(&*self.clock, self.fetch_keys()).await
    }

    /// Keys newer than `seen`, with which a token could not be verified: rule 5. Within the pause it is `seen` again.
    pub(crate) async fn keys_newer_than(&self, seen: &Arc<KeySet>) -> Result<Arc<KeySet>, ProviderError> {
        let mut attempts = self.keys.turn().await;
        match self.keys.current() {
            Some(current) if !Arc::ptr_eq(&current, seen) => return Ok(current),
            _ => {}
        }
        let now = self.clock.now();
        if attempts.are_paused(now) {
            return Err(ProviderError::Waiting);
        }
        if attempts.missed_at.is_some_and(|at| is_ahead(now, at.plus(UNKNOWN_KEY_PAUSE), UNKNOWN_KEY_PAUSE)) {
            return Ok(Arc::clone(seen));
        }
        let keys = self.keys.fetch(&mut attempts, &*self.clock, self.fetch_keys()).await?;
        attempts.missed_at = Some(now);
        Ok(keys)
    }

    /// Whether the token endpoint failed so recently that due sessions should not ask it again yet.
    pub(crate) fn is_quiet(&self) -> bool {
        is_ahead(self.clock.now(), Timestamp::from_unix(self.quiet_until.load(Ordering::Relaxed)), QUIET)
    }

    /// Remembers that the token endpoint was out of reach just now.
    pub(crate) fn keep_quiet(&self) {
        self.quiet_until.store(self.clock.now().plus(QUIET).as_unix(), Ordering::Relaxed);
    }

    /// Sends any request to the provider, at its internal address if there is one.
    pub(crate) async fn send(&self, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, ProviderError> {
        if let Some(internal) = &self.internal {
            internal.redirect(&mut request)?;
        }
        Ok(self.transport.send(request).await?)
    }

    async fn fetch_metadata(&self) -> Result<(ProviderMetadata, Duration), ProviderError> {
        let url = discovery::well_known_url(&self.issuer)?;
        let response = self.get(url.as_str()).await?;
        let parsed = ProviderMetadata::parse(response.body(), &self.issuer, self.allow_http);
        if let Err(DiscoveryError::IssuerMismatch) = &parsed {
            // Both are public, and without both nobody finds the slash.
            tracing::error!(
                configured = %self.issuer,
                document = discovery::issuer_for_the_log(response.body()).as_deref().unwrap_or_default(),
                "the discovery document names another issuer: `ZITADEL_DOMAIN` must equal it to the character \
                 (often it is a slash at the end, or http for https)"
            );
        }
        let metadata = parsed?;
        if metadata.leaves_out_s256() {
            tracing::warn!("the provider does not list S256 among its PKCE methods");
        }
        Ok((metadata, METADATA_LIFETIME))
    }

    async fn fetch_keys(&self) -> Result<(KeySet, Duration), ProviderError> {
        let metadata = self.metadata().await?;
        let response = self.get(metadata.jwks_uri().url().as_str()).await?;
        let cache_control = response.headers().get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
        let keys = KeySet::parse(response.body())?;
        tracing::debug!(keys = keys.len(), skipped = keys.skipped(), "fetched the provider's keys");
        Ok((keys, key_set::cache_lifetime(cache_control)))
    }

    async fn get(&self, url: &str) -> Result<Response<Vec<u8>>, ProviderError> {
        let request = Request::get(url)
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|_| ProviderError::Transport(TransportError::Broken))?;
        let response = self.send(request).await?;
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(ProviderError::Status(status)),
        }
    }
}

impl Internal {
    /// Sends requests for the public origin to the internal one and says which instance is meant, with the
    /// headers ZITADEL looks at first.
    fn redirect(&self, request: &mut Request<Vec<u8>>) -> Result<(), ProviderError> {
        let url = Url::parse(&request.uri().to_string()).map_err(|_| TransportError::Broken)?;
        if url.origin().ascii_serialization() != self.public_origin {
            return Ok(());
        }
        let mut internal = self.base.clone();
        let base = self.base.path().trim_end_matches('/');
        internal.set_path(&format!("{base}{}", url.path()));
        internal.set_query(url.query());
        *request.uri_mut() = internal.as_str().parse().map_err(|_| TransportError::Broken)?;
        let headers = request.headers_mut();
        if let Some(host) = &self.public_host {
            headers.insert("x-zitadel-instance-host", host.clone());
        }
        headers.insert("x-forwarded-proto", self.public_scheme.clone());
        Ok(())
    }
}

/// An error and its sources in one line, for a log record.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
