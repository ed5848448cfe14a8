//! Queries of callbacks, where no parameter may appear twice (RFC 6749 §3.1).

use std::collections::BTreeMap;

/// Longest query that is read, in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// The parameters of a query, decoded; `None` if it is longer than 16 KiB, one appears twice or one is not
/// percent-encoded UTF-8.
pub(crate) fn parameters(query: Option<&str>) -> Option<BTreeMap<String, String>> {
    let query = query.unwrap_or_default();
    if query.len() > MAX_BYTES {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        // What does not decode becomes U+FFFD, which nothing we look for contains.
        if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
            return None;
        }
        if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    Some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_none_may_repeat() {
        let read = parameters(Some("a=1+2&b=%C3%A4%26&c&=x")).unwrap();
        assert_eq!(read.get("a").unwrap(), "1 2");
        assert_eq!(read.get("b").unwrap(), "ä&");
        assert_eq!(read.get("c").unwrap(), "");
        assert!(parameters(None).unwrap().is_empty());
        assert!(parameters(Some("")).unwrap().is_empty());
        assert_eq!(parameters(Some("a=1&a=1")), None);
        assert_eq!(parameters(Some("a=1&%61=2")), None);
        assert_eq!(parameters(Some("a=%ff")), None);
        assert_eq!(parameters(Some(&"a".repeat(MAX_BYTES + 1))), None);
    }
}
