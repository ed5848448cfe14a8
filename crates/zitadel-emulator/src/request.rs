//! Parsed requests. Query and body parameters are combined, as in Go's `ParseForm`.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::{HeaderMap, Method, Request, header};

/// A parsed request.
pub(crate) struct ParsedRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) host: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) form: Vec<(String, String)>,
    /// Whether the query or the body has an invalid percent-encoding.
    pub(crate) malformed: bool,
    headers: HeaderMap,
}

impl ParsedRequest {
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
            malformed: !is_percent_encoded(query.as_bytes()) || !is_percent_encoded(&body),
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            form: form_urlencoded::parse(&body).into_owned().collect(),
            headers: parts.headers,
        }
    }

    /// Returns a parameter. An empty value is ignored, and the last of several values is used, as in Go's decoder.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters(name).last().filter(|value| !value.is_empty())
    }

    /// Returns a parameter of the body only.
    pub(crate) fn form_parameter(&self, name: &str) -> Option<&str> {
        self.form
            .iter()
            .rfind(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Returns all values of a parameter.
    pub(crate) fn parameters<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.form.iter().chain(&self.query).filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the token of `Authorization: Bearer`. ZITADEL compares the scheme byte by byte, against RFC 9110 §11.1.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// Returns client id and secret of `Authorization: Basic`, both form-urldecoded (RFC 6749 §2.3.1).
    pub(crate) fn basic(&self) -> Option<Result<(String, String), ()>> {
        let (scheme, encoded) = self.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decode = || {
            let pair = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
            let (id, secret) = pair.split_once(':')?;
            Some((query_unescape(id)?, query_unescape(secret)?))
        };
        Some(decode().ok_or(()))
    }

    /// Returns the value of a cookie.
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

/// Whether every `%` starts a valid escape. Go rejects the whole form otherwise.
fn is_percent_encoded(text: &[u8]) -> bool {
    text.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(position, _)| {
        text.get(position + 1..position + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Decodes like Go's `QueryUnescape`: `%xx` and `+`. Returns `None` for an invalid escape.
fn query_unescape(text: &str) -> Option<String> {
    if !is_percent_encoded(text.as_bytes()) {
        return None;
    }
    // Unlike `QueryUnescape`, a form parser treats `&` and `=` as separators.
    let value = text.replace('&', "%26").replace('=', "%3D");
    let pair = form_urlencoded::parse(value.as_bytes()).next();
    Some(pair.map(|(name, _)| name.into_owned()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_basic(pair: &str) -> ParsedRequest {
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        ParsedRequest::new(Request::builder().uri("/").header("authorization", value).body(Vec::new()).unwrap())
    }

    #[test]
    fn basic_credentials_are_form_decoded() {
        assert_eq!(with_basic("a%40b:x%3Ay+z").basic(), Some(Ok(("a@b".to_owned(), "x:y z".to_owned()))));
        assert_eq!(with_basic("a@b:x=y&z").basic(), Some(Ok(("a@b".to_owned(), "x=y&z".to_owned()))));
        assert_eq!(with_basic("a%4:x").basic(), Some(Err(())));
        assert_eq!(with_basic("no colon").basic(), Some(Err(())));
    }

    #[test]
    fn query_and_body_are_combined_and_empty_values_are_absent() {
        let request = Request::post("/?a=1&b=")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(b"c=3".to_vec())
            .unwrap();
        let request = ParsedRequest::new(request);
        assert_eq!(
            (request.parameter("a"), request.parameter("b"), request.parameter("c")),
            (Some("1"), None, Some("3"))
        );
    }
}
