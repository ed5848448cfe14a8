//! `ReturnTo`: a local path, parsed; an open redirect cannot be represented.
//!
//! 1. It starts with exactly one `/`, and no `\` follows it: browsers read `//host` and `/\host` as another server. A
//!    `\` further on is percent-encoded: browsers would read it as `/`.
//! 2. No white space and no control character: browsers remove tabs and line breaks before they parse.
//! 3. No `.` or `..` segment, with `\` as a separator too: `/.//host` becomes `//host` wherever a path is normalized.
//!    Browsers have resolved them before they ask for a page, so no real page is lost.
//! 4. The path keeps rules 1 to 3 however often it is percent-decoded: `/%2f`, `/%5c`, `%09`, `%2e%2e`, `%252f` are
//!    as unsafe as what they decode to. In the query they are data and are kept.
//! 5. The fragment is dropped: the server never saw it, and it must not carry anything into the next page.
//! 6. What no URI may contain (RFC 3986 §2) but browsers accept (`"<>\^{|}`, backtick, non-ASCII) is percent-encoded,
//!    as they would do themselves.
//! 7. At most [`ReturnTo::MAX_LENGTH`] bytes after rule 6. A longer one loses its query; a path that is longer is refused.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Where the browser goes after login: a path on this site, with its query.
///
/// No value of this type leads to another site, so a redirect to it is always safe. Whether it is a
/// sensible target (not the login page itself) is for the caller to check. `Debug` leaves the query out.
///
/// ```
/// use zitadel_core::ReturnTo;
/// let page = ReturnTo::parse("/orders?page=2#top").unwrap();
/// assert_eq!(page.as_str(), "/orders?page=2");
/// assert_eq!(page.query_value(), "%2Forders%3Fpage%3D2");
/// assert_eq!(ReturnTo::parse("//evil.example"), None);
/// assert_eq!(ReturnTo::parse("https://evil.example"), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// The longest path with its query, in bytes: 4 KiB. It is kept in the cookie of the pending login, compressed.
    pub const MAX_LENGTH: usize = 4_096;

    /// Parses a path such as `/orders?page=2`; `None` for everything that is not plainly one on this site.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::check(text).ok()
    }

    /// The same, or an absolute URL of this origin (`scheme://host[:port]`), which counts as its path.
    ///
    /// # Errors
    ///
    /// Why it is refused, for the log.
    pub(crate) fn check_at(text: &str, origin: &str) -> Result<Self, &'static str> {
        match text.split_at_checked(origin.len()) {
            Some((start, "")) if start.eq_ignore_ascii_case(origin) => Self::check("/"),
            Some((start, rest)) if start.eq_ignore_ascii_case(origin) && rest.starts_with('/') => Self::check(rest),
            Some((start, rest)) if start.eq_ignore_ascii_case(origin) && rest.starts_with(['?', '#']) => {
                Self::check(&format!("/{rest}"))
            }
            _ => Self::check(text),
        }
    }

    fn check(text: &str) -> Result<Self, &'static str> {
        let local = text.split('#').next().unwrap_or_default();
        let path = local.split('?').next().unwrap_or_default();
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err("white space or a control character");
        }
        if !path.starts_with('/') {
            return Err("not a path of this site");
        }
        // Before it is decoded again and again.
        if path.len() > Self::MAX_LENGTH {
            return Err("the path is too long");
        }
        if !is_local_however_decoded(path.as_bytes()) {
            return Err("the path may lead to another site");
        }
        let fitting = |text: &str| Some(encode(text)).filter(|encoded| encoded.len() <= Self::MAX_LENGTH);
        let whole = if local.len() <= Self::MAX_LENGTH { fitting(local) } else { None };
        whole.or_else(|| fitting(path)).map(Self).ok_or("the path is too long")
    }

    /// The path alone.
    pub(crate) fn without_query(&self) -> Self {
        Self(self.path().to_owned())
    }

    /// Path and query, ASCII only; fit for a `Location` header as it is.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without the query, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split('?').next().unwrap_or("/")
    }

    /// Percent-encoded, to follow `?callbackUrl=`.
    #[must_use]
    pub fn query_value(&self) -> String {
        form_urlencoded::byte_serialize(self.0.as_bytes()).collect()
    }

    /// `login_path?callbackUrl=…`: the login page that returns to this page; without one, the bare path.
    pub(crate) fn login_url(login_path: &str, return_to: Option<&Self>) -> String {
        match return_to {
            Some(return_to) => format!("{login_path}?callbackUrl={}", return_to.query_value()),
            None => login_path.to_owned(),
        }
    }
}

