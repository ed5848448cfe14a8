//! The host that a request is for, and the issuer that follows from it.

use url::Url;

use crate::{request::ParsedRequest, response::EndpointResponse};

/// Headers that a reverse proxy or an application in the same network sets, in ZITADEL's order.
const HOST_HEADERS: [&str; 2] = ["x-zitadel-instance-host", "x-forwarded-host"];

/// Where a request was sent to.
pub(crate) struct Origin {
    host: String,
    protocol: String,
    /// Whether the name is one of this instance. Protects against DNS rebinding.
    pub(crate) is_own: bool,
    /// The issuer of tokens and metadata for this request.
    pub(crate) issuer: String,
}

impl Origin {
    /// Reads the origin of a request. If the issuer does not follow the host, only `Host` is looked at, and the issuer is
    /// the configured one.
    pub(crate) fn of(request: &ParsedRequest, configured: &str, follows_host: bool) -> Self {
        let header = |name: &str| request.header(name).filter(|_| follows_host).filter(|value| !value.is_empty());
        let configured_url = Url::parse(configured).ok();
        let host = HOST_HEADERS.into_iter().find_map(header).or(request.host.as_deref());
        let own_protocol = configured_url.as_ref().map_or("http", Url::scheme);
        let protocol = header("x-forwarded-proto").filter(|proto| matches!(*proto, "http" | "https"));
        let protocol = protocol.unwrap_or(own_protocol).to_owned();
        let Some(host) = host else {
            return Self { host: String::new(), protocol, is_own: true, issuer: configured.to_owned() };
        };
        let name = Url::parse(&format!("http://{host}")).ok().and_then(|url| url.host_str().map(str::to_owned));
        let own = configured_url.as_ref().and_then(Url::host_str);
        let is_own = name.as_deref().is_some_and(|name| own == Some(name) || is_loopback(name));
        let issuer = if follows_host && is_own { format!("{protocol}://{host}") } else { configured.to_owned() };
        Self { host: host.to_owned(), protocol, is_own, issuer }
    }

    /// The response to a request for a host that is not one of this instance.
    pub(crate) fn not_found(&self, configured: &str) -> EndpointResponse {
        let own = Url::parse(configured).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let text = format!(
            "unable to set instance using origin &{{{}  {}}} (ExternalDomain is {own}): ID=QUERY-1kIjX \
             Message=Instance not found. Make sure you got the domain right. \
             Check out https://zitadel.com/docs/apis/introduction#domains",
            self.host, self.protocol
        );
        EndpointResponse::text(404, &text).with_header(http::header::X_CONTENT_TYPE_OPTIONS, "nosniff")
    }
}

fn is_loopback(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
