//! `EndpointUrl`: an address of the provider that a request may be sent to.

use http::Uri;
use url::Url;

use crate::http::is_loopback;

/// An absolute https address without user name, password or fragment; http on loopback, or wherever the configuration
/// accepts it.
#[derive(Clone, Debug)]
pub(crate) struct EndpointUrl {
    url: Url,
    uri: Uri,
}

impl EndpointUrl {
    /// `None` if the address does not satisfy the rules. `allow_http` accepts http beyond loopback.
    pub(crate) fn parse(address: &str, allow_http: bool) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let secure = match url.scheme() {
            "https" => true,
            "http" => allow_http || is_loopback(&url),
            _ => false,
        };
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let uri = Uri::try_from(url.as_str()).ok()?;
        (secure && plain).then_some(Self { url, uri })
    }

    /// As a URL, to add a query to.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// As a URL.
    #[cfg(feature = "login")]
    pub(crate) fn into_url(self) -> Url {
        self.url
    }

    /// As the target of a request.
    pub(crate) const fn uri(&self) -> &Uri {
        &self.uri
    }
}
