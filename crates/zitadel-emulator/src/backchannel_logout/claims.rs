//! The claims of a logout token (Back-Channel Logout §2.4), in ZITADEL's order.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Recipient;

/// The event that makes a token a logout token.
pub(super) const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Returns the claims of a token that is sent at a time in seconds since the Unix epoch.
pub(crate) fn logout_token(recipient: &Recipient, id: &str, time: u64, lifetime: Duration) -> Map<String, Value> {
    let mut events = Map::new();
    events.insert(EVENT.to_owned(), json!({}));
    let mut claims = Map::new();
    let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    set("iss", recipient.issuer.as_str().into());
    set("sub", recipient.person_id.as_str().into());
    set("aud", json!([recipient.client_id]));
    let [iat, exp] = times(time, lifetime);
    set("iat", iat.into());
    set("exp", exp.into());
    set("jti", id.into());
    set("events", events.into());
    set("sid", recipient.session_id.as_str().into());
    claims
}

/// `iat` and `exp` of a token that is sent at this time. `iat` is a second earlier, as in ZITADEL.
fn times(time: u64, lifetime: Duration) -> [u64; 2] {
    [time.saturating_sub(1), time.saturating_add(lifetime.as_secs())]
}
