//! `ApiError`: what a client is told about a request that was not served.

use std::borrow::Cow;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use zitadel_axum::{ErrorCode, ErrorPage};

use crate::request_id::RequestId;

/// An error as JSON: `{"error", "error_description", "request_id"}`. It has no other text from outside than what is passed here.
///
/// `request_id` is added by [`json_errors`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    error: Cow<'static, str>,
    description: Cow<'static, str>,
    challenge: Option<&'static str>,
    retry_after: Option<&'static str>,
}

impl ApiError {
    /// `error` is a code of the specifications or of [`ErrorCode`]; `description` is a sentence for a developer.
    #[must_use]
    pub const fn new(status: StatusCode, error: &'static str, description: &'static str) -> Self {
        Self {
            status,
            error: Cow::Borrowed(error),
            description: Cow::Borrowed(description),
            challenge: None,
            retry_after: None,
        }
    }

    /// For a status that says everything, such as 415.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let (error, description) = texts(status);
        Self::new(status, error, description)
    }

    /// The same with a `WWW-Authenticate` header (RFC 9110 §11.6.1).
    #[must_use]
    pub const fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// What the core reports. 503 for what time heals has `Retry-After`.
    #[must_use]
    pub fn from_code(code: ErrorCode) -> Self {
        let page = ErrorPage::new(code);
        let status = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_temporary = matches!(code, ErrorCode::ProviderUnavailable | ErrorCode::StoreUnavailable);
        Self {
            status,
            error: Cow::Borrowed(code.as_str()),
            description: Cow::Owned(page.message().to_owned()),
            challenge: None,
            retry_after: is_temporary.then_some("5"),
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        response
    }
}

/// An error is small; a body above this is not one of ours.
const MAX_ERROR_BYTES: usize = 16 * 1024;

/// Middleware: every error has a JSON body with the id of its request. Errors of the framework (404, 405, 413) get one, too.
pub async fn json_errors(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let is_head = request.method() == axum::http::Method::HEAD;
    let response = next.run(request).await;
    let Some(id) = id else { return response };
    if is_head || !(response.status().is_client_error() || response.status().is_server_error()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_ERROR_BYTES).await.unwrap_or_default();
    let mut body = match serde_json::from_slice::<Value>(&bytes) {
        // Not an error but an answer, such as that of `/readyz`.
        Ok(answer) if answer.is_object() && answer.get("error").is_none() => {
            return Response::from_parts(parts, Body::from(bytes));
        }
        Ok(error) if error.is_object() => error,
        _ => {
            let (error, description) = texts(parts.status);
            json!({ "error": error, "error_description": description })
        }
    };
    if let Some(members) = body.as_object_mut() {
        members.insert("request_id".to_owned(), id.as_str().into());
    }
    parts.headers.remove(axum::http::header::CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    Response::from_parts(parts, Body::from(body.to_string()))
}

/// The code and the text for a status that says everything.
fn texts(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address. /openapi.json lists what there is."),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "This address does not support that kind of request."),
        StatusCode::PAYLOAD_TOO_LARGE => ("request_too_large", "The request is larger than this address accepts."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported_media_type", "Send a form (application/x-www-form-urlencoded) or JSON (application/json).")
        }
        status if status.is_client_error() => ("invalid_request", "The request is not readable."),
        _ => ("internal", "The fault is ours. The log has more under this request_id."),
    }
}
