//! `RequestHead`: the parts of a request that the engine may depend on.

use std::fmt;

use compact_str::CompactString;

use super::authorization::{Authorization, BearerToken};

/// The parts of a request that authentication may depend on, and nothing else.
///
/// Adapters build one per request: [`new`](Self::new), then [`header`](Self::header) for every header. `Debug` shows
/// method and path only.
///
/// ```
/// let mut head = zitadel_core::RequestHead::new("GET", "/profile?tab=roles");
/// head.header("Accept", b"text/html");
/// assert_eq!(head.path(), "/profile");
/// assert_eq!(head.query(), Some("tab=roles"));
/// ```
#[derive(Clone)]
pub struct RequestHead {
    method: String,
    target: String,
    /// Short in most requests: kept without an allocation up to 24 bytes.
    host: Option<CompactString>,
    pub(crate) cookies: Vec<String>,
    pub(crate) accept: Option<String>,
    pub(crate) origin: Option<String>,
    pub(crate) fetch_site: Option<String>,
    pub(crate) fetch_mode: Option<String>,
    pub(crate) purpose: Option<String>,
    pub(crate) upgrade: Option<String>,
    content_type: Option<String>,
    user_agent: Option<String>,
    authorization: Authorization,
}

/// A path, `?state=`, and the text of a state of our own, in bytes.
const MIN_AUTHORIZATION_RESPONSE: usize = "/?state=".len() + 43;

