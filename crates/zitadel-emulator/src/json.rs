//! JSON as Go's encoder writes it: `&`, `<` and `>` are escaped even though JSON does not ask for it.

use serde::Serialize;

/// Serialises `value`; the answer never contains a literal `<`, `>` or `&`.
pub(crate) fn text<T: Serialize + ?Sized>(value: &T) -> String {
    let plain = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut escaped = String::with_capacity(plain.len());
    for letter in plain.chars() {
        // Outside of strings JSON has none of these, so every one of them may be replaced.
        match letter {
            '&' | '<' | '>' | '\u{2028}' | '\u{2029}' => escaped.push_str(&format!("\\u{:04x}", u32::from(letter))),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_is_escaped_as_go_escapes_it() {
        assert_eq!(super::text("<b> & \u{2028}ü"), r#""\u003cb\u003e \u0026 \u2028ü""#);
    }
}