/// How often a path may be encoded. No real one is encoded more than twice, and each time costs a pass over the path.
const MAX_ENCODINGS: usize = 8;

/// Rules 1 to 3 for the path and for all it may be decoded to.
fn is_local_however_decoded(path: &[u8]) -> bool {
    let mut path = Cow::Borrowed(path);
    for _ in 0..=MAX_ENCODINGS {
        if !is_local(&path) {
            return false;
        }
        match decode_once(&path) {
            Some(decoded) => path = Cow::Owned(decoded),
            None => return true,
        }
    }
    false
}

fn is_local(path: &[u8]) -> bool {
    let is_separator = |byte: &u8| matches!(byte, b'/' | b'\\');
    path.starts_with(b"/")
        && !path.get(1).is_some_and(is_separator)
        // A space that was `%20` is part of a name; the raw one was refused before.
        && !path.iter().any(|byte| *byte < b' ' || *byte == 0x7f)
        && !path.split(is_separator).any(|segment| matches!(segment, b"." | b".."))
}

/// The path with every `%xx` decoded; `None` if there was none. A lone `%` stays.
fn decode_once(path: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'%', path)?;
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        rest = tail;
        let octet = match (first, tail) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high * 16 + low, after)),
            _ => None,
        };
        match octet {
            Some((octet, after)) => {
                decoded.push(octet);
                rest = after;
            }
            None => decoded.push(*first),
        }
    }
    (decoded.len() < path.len()).then_some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Rule 6. `%` stays: it is an escape already, or a lone `%` that browsers leave alone too.
fn encode(local: &str) -> String {
    let mut encoded = String::with_capacity(local.len());
    for byte in local.bytes() {
        match byte {
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | 0x80.. => {
                encoded.push('%');
                for half in [byte >> 4, byte & 15] {
                    encoded.extend(char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
            _ => encoded.push(char::from(byte)),
        }
    }
    encoded
}

impl fmt::Display for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReturnTo").field(&self.path()).finish()
    }
}

impl AsRef<str> for ReturnTo {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Serialize for ReturnTo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ReturnTo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Through `parse`: a sealed cookie is trusted, the rule is not left to it.
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a local path"))
    }
}

/// In a cookie: compressed by LZ4 where that is shorter. The length is that of the text, or zero for one that is not
/// compressed.
pub(crate) mod compressed {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    use super::ReturnTo;

    pub(crate) fn serialize<S: Serializer>(return_to: &ReturnTo, serializer: S) -> Result<S::Ok, S::Error> {
        let text = return_to.0.as_bytes();
        let compressed = lz4_flex::block::compress(text);
        match compressed.len() < text.len() {
            true => (text.len(), compressed).serialize(serializer),
            false => (0_usize, text).serialize(serializer),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ReturnTo, D::Error> {
        let (length, bytes) = <(usize, Vec<u8>)>::deserialize(deserializer)?;
        let bytes = match length {
            0 => bytes,
            // Before memory is reserved for it.
            _ if length > ReturnTo::MAX_LENGTH => return Err(D::Error::custom("longer than a local path")),
            _ => lz4_flex::block::decompress(&bytes, length).map_err(D::Error::custom)?,
        };
        let text = String::from_utf8(bytes).map_err(D::Error::custom)?;
        ReturnTo::parse(&text).ok_or_else(|| D::Error::custom("not a local path"))
    }
}

#[cfg(test)]
mod tests;
