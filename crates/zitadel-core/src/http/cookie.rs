//! Reading the `Cookie` header; names, prefixes and attributes of our own cookies.
//!
//! 1. A cookie is ours if its name equals ours byte for byte. Names that merely end in ours, values that contain our
//!    name, and names in another case are not.
//! 2. Only space and tab around a name or value are ignored, as browsers do (RFC 6265bis §5.6). Unicode's other
//!    white space stays: a browser lets any subdomain set `\u{2000}__Host-…`, and a server that trims it undoes
//!    the prefix.
//! 3. Quotes do not protect a semicolon (RFC 6265bis §4.1.1); one pair around a whole value is taken off.
//! 4. Of a name that comes twice every value is given, in order; the caller decides. (Cookies for a longer
//!    path come first, so "the first" is not "the right one".)
//! 5. At most [64 KiB](super::cookie_lines::MAX_BYTES) of cookies are read per request.
//! 6. Everything we set is `HttpOnly; SameSite=Lax; Path=/`, and on https `Secure` with the `__Host-` prefix, so
//!    that no script can read it and no subdomain replace it, and it is still sent with the redirect back from ZITADEL.

use std::{borrow::Cow, time::Duration};

use cookie::{
    Cookie, SameSite,
    time::{Duration as MaxAge, OffsetDateTime},
};
use sha2::{Digest as _, Sha256};

use super::RequestHead;

/// Whether cookies travel under TLS; decided once, by the scheme of the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CookieSecurity {
    /// https: `Secure`, and names carry `__Host-`.
    Secure,
    /// http on loopback: browsers refuse `__Host-` there (Safari also `Secure`), so plain names.
    Loopback,
}

/// The names of our cookies: `zitadel.session.<tag>`, with `__Host-` before it on https.
///
/// Browsers send a cookie to every port and path of a host. The tag is made of issuer and client id, so that several
/// applications on one host leave each other's cookies alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CookieNames {
    security: CookieSecurity,
    session: String,
    session_chunk_prefix: String,
    login_prefix: String,
    logout: String,
}

impl CookieNames {
    pub(crate) fn new(security: CookieSecurity, issuer: &str, client_id: &str) -> Self {
        Self::with_suffix(security, &format!(".{}", tag(issuer, client_id)))
    }

    /// The names of versions that had no tag.
    pub(crate) fn untagged(security: CookieSecurity) -> Self {
        Self::with_suffix(security, "")
    }

    fn with_suffix(security: CookieSecurity, suffix: &str) -> Self {
        let prefix = match security {
            CookieSecurity::Secure => "__Host-zitadel",
            CookieSecurity::Loopback => "zitadel",
        };
        let session = format!("{prefix}.session{suffix}");
        Self {
            security,
            session_chunk_prefix: format!("{session}."),
            session,
            login_prefix: format!("{prefix}.login{suffix}."),
            logout: format!("{prefix}.logout{suffix}"),
        }
    }

    /// The session, or its first chunk.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Chunk 0 is [`session`](Self::session) itself; then `.1`, `.2`, and so on.
    pub(crate) fn session_chunk(&self, index: usize) -> Cow<'_, str> {
        match index {
            0 => Cow::Borrowed(&self.session),
            _ => Cow::Owned(format!("{}{index}", self.session_chunk_prefix)),
        }
    }

    /// What the name of every pending login starts with.
    pub(crate) fn login_prefix(&self) -> &str {
        &self.login_prefix
    }

    /// One pending login; `suffix` is the beginning of its `state`.
    pub(crate) fn login(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.login_prefix)
    }

    /// A pending logout.
    pub(crate) fn logout(&self) -> &str {
        &self.logout
    }

    /// Marks a browser that was just redirected from another name of the host.
    pub(crate) fn redirected(&self) -> String {
        self.session.replacen(".session", ".redirected", 1)
    }

    /// As [`set`], for one of these names.
    pub(crate) fn set(&self, name: &str, value: &str, max_age: Option<Duration>) -> String {
        set(name, value, max_age, self.security)
    }

    /// As [`clear`], for one of these names.
    pub(crate) fn clear(&self, name: &str) -> String {
        clear(name, self.security)
    }
}

/// Whether a cookie with this name is one of ours, or of another application with this library on the same host: for a proxy, which
/// must not send it on.
#[must_use]
pub fn is_engine_cookie(name: &[u8]) -> bool {
    let bare = [&b"__Host-"[..], b"__Secure-"].iter().find_map(|prefix| name.strip_prefix(*prefix)).unwrap_or(name);
    bare.starts_with(b"zitadel.")
}

