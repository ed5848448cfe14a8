//! JSON responses.

use serde_json::json;

use super::{ErrorCode, ErrorPage};
use crate::http::Reply;

/// `{"error", "error_description"}`, with an incident number where there is one.
pub(crate) fn error(code: ErrorCode, page: &ErrorPage) -> Reply {
    let mut body = json!({ "error": error_word(code), "error_description": page.message() });
    if let (Some(incident), Some(body)) = (page.incident(), body.as_object_mut()) {
        body.insert("incident".to_owned(), incident.into());
    }
    Reply::json(page.status(), &body)
}

/// The error code of RFC 6750 §3.1, where it has one.
const fn error_word(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Forbidden => "insufficient_scope",
        ErrorCode::MalformedToken => "invalid_request",
        code => code.as_str(),
    }
}
