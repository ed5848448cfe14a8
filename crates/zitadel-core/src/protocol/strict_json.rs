//! JSON objects that have one meaning only: no member twice, nothing after the end; and reading their members.
//!
//! `serde_json` keeps the last of two members with one name, other parsers keep the first. A token that one
//! party reads in one way and another party in another is how checks are bypassed, so a second `sub` makes a
//! token, a token response or a userinfo response unreadable (RFC 7519 §4 allows it, RFC 8725 §2.4 requires it).

use serde_json::{Map, Value};

/// Why bytes are not an object we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// Not JSON, more than one value, or nested deeper than 128 levels.
    #[error("not valid JSON")]
    Syntax,
    /// Two members of one object have the same name.
    #[error("a member appears twice in an object")]
    DuplicateMember,
    /// JSON, but not an object.
    #[error("not a JSON object")]
    NotAnObject,
}

/// Parses one JSON object; refuses members that appear twice, at any depth.
///
/// # Errors
///
/// [`JsonError`], which never quotes the input.
pub(crate) fn object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    // A visitor that built the value itself would misread numbers as soon as any crate in the user's tree turns on
    // serde_json's `arbitrary_precision`; so serde_json reads it, and what it dropped is found by counting.
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return Err(JsonError::Syntax) };
    if members(&value) != members_in_text(bytes) {
        return Err(JsonError::DuplicateMember);
    }
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(JsonError::NotAnObject),
    }
}

/// How many members the objects of a value have, at every depth. The depth is limited by the parser.
fn members(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        Value::Array(array) => array.iter().map(members).sum(),
        _ => 0,
    }
}

/// The same of valid JSON text: each member has one colon that is not in a string (RFC 8259 §4). Of two members with one name
/// only one is in the value, so that it has fewer.
fn members_in_text(json: &[u8]) -> usize {
    let (mut count, mut is_string, mut is_escaped) = (0, false, false);
    for byte in json {
        match (is_string, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => is_string = !is_string,
            (false, b':') => count += 1,
            _ => {}
        }
    }
    count
}

/// A member that is text.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

/// A number of seconds, such as a `NumericDate` (RFC 7519 §2) or a lifetime; fractions are cut. `None` for anything
/// negative or not a number.
pub(crate) fn seconds(value: &Value) -> Option<u64> {
    let fraction = || value.as_f64().filter(|seconds| *seconds >= 0.0).map(|seconds| seconds as u64);
    value.as_u64().or_else(fraction)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fmt};

    use proptest::prelude::*;
    use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

    use super::*;

    /// Reads any JSON value and keeps nothing; its only "data" error is a duplicate member.
    struct NoDuplicates;

    impl<'de> DeserializeSeed<'de> for NoDuplicates {
        type Value = ();

        fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
            json.deserialize_any(self)
        }
    }

    impl<'de> Visitor<'de> for NoDuplicates {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_unit<E>(self) -> Result<(), E> {
            Ok(())
        }

        fn visit_bool<E>(self, _: bool) -> Result<(), E> {
            Ok(())
        }

        fn visit_u64<E>(self, _: u64) -> Result<(), E> {
            Ok(())
        }

        fn visit_i64<E>(self, _: i64) -> Result<(), E> {
            Ok(())
        }

        fn visit_f64<E>(self, _: f64) -> Result<(), E> {
            Ok(())
        }

        fn visit_str<E>(self, _: &str) -> Result<(), E> {
            Ok(())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
            while array.next_element_seed(Self)?.is_some() {}
            Ok(())
        }

        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
            let mut names = BTreeSet::new();
            while let Some(name) = object.next_key::<String>()? {
                object.next_value_seed(Self)?;
                if !names.insert(name) {
                    return Err(serde::de::Error::custom("duplicate member"));
                }
            }
            Ok(())
        }
    }

    /// JSON text with few names, so that members appear twice, and with everything that a count could be wrong about.
    fn text() -> impl Strategy<Value = String> {
        let name = prop_oneof![r#""[ab:]{0,2}""#, Just(r#""\u0061""#.to_owned()), Just(r#""\":\\""#.to_owned())];
        let scalar = prop_oneof![name.clone(), Just("1.5e3".to_owned()), Just("null".to_owned())];
        scalar.prop_recursive(4, 24, 4, move |inner| {
            let member = (name.clone(), inner.clone()).prop_map(|(name, value)| format!("{name} : {value}"));
            prop_oneof![
                proptest::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
                proptest::collection::vec(inner, 0..3).prop_map(|values| format!("[{}]", values.join(", "))),
            ]
        })
    }

    #[test]
    fn an_ordinary_object_is_what_serde_json_makes_of_it() {
        let text = br#" {"a":1,"b":[true,null,-2,1.5,{"c":"d"}],"e":{"a":1}} "#;
        assert_eq!(Value::Object(object(text).unwrap()), serde_json::from_slice::<Value>(text).unwrap());
    }

    #[test]
    fn a_member_that_appears_twice_is_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(object(text.as_bytes()), Err(JsonError::DuplicateMember), "{text}");
        }
    }

    #[test]
    fn a_member_that_appears_twice_is_refused_among_many() {
        let names: Vec<String> = (0..60).map(|number| format!("n{number}")).collect();
        let text = |names: &[String]| {
            let members: Vec<String> = names.iter().map(|name| format!(r#""{name}":1"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert_eq!(object(text(&names).as_bytes()).unwrap().len(), 60);
        for (earlier, later) in [(0, 1), (0, 59), (23, 24), (24, 25), (30, 59)] {
            let mut names = names.clone();
            names[later] = names[earlier].clone();
            assert_eq!(object(text(&names).as_bytes()), Err(JsonError::DuplicateMember), "{earlier} and {later}");
        }
    }

    #[test]
    fn anything_but_one_object_is_refused() {
        for text in ["[]", "1", "null", r#""a""#] {
            assert_eq!(object(text.as_bytes()), Err(JsonError::NotAnObject), "{text}");
        }
        for text in ["", "{", "{}x", "{} {}", r#"{"a":1,}"#, "\u{feff}{}", r#"{"a":NaN}"#, "<html>"] {
            assert_eq!(object(text.as_bytes()), Err(JsonError::Syntax), "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}"), Err(JsonError::Syntax));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(object(deep.as_bytes()), Err(JsonError::Syntax));
    }

    proptest! {
        #[test]
        fn members_that_appear_twice_are_found_as_a_visitor_finds_them(text in text()) {
            let appear_twice = NoDuplicates.deserialize(&mut serde_json::Deserializer::from_str(&text)).is_err();
            prop_assert_eq!(object(text.as_bytes()) == Err(JsonError::DuplicateMember), appear_twice, "{}", text);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = object(&bytes);
        }

        #[test]
        fn what_it_accepts_serde_json_reads_alike(text in r#"\{("[ab]":([0-9]{1,3}|"[ab]"|\[\]|\{"a":1\}),?){0,3}\}"#) {
            if let Ok(read) = object(text.as_bytes()) {
                prop_assert_eq!(Value::Object(read), serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
