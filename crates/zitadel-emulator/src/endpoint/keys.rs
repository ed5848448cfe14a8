//! `/oauth/v2/keys`: the key set (RFC 7517 §5).

use http::header;
use serde_json::json;

use super::Exchange;
use crate::{answer::Answer, fault::Fault};

/// Keys of every state, cacheable for five minutes.
pub(crate) fn answer(exchange: &Exchange<'_>) -> Answer {
    let set = match exchange.fault {
        Some(Fault::NoKeys) => json!({ "keys": [] }),
        _ => exchange.state.keys.json_web_key_set(),
    };
    Answer::json(200, &set).with(header::CACHE_CONTROL, "max-age=300, must-revalidate")
}
