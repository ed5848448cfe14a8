//! `Provider`: plain requests to ZITADEL. Nothing here uses the engine's own requests, so that the check does not repeat its bugs.

use std::sync::Arc;

use axum::http::{
    HeaderValue, Method, Request, Response, Uri,
    header::{ACCEPT, CONTENT_TYPE, LOCATION},
};
use serde_json::Value;
use url::{Url, form_urlencoded};
use zitadel_axum::core::environment::{Transport, TransportError};

/// What a text of the provider is cut to before it is printed.
const MAX_TEXT: usize = 200;

/// ZITADEL, at its issuer or at `ZITADEL_INTERNAL_URL`.
pub(super) struct Provider {
    pub(super) issuer: Url,
    pub(super) internal: Option<Url>,
    pub(super) transport: Arc<dyn Transport>,
}

impl Provider {
    /// Sends a request for the public address, to the internal one if there is one, with the headers by which ZITADEL finds the
    /// instance.
    pub(super) async fn send(&self, mut request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        if let Some(internal) = &self.internal {
            self.redirect_to(internal, &mut request).ok_or(TransportError::Broken)?;
        }
        self.transport.send(request).await
    }

    fn redirect_to(&self, internal: &Url, request: &mut Request<Vec<u8>>) -> Option<()> {
        let url = Url::parse(&request.uri().to_string()).ok()?;
        if url.origin() != self.issuer.origin() {
            return Some(());
        }
        let mut address = internal.clone();
        address.set_path(&format!("{}{}", internal.path().trim_end_matches('/'), url.path()));
        address.set_query(url.query());
        *request.uri_mut() = address.as_str().parse().ok()?;
        let host = url.host_str()?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        request.headers_mut().insert("x-zitadel-instance-host", HeaderValue::from_str(&host).ok()?);
        request.headers_mut().insert("x-forwarded-proto", HeaderValue::from_str(url.scheme()).ok()?);
        Some(())
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Response<Vec<u8>>, TransportError> {
        self.send(request(Method::GET, url, Vec::new())?).await
    }

    /// A form without client authentication.
    pub(super) async fn post(&self, url: &Url, fields: &[(&str, &str)]) -> Result<Response<Vec<u8>>, TransportError> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = request(Method::POST, url, form.into_bytes())?;
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        self.send(request).await
    }
}

fn request(method: Method, url: &Url, body: Vec<u8>) -> Result<Request<Vec<u8>>, TransportError> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = uri(url).ok_or(TransportError::Broken)?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(request)
}

pub(super) fn uri(url: &Url) -> Option<Uri> {
    url.as_str().parse().ok()
}

/// A URL with these parameters beside its own.
pub(super) fn with_query(url: &Url, parameters: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().extend_pairs(parameters);
    url
}

/// Where a redirect leads to; `None` if the response is none.
pub(super) fn location(response: &Response<Vec<u8>>) -> Option<&str> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.status().is_redirection().then_some(location)
}

/// An error of OAuth (RFC 6749 §5.2) in a body.
#[derive(Debug, Default)]
pub(super) struct OAuthError {
    /// Empty if the body has none.
    pub(super) code: String,
    /// Never printed if the request had a secret: a provider could repeat it.
    pub(super) description: String,
}

impl OAuthError {
    pub(super) fn of(response: &Response<Vec<u8>>) -> Self {
        let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        // RFC 6749 §5.2 has words for codes; anything else is no code.
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let code = text("error");
        let code = if code.len() <= 60 && code.bytes().all(is_word) { code } else { "" };
        Self { code: code.to_owned(), description: text("error_description").to_owned() }
    }

    /// The description, fit for a terminal.
    pub(super) fn printable_description(&self) -> String {
        self.description.chars().filter(|character| !character.is_control()).take(MAX_TEXT).collect()
    }
}
