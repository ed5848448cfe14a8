//! A request as the endpoints see it: parameters of query and body together, as Go's `ParseForm` reads them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, Method, Request, header};

/// A request, taken apart once.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) host: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    /// Whether query or body could not be decoded.
    pub(crate) undecodable: bool,
    headers: HeaderMap,
}

impl Incoming {
    pub(crate) fn new(request: Request<Vec<u8>>) -> Self {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let is_form = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded"));
        let body = if is_form { body } else { Vec::new() };
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
            .or_else(|| parts.uri.authority().map(ToString::to_string));
        Self {
            method: parts.method,
            path: parts.uri.path().to_owned(),
            host,
            undecodable: !is_percent_encoded(query.as_bytes()) || !is_percent_encoded(&body),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            form: form_urlencoded::parse(&body).into_owned().collect(),
            headers: parts.headers,
        }
    }

    /// The value of a parameter; an empty value counts as absent, of several the last one counts (Go's decoder).
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).last().filter(|value| !value.is_empty())
    }

    /// A parameter of the body only.
    pub(crate) fn form_parameter(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .rfind(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    fn parameters<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.form.iter().chain(&self.query).filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of `Authorization: Bearer`; the scheme in any case (RFC 9110 §11.1).
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.credentials("bearer")
    }

    /// Client id and secret of `Authorization: Basic`, both form-url-decoded (RFC 6749 §2.3.1).
    pub(crate) fn basic(&self) -> Option<Result<(String, String), ()>> {
        let encoded = self.credentials("basic")?;
        let decode = || {
            let pair = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
            let (id, secret) = pair.split_once(':')?;
            Some((form_decoded(id)?, form_decoded(secret)?))
        };
        Some(decode().ok_or(()))
    }

    fn credentials(&self, scheme: &str) -> Option<&str> {
        let (found, value) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then_some(value)
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}

/// Whether every `%` starts an escape. Go refuses the whole form otherwise.
fn is_percent_encoded(text: &[u8]) -> bool {
    text.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(position, _)| {
        text.get(position + 1..position + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Go's `QueryUnescape`: `%xx` and `+`; `None` if an escape is broken.
fn form_decoded(text: &str) -> Option<String> {
    if !is_percent_encoded(text.as_bytes()) {
        return None;
    }
    // Only `&` and `=` mean more to a form parser than to `QueryUnescape`.
    let value = text.replace('&', "%26").replace('=', "%3D");
    let pair = form_urlencoded::parse(value.as_bytes()).next();
    Some(pair.map(|(name, _)| name.into_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_basic(pair: &str) -> Incoming {
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        Incoming::new(Request::builder().uri("/").header("authorization", value).body(Vec::new()).unwrap())
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(with_basic("a%40b:x%3Ay+z").basic(), Some(Ok(("a@b".to_owned(), "x:y z".to_owned()))));
        assert_eq!(with_basic("a@b:x=y&z").basic(), Some(Ok(("a@b".to_owned(), "x=y&z".to_owned()))));
        assert_eq!(with_basic("a%4:x").basic(), Some(Err(())));
        assert_eq!(with_basic("no colon").basic(), Some(Err(())));
    }

    #[test]
    fn query_and_body_are_read_together_and_empty_means_absent() {
        let request = Request::post("/?a=1&b=")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(b"c=3".to_vec())
            .unwrap();
        let request = Incoming::new(request);
        assert_eq!(
            (request.parameter("a"), request.parameter("b"), request.parameter("c")),
            (Some("1"), None, Some("3"))
        );
    }
}
