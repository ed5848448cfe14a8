//! `/oauth/v2/keys`: the key set (RFC 7517 §5).

use http::header;
use serde_json::json;

use super::RequestContext;
use crate::{fault::Fault, response::EndpointResponse};

/// Returns all keys, active or not; cacheable for five minutes.
pub(crate) fn handle(context: &RequestContext<'_>) -> EndpointResponse {
    let set = match context.fault {
        Some(Fault::NoKeys) => json!({ "keys": [] }),
        _ => context.state.keys.jwks(),
    };
    EndpointResponse::json(200, &set).with_header(header::CACHE_CONTROL, "max-age=300, must-revalidate")
}
