//! Changed claims, for tests of tokens and of introspection.

use serde_json::Value;

/// The same claims with another value of one.
pub(crate) fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

/// The same claims without these.
pub(crate) fn without(mut claims: Value, names: &[&str]) -> Value {
    names.iter().for_each(|name| drop(claims.as_object_mut().unwrap().remove(*name)));
    claims
}