/// Eight hexadecimal digits: enough to tell the applications of one host apart. Not a secret.
fn tag(issuer: &str, client_id: &str) -> String {
    // The zero byte keeps the parts apart: neither contains one.
    let hash = Sha256::new().chain_update(issuer).chain_update([0]).chain_update(client_id).finalize();
    hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Every value the request has for a cookie, in order (rule 4), if it is UTF-8. Allocates nothing.
pub(crate) fn values<'h>(head: &'h RequestHead, name: &str) -> impl Iterator<Item = &'h str> {
    raw_values(head, name).filter_map(|value| str::from_utf8(value).ok())
}

/// The same, whatever its bytes: ours are looked at when they are opened.
pub(crate) fn raw_values<'h>(head: &'h RequestHead, name: &str) -> impl Iterator<Item = &'h [u8]> {
    pairs(head).filter_map(move |part| {
        let rest = trim_start_ws(part).strip_prefix(name.as_bytes())?;
        Some(unquote(trim_start_ws(rest).strip_prefix(b"=")?))
    })
}

/// Cookies whose name starts with `prefix`: what follows the prefix (never empty), and the value.
pub(crate) fn names_with_prefix<'h>(head: &'h RequestHead, prefix: &str) -> Vec<(&'h str, &'h str)> {
    pairs(head)
        .filter_map(|part| {
            let rest = str::from_utf8(trim_start_ws(part).strip_prefix(prefix.as_bytes())?).ok()?;
            let (suffix, value) = rest.split_once('=')?;
            let suffix = suffix.trim_end_matches([' ', '\t']);
            (!suffix.is_empty()).then(|| Some((suffix, str::from_utf8(unquote(value.as_bytes())).ok()?)))?
        })
        .collect()
}

/// A `Set-Cookie` value. Without `max_age` the browser forgets the cookie when it closes. The caller passes
/// cookie octets only (RFC 6265 §4.1.1); ours are base64url.
pub(crate) fn set(name: &str, value: &str, max_age: Option<Duration>, security: CookieSecurity) -> String {
    debug_assert!(value.bytes().all(is_cookie_octet), "not a cookie value");
    let mut cookie = base_cookie(name, value, security);
    // Saturating: a lifetime beyond i64 seconds is practically unlimited.
    let seconds = max_age.map(|age| MaxAge::seconds(i64::try_from(age.as_secs()).unwrap_or(i64::MAX)));
    cookie.set_max_age(seconds);
    cookie.to_string()
}

/// A `Set-Cookie` value that makes the browser drop the cookie: same name, path and prefix rules, already expired.
pub(crate) fn clear(name: &str, security: CookieSecurity) -> String {
    let mut cookie = base_cookie(name, "", security);
    cookie.set_max_age(MaxAge::ZERO);
    // Not `Cookie::make_removal`: it reads the clock.
    cookie.set_expires(OffsetDateTime::UNIX_EPOCH);
    cookie.to_string()
}

fn base_cookie<'c>(name: &'c str, value: &'c str, security: CookieSecurity) -> Cookie<'c> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(matches!(security, CookieSecurity::Secure))
        .build()
}

const fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

const fn is_ws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim_start_ws(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_ws(*first)
    {
        text = rest;
    }
    text
}

fn unquote(value: &[u8]) -> &[u8] {
    let mut value = trim_start_ws(value);
    while let [rest @ .., last] = value
        && is_ws(*last)
    {
        value = rest;
    }
    value.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(value)
}

/// `name=value` parts of all cookie lines.
fn pairs(head: &RequestHead) -> impl Iterator<Item = &[u8]> {
    Pairs(Some(head.cookies.as_bytes()))
}

/// Cookie lines cut at their semicolons. Looking for the semicolon and not for the name is what makes a false
/// match impossible, and costs the same: a value holds no semicolon, so each cookie is one vectorized scan.
struct Pairs<'h>(Option<&'h [u8]>);

impl<'h> Iterator for Pairs<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let line = self.0.take()?;
        let cut = memchr::memchr(b';', line).and_then(|at| Some((line.get(..at)?, line.get(at + 1..)?)));
        let (part, rest) = cut.map_or((line, None), |(part, rest)| (part, Some(rest)));
        self.0 = rest;
        Some(part)
    }
}

#[cfg(test)]
mod tests;
