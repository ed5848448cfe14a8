//! The origins that may see a token.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Origin, Url};

/// Why a text is no origin that a token may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Neither `https://host[:port]` nor `http://` with an address of this machine.
    #[error("`{0}` is not an origin: give scheme, host and port, as in `https://api.example.com`")]
    NotAnOrigin(String),
    /// Everybody on the network in between would see the token (RFC 6750 §5.3).
    #[error("`{0}` is not https, and not on this machine: a token must not be sent to it")]
    NotSecure(String),
}

/// An origin (RFC 6454) from `https://host[:port]`, or http on loopback; a slash at the end does no harm.
pub(crate) fn parse(text: &str) -> Result<Origin, OriginError> {
    let not_an_origin = || OriginError::NotAnOrigin(text.to_owned());
    let url = Url::parse(text).map_err(|_| not_an_origin())?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let has_user = !url.username().is_empty() || url.password().is_some();
    match url.scheme() {
        "https" | "http" if !is_bare || has_user => Err(not_an_origin()),
        "https" => Ok(url.origin()),
        "http" if is_loopback(&url) => Ok(url.origin()),
        "http" => Err(OriginError::NotSecure(text.to_owned())),
        _ => Err(not_an_origin()),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(Host::Ipv6(address)) => Ipv6Addr::is_loopback(&address),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_or_on_this_machine() {
        for text in ["https://api.example.com", "https://api.example.com:8443/", "http://localhost:1", "http://[::1]:2"]
        {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert_eq!(parse("https://api.example.com"), parse("https://api.example.com:443"));
        for text in ["http://api.example.com", "http://10.0.0.1", "http://localhost.example.com"] {
            assert_eq!(parse(text), Err(OriginError::NotSecure(text.to_owned())), "{text}");
        }
        for text in
            ["", "api.example.com", "/", "https://a/path", "https://a?q", "https://a#f", "https://u@a", "ftp://a"]
        {
            assert_eq!(parse(text), Err(OriginError::NotAnOrigin(text.to_owned())), "{text}");
        }
    }
}
