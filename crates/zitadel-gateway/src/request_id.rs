//! `RequestId`: connects a response, its error and its lines in the log.

use std::fmt;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument as _;
use zitadel_axum::core::environment::{Entropy as _, SystemEntropy};

/// `X-Request-Id`.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: that of its `X-Request-Id` header if it is well formed, which a proxy may have set; otherwise 128 random bits.
///
/// It is echoed in `X-Request-Id` and in errors. It is a text for logs, and nothing is decided by it.
#[derive(Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(X_REQUEST_ID).iter();
        match (lines.next().and_then(|line| line.to_str().ok()), lines.next()) {
            (Some(id), None) if is_well_formed(id) => Self(id.to_owned()),
            _ => Self::random(),
        }
    }

    fn random() -> Self {
        let mut bytes = [0; 16];
        SystemEntropy.fill(&mut bytes);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The id: 8 to 64 letters, digits, `-` and `_`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// No more than an id needs, so that nobody writes lines or other texts into the log with it.
fn is_well_formed(id: &str) -> bool {
    (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Middleware: every request has a [`RequestId`] in its extensions and in the span of whatever is logged for it, and every response has it
/// in `X-Request-Id`.
pub(crate) async fn request_id(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", request_id = id.as_str());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::try_from(id.0) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> RequestId {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_REQUEST_ID, line.parse().unwrap());
        }
        RequestId::of(&headers)
    }

    #[test]
    fn a_well_formed_id_is_kept_and_every_other_is_replaced() {
        for kept in ["0123456789abcdef", "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "req_00000001"] {
            assert_eq!(of(&[kept]).as_str(), kept);
        }
        let long = "a".repeat(65);
        for replaced in
            [&[][..], &[""], &["short"], &["with space"], &["a\"b\"c\"d\"e"], &[&long], &["12345678", "12345678"]]
        {
            let id = of(replaced);
            assert_eq!(id.as_str().len(), 32, "{replaced:?}");
            assert_ne!(id, of(replaced), "{replaced:?}");
        }
    }
}
