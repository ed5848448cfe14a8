//! `Fact`: a name and a value in a table, for claims and metadata.

use std::fmt::Write as _;

use crate::view::Moment;

/// One row of a table.
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// A value, in the form in which it is displayed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text, a number or a boolean.
    Text(String),
    /// A nested value, indented.
    Json(String),
    /// A claim that holds a time.
    Moment(Moment),
    /// Binary data: its length in bytes, and the first of them in hexadecimal.
    Bytes(usize, String),
}

/// Claims that are a `NumericDate` (RFC 7519 §4.1, OIDC Core §2 and §5.1).
const TIMES: &[&str] = &["auth_time", "exp", "iat", "nbf", "updated_at"];
/// How many bytes of a binary value are shown.
const BYTES_SHOWN: usize = 24;

impl Fact {
    pub(crate) fn from_claim(name: &str, value: &serde_json::Value) -> Self {
        let time = value.as_u64().filter(|_| TIMES.contains(&name));
        let value = match (time, value) {
            (Some(unix), _) => Value::Moment(Moment::from_unix(unix)),
            (None, serde_json::Value::String(text)) => Value::Text(text.clone()),
            (None, nested) if nested.is_object() || nested.is_array() => Value::Json(pretty(nested)),
            (None, other) => Value::Text(other.to_string()),
        };
        Self { name: name.to_owned(), value }
    }

    pub(crate) fn from_bytes(name: &str, bytes: &[u8]) -> Self {
        let nested =
            serde_json::from_slice(bytes).ok().filter(|json: &serde_json::Value| json.is_object() || json.is_array());
        let value = match (nested, str::from_utf8(bytes)) {
            (Some(json), _) => Value::Json(pretty(&json)),
            (None, Ok(text)) => Value::Text(text.to_owned()),
            (None, Err(_)) => Value::Bytes(bytes.len(), hexadecimal(bytes)),
        };
        Self { name: name.to_owned(), value }
    }
}

fn pretty(json: &serde_json::Value) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes.iter().take(BYTES_SHOWN) {
        let _ = write!(text, "{byte:02x} ");
    }
    if bytes.len() > BYTES_SHOWN {
        text.push('…');
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claim(name: &str, value: &serde_json::Value) -> Value {
        Fact::from_claim(name, value).value
    }

    #[test]
    fn a_time_claim_is_shown_as_a_time_and_any_other_number_as_a_number() {
        assert!(
            matches!(claim("exp", &json!(1_772_461_805)), Value::Moment(moment) if moment.iso == "2026-03-02T14:30:05Z")
        );
        assert_eq!(claim("exp", &json!("soon")), Value::Text("soon".into()));
        assert_eq!(claim("level", &json!(1_772_461_805)), Value::Text("1772461805".into()));
    }

    #[test]
    fn nested_values_are_indented_json() {
        assert_eq!(claim("aud", &json!(["a", "b"])), Value::Json("[\n  \"a\",\n  \"b\"\n]".into()));
    }

    #[test]
    fn metadata_is_text_if_it_can_be_json_if_it_is_and_bytes_otherwise() {
        assert_eq!(Fact::from_bytes("team", "Blå".as_bytes()).value, Value::Text("Blå".into()));
        assert_eq!(Fact::from_bytes("plan", b"{\"seats\":3}").value, Value::Json("{\n  \"seats\": 3\n}".into()));
        assert_eq!(Fact::from_bytes("badge", &[0xff, 0x00, 0x1f]).value, Value::Bytes(3, "ff 00 1f".into()));
        assert!(matches!(Fact::from_bytes("key", &[0xff; 99]).value, Value::Bytes(99, hex) if hex.ends_with("ff …")));
    }
}
