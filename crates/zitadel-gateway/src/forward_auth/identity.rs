//! The identity headers: who sent a request, for the application behind the proxy.
//!
//! 1. All four are always sent, an empty one for what is not known: a proxy that copies them then overwrites what the client sent.
//! 2. `X-Auth-Request-User` is the subject, `X-Auth-Request-Email` the e-mail address if the provider verified it (an address that is not
//!    verified may be another person's), `X-Auth-Request-Roles` the role keys in this application's project, separated by commas,
//!    `X-Auth-Request-Org` the id of the organization that the user belongs to.
//! 3. Values are visible ASCII. Every other byte (controls, spaces, UTF-8), `%`, and a comma in a value, is percent-encoded
//!    (RFC 3986 §2.1), so that nothing that a user may choose ends a header line, adds a role, or is read in two ways.
//! 4. A value above 8 KiB, of about 700 role keys, is left empty: servers refuse such lines. The log says so.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use zitadel_axum::core::User;

/// `X-Auth-Request-User`.
pub const USER: HeaderName = HeaderName::from_static("x-auth-request-user");
/// `X-Auth-Request-Email`.
pub const EMAIL: HeaderName = HeaderName::from_static("x-auth-request-email");
/// `X-Auth-Request-Roles`.
pub const ROLES: HeaderName = HeaderName::from_static("x-auth-request-roles");
/// `X-Auth-Request-Org`.
pub const ORGANIZATION: HeaderName = HeaderName::from_static("x-auth-request-org");

/// Rule 3.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%').add(b',');
/// Rule 4, in bytes.
const MAX_VALUE: usize = 8 * 1024;

/// Sets the headers of a user.
pub(super) fn set(headers: &mut HeaderMap, user: &User) {
    let email = user.email().filter(|_| user.email_verified());
    headers.insert(USER, value(&encode(user.subject())));
    headers.insert(EMAIL, value(&email.map_or(Cow::Borrowed(""), encode)));
    headers.insert(ROLES, value(&list(user.roles().keys())));
    headers.insert(ORGANIZATION, value(&user.organization().map_or(Cow::Borrowed(""), |own| encode(own.id()))));
}

fn encode(text: &str) -> Cow<'_, str> {
    utf8_percent_encode(text, ENCODED).into()
}

/// The values, separated by commas.
fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for value in values {
        if !list.is_empty() {
            list.push(',');
        }
        list.extend(utf8_percent_encode(value, ENCODED));
    }
    list
}

fn value(text: &str) -> HeaderValue {
    const EMPTY: HeaderValue = HeaderValue::from_static("");
    if text.len() > MAX_VALUE {
        tracing::warn!(name: "forward_auth_header_too_long", bytes = text.len(), "forward_auth_header_too_long");
        return EMPTY;
    }
    HeaderValue::from_str(text).unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_3_what_could_end_a_line_or_add_a_value_is_encoded() {
        for (text, encoded) in [
            ("alice@example.com", "alice@example.com"),
            ("\"a b\"@example.com", "\"a%20b\"@example.com"),
            ("a\r\nX-Auth-Request-Roles: admin", "a%0D%0AX-Auth-Request-Roles:%20admin"),
            ("a,admin", "a%2Cadmin"),
            ("a%2Cadmin", "a%252Cadmin"),
            ("zoë\u{2028}\u{85}\0\u{7f}", "zo%C3%AB%E2%80%A8%C2%85%00%7F"),
            ("\t", "%09"),
        ] {
            assert_eq!(encode(text), encoded);
            let value = value(encoded);
            assert!(
                value.to_str().is_ok_and(|value| value == encoded && value.bytes().all(|byte| byte.is_ascii_graphic()))
            );
        }
        assert_eq!(list(["reader", "a,admin", "ü"].into_iter()), "reader,a%2Cadmin,%C3%BC");
        assert_eq!(list(std::iter::empty()), "");
    }

    #[test]
    fn rule_4_a_value_that_is_too_long_is_left_empty_and_not_cut() {
        assert_eq!(value(&"a".repeat(MAX_VALUE)).len(), MAX_VALUE);
        assert_eq!(value(&"a".repeat(MAX_VALUE + 1)), "");
    }
}
