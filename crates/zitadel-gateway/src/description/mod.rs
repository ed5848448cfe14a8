//! `/openapi.json` and `/docs`: what the gateway offers.
//!
//! The description is a file, `openapi.json`, and not made from attributes of handlers: most routes are the core's, which know nothing of
//! it, and of a macro nobody could see whether a status is really sent. `tests/gateway/description.rs` compares it with what the
//! gateway answers, in both directions.

mod page;

use axum::{
    Router,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS},
    },
    response::IntoResponse,
    routing::get,
};
use serde_json::Value;
use zitadel_axum::{Endpoint, Zitadel};

const DOCUMENT: &str = include_str!("openapi.json");

/// It changes with the version of the gateway only.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Both routes.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel) -> Router<S> {
    let document = document(zitadel);
    let (json, page) = (document.to_string(), page::render(&document));
    Router::new()
        .route("/openapi.json", get(async move || as_json(json)))
        .route("/docs", get(async move || as_page(page)))
}

/// The description with the paths of this configuration: the two callbacks are where their URLs say.
fn document(zitadel: &Zitadel) -> Value {
    // A test reads it.
    let mut document: Value = serde_json::from_str(DOCUMENT).unwrap_or_default();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (endpoint, path) in zitadel.endpoints() {
            let described = match endpoint {
                Endpoint::Callback => "/api/v1/callback",
                Endpoint::LogoutCallback => "/api/v1/logout/callback",
                _ => continue,
            };
            if let Some(operations) = paths.remove(described) {
                paths.insert(path.to_owned(), operations);
            }
        }
    }
    document
}

fn as_json(document: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json")), (CACHE_CONTROL, CACHED)], document)
}

fn as_page(html: String) -> impl IntoResponse {
    let policy = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CACHE_CONTROL, CACHED),
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    (headers, html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_json_and_every_reference_leads_somewhere() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut pending = vec![&document];
        let mut references = 0;
        while let Some(value) = pending.pop() {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
                references += 1;
            }
            pending.extend(value.as_object().into_iter().flat_map(|object| object.values()));
            pending.extend(value.as_array().into_iter().flatten());
        }
        assert!(references > 10);
    }
}
