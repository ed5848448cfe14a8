//! Validation of redirect URIs, and encoding of response parameters.

use std::net::IpAddr;

use url::{Host, Url};

use crate::{
    registry::{Client, ClientKind},
    response::OAuthError,
};

const CONTACT: &str = "If you have any questions, you may contact the administrator of the application.";

/// Validates a redirect URI like ZITADEL's authorize endpoint: registered, and permitted for the type of the
/// application. A web application may use `http` for the response type `code` alone.
pub(crate) fn validate(client: &Client, uri: &str, response_type: Option<&str>) -> Result<(), OAuthError> {
    let refuse = |text: &str| Err(OAuthError::invalid_request(format!("{text} {CONTACT}")));
    let parsed = Url::parse(uri).ok();
    let scheme = parsed.as_ref().map_or("", Url::scheme);
    let loopback = client.kind == ClientKind::Native && parsed.as_ref().is_some_and(is_loopback);
    let registered = is_registered(&client.redirect_uris, uri, client.development_mode)
        || (loopback && client.redirect_uris.iter().any(|known| is_equivalent_loopback(known, uri)));
    if !registered {
        return refuse("The requested redirect_uri is missing in the client configuration.");
    }
    match (scheme, client.kind) {
        ("https", _) => Ok(()),
        ("http", _) if client.development_mode || loopback => Ok(()),
        ("http", ClientKind::Web) if response_type == Some("code") => Ok(()),
        ("http", _) => refuse("This client's redirect_uri is http and is not allowed."),
        (_, ClientKind::Native) => Ok(()),
        _ => refuse("This client's redirect_uri is using a custom schema and is not allowed."),
    }
}

/// Whether a URI is registered: exact match, in development mode also as a glob pattern.
pub(crate) fn is_registered(list: &[String], uri: &str, development_mode: bool) -> bool {
    list.iter().any(|known| known == uri || (development_mode && glob_matches(known.as_bytes(), uri.as_bytes())))
}

/// Matches a glob: `*` stays within a path segment, `**` does not, `?` is one character.
fn glob_matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => {
            (0..=text.len()).any(|taken| glob_matches(rest, text.get(taken..).unwrap_or_default()))
        }
        [b'*', rest @ ..] => {
            let segment = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=segment).any(|taken| glob_matches(rest, text.get(taken..).unwrap_or_default()))
        }
        [b'?', rest @ ..] => text.split_first().is_some_and(|(byte, text)| *byte != b'/' && glob_matches(rest, text)),
        [literal, rest @ ..] => {
            text.split_first().is_some_and(|(byte, text)| byte == literal && glob_matches(rest, text))
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && match url.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            None => false,
        }
}

/// For native applications: loopback URIs match if path and query are equal; scheme, host and port are ignored.
fn is_equivalent_loopback(known: &str, uri: &str) -> bool {
    match (Url::parse(known), Url::parse(uri)) {
        (Ok(known), Ok(uri)) => {
            is_loopback(&known) && is_loopback(&uri) && known.path() == uri.path() && known.query() == uri.query()
        }
        _ => false,
    }
}

/// Adds parameters to the query of a URI, sorted by name.
pub(crate) fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    let (uri, fragment) = uri.split_once('#').map_or((uri, None), |(uri, fragment)| (uri, Some(fragment)));
    let (base, query) = uri.split_once('?').unwrap_or((uri, ""));
    let mut all: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    all.extend(parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let query = encode_sorted(all);
    let separator = if query.is_empty() { "" } else { "?" };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{base}{separator}{query}{fragment}")
}

/// Sets the fragment of a URI to the parameters, sorted by name.
pub(crate) fn with_fragment(uri: &str, parameters: &[(&str, &str)]) -> String {
    let base = uri.split_once('#').map_or(uri, |(base, _)| base);
    let all = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    format!("{base}#{}", encode_sorted(all))
}

/// Encodes like Go's `Values.Encode`: sorted by name, spaces as `+`.
fn encode_sorted(mut parameters: Vec<(String, String)>) -> String {
    parameters.sort_by(|(left, _), (right, _)| left.cmp(right));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Option<&str> = Some("code");

    #[test]
    fn callback_parameters_are_merged_and_sorted() {
        let uri = with_query("http://app/cb?z=1&a=2", &[("state", "s t"), ("code", "c")]);
        assert_eq!(uri, "http://app/cb?a=2&code=c&state=s+t&z=1");
        assert_eq!(with_query("http://app/cb", &[("code", "c"), ("state", "")]), "http://app/cb?code=c&state=");
        assert_eq!(with_fragment("http://app/cb", &[("code", "c")]), "http://app/cb#code=c");
    }

    #[test]
    fn http_redirect_uris_require_a_web_application_or_development_mode() {
        let uri = "http://app.example/cb".to_owned();
        let mut client = Client { redirect_uris: vec![uri.clone()], ..Client::web("web") };
        assert!(validate(&client, &uri, CODE).is_ok());
        for other in [None, Some("id_token")] {
            let refused = validate(&client, &uri, other).unwrap_err();
            assert!(refused.description.starts_with("This client's redirect_uri is http"), "{other:?}");
        }
        client.kind = ClientKind::UserAgent;
        assert!(
            validate(&client, &uri, CODE).unwrap_err().description.starts_with("This client's redirect_uri is http")
        );
        client.development_mode = true;
        assert!(validate(&client, &uri, CODE).is_ok());
    }

    #[test]
    fn custom_schemes_require_a_native_application() {
        let uri = "myapp://callback".to_owned();
        let mut client = Client { redirect_uris: vec![uri.clone()], ..Client::web("app") };
        assert!(validate(&client, &uri, CODE).unwrap_err().description.contains("custom schema"));
        client.kind = ClientKind::Native;
        assert!(validate(&client, &uri, CODE).is_ok());
    }

    #[test]
    fn native_applications_accept_any_loopback_port() {
        let client = Client {
            kind: ClientKind::Native,
            redirect_uris: vec!["http://127.0.0.1/cb".to_owned()],
            ..Client::web("native")
        };
        assert!(validate(&client, "http://localhost:43210/cb", CODE).is_ok());
        assert!(validate(&client, "http://localhost:43210/other", CODE).is_err());
    }

    #[test]
    fn glob_patterns_require_development_mode() {
        let list = ["http://localhost:*/auth/*".to_owned()];
        assert!(is_registered(&list, "http://localhost:3000/auth/callback", true));
        assert!(!is_registered(&list, "http://localhost:3000/auth/a/b", true));
        assert!(!is_registered(&list, "http://localhost:3000/auth/callback", false));
    }
}
