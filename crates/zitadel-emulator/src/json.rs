//! JSON in the format of Go's encoder, which escapes `&`, `<` and `>`.

use serde::Serialize;

/// Serializes `value`. The result never contains a literal `<`, `>` or `&`.
pub(crate) fn to_string<T: Serialize + ?Sized>(value: &T) -> String {
    let plain = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        // In JSON these characters occur only inside strings, so all of them can be escaped.
        match character {
            '&' | '<' | '>' | '\u{2028}' | '\u{2029}' => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn html_characters_are_escaped_as_in_go() {
        assert_eq!(super::to_string("<b> & \u{2028}ü"), r#""\u003cb\u003e \u0026 \u2028ü""#);
    }
}
