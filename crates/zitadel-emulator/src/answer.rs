//! Answers and errors, in ZITADEL's words and with its headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{clock::http_date, entropy, incoming::Incoming, json};

/// An answer before the headers that every answer carries. No `Debug`: bodies hold tokens.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = Self { status, headers: HeaderMap::new(), body: body.into() };
        if content_type.is_empty() { answer } else { answer.with(header::CONTENT_TYPE, content_type) }
    }

    /// A JSON body: no charset, a line feed at the end.
    pub(crate) fn json<T: Serialize + ?Sized>(status: u16, value: &T) -> Self {
        Self::new(status, "application/json", json::text(value) + "\n")
    }

    pub(crate) fn html(status: u16, page: String) -> Self {
        // No `form-action`: browsers apply it to redirects after the form too, and those lead to the application.
        const POLICY: &str =
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        Self::new(status, "text/html; charset=utf-8", page)
            .with(header::CONTENT_SECURITY_POLICY, POLICY)
            .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .with(header::REFERRER_POLICY, "no-referrer")
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{text}\n"))
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "", Vec::new()).with(header::LOCATION, location)
    }

    /// Adds a header; a value that no header can hold is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.append(name, value);
        }
        self
    }

    /// Completes the answer with what ZITADEL sends every time.
    pub(crate) fn finish(mut self, request: &Incoming, issuer: &str, unix: u64, kind: RouteKind) -> Response<Vec<u8>> {
        if !self.headers.contains_key(header::CACHE_CONTROL) {
            self = self
                .with(header::CACHE_CONTROL, "no-store")
                .with(header::PRAGMA, "no-cache")
                .with(header::EXPIRES, &http_date(unix.saturating_sub(3600)));
        }
        self = self.with(HeaderName::from_static("x-robots-tag"), "none").with(header::VARY, "Cookie");
        if kind != RouteKind::Plain && request.cookie("zitadel.useragent").is_none() {
            let host =
                url::Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            let value = entropy::base64url::<24>();
            let cookie =
                format!("zitadel.useragent={value}; Path=/; Domain={host}; Max-Age=31536000; HttpOnly; SameSite=Lax");
            self = self.with(header::SET_COOKIE, &cookie);
        }
        if kind == RouteKind::Protocol {
            self = self.cross_origin(request);
        }
        let mut response = Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }

    /// Every protocol route may be called from every origin (WHATWG Fetch, CORS protocol).
    fn cross_origin(self, request: &Incoming) -> Self {
        let answer = self.with(header::VARY, "Origin");
        let Some(origin) = request.header("origin") else { return answer };
        let answer = answer
            .with(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
            .with(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        if is_preflight(request) {
            answer.with(header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST").with(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Origin, Accept, Accept-Language, Authorization, Content-Type, X-Requested-With",
            )
        } else {
            answer.with(header::ACCESS_CONTROL_EXPOSE_HEADERS, "Location, Content-Length")
        }
    }
}

/// Whether a browser asks if it may send the real request.
pub(crate) fn is_preflight(request: &Incoming) -> bool {
    request.method == http::Method::OPTIONS && request.header("access-control-request-method").is_some()
}

/// Which of the common headers an answer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RouteKind {
    /// OpenID endpoints: everything, CORS included.
    Protocol,
    /// Pages for people.
    Page,
    /// Health checks, assets and unknown paths.
    Plain,
}

/// An error in the words of OAuth (RFC 6749 §5.2) and with ZITADEL's descriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: Cow<'static, str>,
}

impl OAuthError {
    /// Status 400, as ZITADEL answers nearly every mistake, `invalid_client` included.
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

impl From<OAuthError> for Answer {
    fn from(error: OAuthError) -> Self {
        let mut body = Map::new();
        body.insert("error".to_owned(), error.error.into());
        if !error.description.is_empty() {
            body.insert("error_description".to_owned(), Value::from(error.description.as_ref()));
        }
        Self::json(error.status, &body)
    }
}
