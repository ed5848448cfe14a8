//! JSON objects that have one meaning only: no member twice, nothing after the end; and reading their members.
//!
//! `serde_json` keeps the last of two members with one name, other parsers keep the first. A token that one
//! party reads in one way and another party in another is how checks are bypassed, so a second `sub` makes a
//! token, a token response or a userinfo response unreadable (RFC 7519 §4 allows it, RFC 8725 §2.4 requires it).

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
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
    // Two passes: a visitor that built the value itself would misread numbers as soon as any crate in the
    // user's tree turns on serde_json's `arbitrary_precision`.
    let mut json = serde_json::Deserializer::from_slice(bytes);
    NoDuplicates.deserialize(&mut json).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => JsonError::DuplicateMember,
        _ => JsonError::Syntax,
    })?;
    json.end().map_err(|_| JsonError::Syntax)?;
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(JsonError::NotAnObject),
        Err(_) => Err(JsonError::Syntax),
    }
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
        let mut names = Names::default();
        while let Some(name) = object.next_key()? {
            object.next_value_seed(Self)?;
            if !names.insert(name) {
                return Err(serde::de::Error::custom("duplicate member"));
            }
        }
        Ok(())
    }
}

/// The name of a member, borrowed from the text unless it has escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The names of an object's members. The first are compared one by one, which costs less than a tree; the others are in one, so that
/// an object with very many members does not take the square of their number.
#[derive(Default)]
struct Names<'a> {
    first: Vec<Name<'a>>,
    others: BTreeSet<Name<'a>>,
}

impl<'a> Names<'a> {
    const FIRST: usize = 24;

    /// Whether it is new.
    fn insert(&mut self, name: Name<'a>) -> bool {
        if self.first.contains(&name) {
            return false;
        }
        if self.first.len() == Self::FIRST {
            return self.others.insert(name);
        }
        self.first.push(name);
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
