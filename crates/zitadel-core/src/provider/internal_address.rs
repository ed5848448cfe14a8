//! `InternalAddress`: where requests to the provider are sent when the issuer's address is not reachable from here.

use http::{HeaderValue, Request};
use url::Url;

use crate::environment::TransportError;

/// An address that replaces the public one in requests; tokens still name the public issuer.
pub(super) struct InternalAddress {
    public_origin: String,
    base: Url,
    public_host: Option<HeaderValue>,
    public_scheme: HeaderValue,
}

impl InternalAddress {
    /// `None` if the issuer has no host.
    pub(super) fn new(issuer: &str, base: &Url) -> Option<Self> {
        let public = Url::parse(issuer).ok()?;
        let host = public.host_str()?;
        let host = public.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Some(Self {
            public_origin: public.origin().ascii_serialization(),
            base: base.clone(),
            public_host: HeaderValue::from_str(&host).ok(),
            public_scheme: HeaderValue::from_str(public.scheme()).ok()?,
        })
    }

    /// Sends a request for the public origin to the internal one, with the headers by which ZITADEL finds the instance
    /// and its public scheme.
    pub(super) fn rewrite(&self, request: &mut Request<Vec<u8>>) -> Result<(), TransportError> {
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
