//! Responses and OAuth errors in ZITADEL's format.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{clock::http_date, entropy, json, request::ParsedRequest};

/// A response without the common headers. No `Debug`: bodies contain tokens.
pub(crate) struct EndpointResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl EndpointResponse {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let response = Self { status, headers: HeaderMap::new(), body: body.into() };
        if content_type.is_empty() { response } else { response.with_header(header::CONTENT_TYPE, content_type) }
    }

    /// A JSON body: no charset, with a trailing line feed.
    pub(crate) fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Self {
        Self::new(status, "application/json", json::to_string(value) + "\n")
    }

    pub(crate) fn html(status: u16, page: String) -> Self {
        // No `form-action`: browsers also apply it to the redirect to the client after the form is submitted.
        const POLICY: &str =
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        Self::new(status, "text/html; charset=utf-8", page)
            .with_header(header::CONTENT_SECURITY_POLICY, POLICY)
            .with_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .with_header(header::REFERRER_POLICY, "no-referrer")
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n"))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "", Vec::new()).with_header(header::LOCATION, location)
    }

    /// Appends a header. An invalid header value is ignored.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// Adds the headers that ZITADEL sends with every response.
    pub(crate) fn finish(
        mut self,
        request: &ParsedRequest,
        issuer: &str,
        now: u64,
        kind: RouteKind,
    ) -> Response<Vec<u8>> {
        self.add_redirect_page(&request.method);
        self = self.with_header(HeaderName::from_static("x-robots-tag"), "none").with_header(header::VARY, "Origin");
        if kind == RouteKind::Gateway {
            return self.into_response();
        }
        if !self.headers.contains_key(header::CACHE_CONTROL) {
            self = self
                .with_header(header::CACHE_CONTROL, "no-store")
                .with_header(header::PRAGMA, "no-cache")
                .with_header(header::EXPIRES, &http_date(now.saturating_sub(3600)));
        }
        if kind == RouteKind::Plain {
            return self.into_response();
        }
        self = self.with_header(header::VARY, "Cookie");
        if request.cookie("zitadel.useragent").is_none() {
            // That of the `Host` header, even if another header decides on the issuer.
            let sent = request.host.as_ref().map(|host| format!("http://{host}"));
            let url = url::Url::parse(sent.as_deref().unwrap_or(issuer)).ok();
            let host = url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            let value = entropy::random_base64url::<24>();
            let cookie =
                format!("zitadel.useragent={value}; Path=/; Domain={host}; Max-Age=31536000; HttpOnly; SameSite=Lax");
            self = self.with_header(header::SET_COOKIE, &cookie);
        }
        if kind == RouteKind::Protocol {
            self = self.with_cors_headers(request);
        }
        self.into_response()
    }

    fn into_response(self) -> Response<Vec<u8>> {
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Gives a redirect the page that Go's `http.Redirect` writes for GET.
    fn add_redirect_page(&mut self, method: &Method) {
        let is_read = matches!(*method, Method::GET | Method::HEAD);
        let Some(location) = self.headers.get(header::LOCATION).filter(|_| is_read && self.body.is_empty()) else {
            return;
        };
        let location = location.to_str().unwrap_or_default();
        let text = self.status.canonical_reason().unwrap_or_default();
        self.body = format!("<a href=\"{}\">{text}</a>.\n\n", escape_html(location)).into_bytes();
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }

    /// Adds CORS headers. Protocol endpoints permit all origins (WHATWG Fetch).
    fn with_cors_headers(self, request: &ParsedRequest) -> Self {
        let Some(origin) = request.header("origin") else { return self };
        let response = self
            .with_header(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with_header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        if is_preflight(request) {
            response.with_header(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST").with_header(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Origin, Accept, Accept-Language, Authorization, Content-Type, X-Requested-With",
            )
        } else {
            response.with_header(header::ACCESS_CONTROL_EXPOSE_HEADERS, "Location, Content-Length")
        }
    }
}

/// Escapes like Go's `html.EscapeString`.
pub(crate) fn escape_html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&#34;").replace('\'', "&#39;")
}

/// Whether the request is a CORS preflight.
pub(crate) fn is_preflight(request: &ParsedRequest) -> bool {
    request.method == http::Method::OPTIONS && request.header("access-control-request-method").is_some()
}

/// The set of common headers of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteKind {
    /// OpenID Connect endpoints: all headers, including CORS.
    Protocol,
    /// HTML pages.
    Page,
    /// Health checks and assets, and requests for a foreign host.
    Plain,
    /// Unknown paths, which ZITADEL's API gateway answers.
    Gateway,
}

/// An OAuth error (RFC 6749 §5.2) with ZITADEL's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: Cow<'static, str>,
}

impl OAuthError {
    /// Status 400, which ZITADEL uses for almost all errors, including `invalid_client`.
    pub(crate) fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 400, error, description: description.into() }
    }

    pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

impl From<OAuthError> for EndpointResponse {
    fn from(error: OAuthError) -> Self {
        let mut body = Map::new();
        body.insert("error".to_owned(), error.error.into());
        if !error.description.is_empty() {
            body.insert("error_description".to_owned(), Value::from(error.description.as_ref()));
        }
        Self::json(error.status, &body)
    }
}