impl RequestHead {
    /// A request line. `target` is the path and query as the client sent it, before any nesting or rewriting.
    ///
    /// A target in absolute form (`http://host/path`) is cut to its path; anything else that does not start
    /// with `/` counts as `/`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: origin_form(target).to_owned(),
            host: None,
            cookies: Vec::new(),
            accept: None,
            origin: None,
            fetch_site: None,
            fetch_mode: None,
            purpose: None,
            upgrade: None,
            content_type: None,
            user_agent: None,
            authorization: Authorization::Absent,
        }
    }

    /// Offers one header; names that authentication does not depend on are dropped.
    ///
    /// Every `Cookie` line is kept, with the readable cookies of a line that is not UTF-8. Of other headers a value
    /// that is not UTF-8 is dropped, and two lines that differ (a hostile or broken client) become one value that
    /// matches nothing. Two `Authorization` lines with a bearer token are malformed, equal or not.
    pub fn header(&mut self, name: &str, value: &[u8]) {
        let Some(known) = Known::parse(name) else { return };
        if matches!(known, Known::UserAgent) && !self.may_be_authorization_response() {
            return;
        }
        if matches!(known, Known::Authorization) {
            return self.authorization.add(value);
        }
        let Ok(value) = str::from_utf8(value) else {
            // A foreign cookie that is not UTF-8 must not hide ours, which are ASCII.
            if matches!(known, Known::Cookie) {
                self.cookies.push(String::from_utf8_lossy(value).into_owned());
            }
            return;
        };
        let slot = match known {
            Known::Cookie => return self.cookies.push(value.to_owned()),
            Known::Host => return set_host(&mut self.host, value),
            Known::Accept => &mut self.accept,
            Known::Origin => &mut self.origin,
            Known::FetchSite => &mut self.fetch_site,
            Known::FetchMode => &mut self.fetch_mode,
            Known::Purpose => &mut self.purpose,
            Known::Upgrade => &mut self.upgrade,
            Known::ContentType => &mut self.content_type,
            Known::UserAgent => &mut self.user_agent,
            Known::Authorization => return,
        };
        match slot {
            None => *slot = Some(value.to_owned()),
            Some(first) if first == value => {}
            Some(first) => first.push_str(", "),
        }
    }

    /// The method as sent; methods are case-sensitive (RFC 9110 §9.1).
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Path and query as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The path as sent, still percent-encoded, without query or fragment.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or("/")
    }

    /// The query as sent, without `?`; `None` if there is none.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let target = self.target.split('#').next().unwrap_or_default();
        target.split_once('?').map(|(_, query)| query)
    }

    /// The `Host` header, or the authority of an HTTP/2 request: decides nothing but a redirect to our own origin.
    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// GET, HEAD, OPTIONS and TRACE are safe (RFC 9110 §9.2.1), unless they open a WebSocket: browsers apply no
    /// same-origin policy to that (RFC 6455 §10.2).
    pub(crate) fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE") && !self.is_web_socket()
    }

    /// The program that finishes a login, for the list of a user's sessions. Of other requests it is not kept.
    pub(crate) fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// The bearer token of the `Authorization` header.
    pub(crate) fn bearer(&self) -> BearerToken<'_> {
        self.authorization.bearer()
    }

    /// Whether the target may be that of an authorization response: it has `state` (RFC 6749 §4.1.2). Asked for every
    /// request, so that the length decides for most of them.
    fn may_be_authorization_response(&self) -> bool {
        self.target.len() >= MIN_AUTHORIZATION_RESPONSE
            && memchr::memmem::find(self.target.as_bytes(), b"state=").is_some()
    }

    /// Whether the body is a form, by its content type.
    pub(crate) fn is_form(&self) -> bool {
        let media_type = self.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default();
        media_type.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    }

    fn is_web_socket(&self) -> bool {
        self.fetch_mode.as_deref() == Some("websocket")
            || self.upgrade.as_deref().is_some_and(|upgrade| upgrade.to_ascii_lowercase().contains("websocket"))
    }

    /// Whether a browser is loading a page for a person: it says so (`Sec-Fetch-Mode: navigate`). Without that header,
    /// a GET or HEAD that accepts HTML counts as one.
    pub(crate) fn is_navigation(&self) -> bool {
        match self.fetch_mode.as_deref() {
            Some(mode) => mode == "navigate",
            None => {
                matches!(self.method.as_str(), "GET" | "HEAD")
                    && self.accept.as_deref().is_some_and(|accept| accept.contains("text/html"))
            }
        }
    }

    /// Whether a browser loads the page ahead of time, before the user has followed the link: `Sec-Purpose: prefetch`, and
    /// `Purpose` and `X-Moz` of older browsers.
    pub(crate) fn is_prefetch(&self) -> bool {
        self.purpose.as_deref().is_some_and(|purpose| purpose.to_ascii_lowercase().contains("prefetch"))
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead").field("method", &self.method).field("path", &self.path()).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy)]
enum Known {
    Host,
    Cookie,
    Accept,
    Origin,
    FetchSite,
    FetchMode,
    Purpose,
    Upgrade,
    ContentType,
    UserAgent,
    Authorization,
}

impl Known {
    fn parse(name: &str) -> Option<Self> {
        // The length first: most headers of a request are not in this list.
        Some(match name.len() {
            4 if name.eq_ignore_ascii_case("host") => Self::Host,
            6 if name.eq_ignore_ascii_case("cookie") => Self::Cookie,
            6 if name.eq_ignore_ascii_case("accept") => Self::Accept,
            6 if name.eq_ignore_ascii_case("origin") => Self::Origin,
            7 if name.eq_ignore_ascii_case("purpose") => Self::Purpose,
            5 if name.eq_ignore_ascii_case("x-moz") => Self::Purpose,
            7 if name.eq_ignore_ascii_case("upgrade") => Self::Upgrade,
            10 if name.eq_ignore_ascii_case("user-agent") => Self::UserAgent,
            11 if name.eq_ignore_ascii_case("sec-purpose") => Self::Purpose,
            13 if name.eq_ignore_ascii_case("authorization") => Self::Authorization,
            12 if name.eq_ignore_ascii_case("content-type") => Self::ContentType,
            14 if name.eq_ignore_ascii_case("sec-fetch-site") => Self::FetchSite,
            14 if name.eq_ignore_ascii_case("sec-fetch-mode") => Self::FetchMode,
            _ => return None,
        })
    }
}

/// As with other headers: two that differ match nothing.
fn set_host(slot: &mut Option<CompactString>, value: &str) {
    match slot {
        None => *slot = Some(value.into()),
        Some(first) if first == value => {}
        Some(first) => first.push_str(", "),
    }
}

fn origin_form(target: &str) -> &str {
    if target.starts_with('/') {
        return target;
    }
    target.split_once("://").and_then(|(_, rest)| rest.find('/').and_then(|start| rest.get(start..))).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_and_the_fragment_are_not_part_of_the_path() {
        let head = RequestHead::new("GET", "/a?b=/c#/d");
        assert_eq!((head.path(), head.query()), ("/a", Some("b=/c")));
        assert_eq!(RequestHead::new("GET", "/a#x?y").query(), None);
    }

    #[test]
    fn an_absolute_target_is_cut_to_its_path() {
        assert_eq!(RequestHead::new("GET", "http://host/a?b").target(), "/a?b");
        assert_eq!(RequestHead::new("GET", "http://host").target(), "/");
        assert_eq!(RequestHead::new("OPTIONS", "*").target(), "/");
    }

    #[test]
    fn header_names_match_in_any_case_and_others_are_dropped() {
        let mut head = RequestHead::new("GET", "/");
        head.header("COOKIE", b"a=b");
        head.header("cookie", b"c=d");
        head.header("x-forwarded-host", b"evil");
        assert_eq!(head.cookies, ["a=b", "c=d"]);
    }

    #[test]
    fn two_different_origins_match_nothing() {
        let mut head = RequestHead::new("POST", "/");
        head.header("origin", b"https://app.example");
        head.header("origin", b"https://evil.example");
        assert_ne!(head.origin.as_deref(), Some("https://app.example"));
    }

    #[test]
    fn a_user_agent_is_kept_where_a_login_finishes_and_nowhere_else() {
        for (target, expected) in [
            ("/auth/callback?code=a&state=0123456789012345678901234567890123456789012", Some("Browser")),
            ("/profile?tab=1", None),
        ] {
            let mut head = RequestHead::new("GET", target);
            head.header("user-agent", b"Browser");
            assert_eq!(head.user_agent(), expected, "{target}");
        }
    }

    #[test]
    fn a_fetch_is_not_a_navigation() {
        let mut head = RequestHead::new("GET", "/");
        head.header("accept", b"text/html");
        assert!(head.is_navigation());
        head.header("sec-fetch-mode", b"cors");
        assert!(!head.is_navigation());
    }
}
