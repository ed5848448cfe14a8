//! `RequestHead`: the parts of a request that the engine may depend on.

use std::{borrow::Cow, fmt};

use compact_str::CompactString;

use super::{
    authorization::{Authorization, BearerToken},
    cookie_lines::CookieLines,
};

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
// Of a header with a few values that matter, only which of them it has is kept: most requests need no allocation but that
// of their cookies.
#[derive(Clone)]
pub struct RequestHead {
    method: Cow<'static, str>,
    /// Short in most requests: kept without an allocation up to 24 bytes.
    target: CompactString,
    host: Option<CompactString>,
    pub(crate) cookies: CookieLines,
    pub(crate) origin: Option<CompactString>,
    pub(crate) fetch_site: Option<FetchSite>,
    fetch_mode: Option<FetchMode>,
    /// Whether the body is a form, by its content type.
    form: Option<bool>,
    accepts_html: bool,
    is_prefetch: bool,
    is_web_socket_upgrade: bool,
    /// Whether errors are JSON, whatever it accepts.
    is_for_api: bool,
    user_agent: Option<Box<str>>,
    authorization: Authorization,
}

/// A path, `?state=`, and the text of a state of our own, in bytes.
const MIN_AUTHORIZATION_RESPONSE: usize = "/?state=".len() + 43;

/// `Sec-Fetch-Site`, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FetchSite {
    SameOrigin,
    /// The person did it, not a page.
    None,
    /// Any other value, or lines that differ.
    Other,
}

/// `Sec-Fetch-Mode`, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FetchMode {
    Navigate,
    WebSocket,
    /// Any other value, or lines that differ.
    Other,
}

impl RequestHead {
    /// A request line. `target` is the path and query as the client sent it, before any nesting or rewriting.
    ///
    /// A target in absolute form (`http://host/path`) is cut to its path; anything else that does not start
    /// with `/` counts as `/`.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: match method {
                "GET" => Cow::Borrowed("GET"),
                "HEAD" => Cow::Borrowed("HEAD"),
                "POST" => Cow::Borrowed("POST"),
                other => Cow::Owned(other.to_owned()),
            },
            target: CompactString::new(origin_form(target)),
            host: None,
            cookies: CookieLines::default(),
            origin: None,
            fetch_site: None,
            fetch_mode: None,
            form: None,
            accepts_html: false,
            is_prefetch: false,
            is_web_socket_upgrade: false,
            is_for_api: false,
            user_agent: None,
            authorization: Authorization::Absent,
        }
    }

    /// Offers one header; names that authentication does not depend on are dropped.
    ///
    /// Every `Cookie` line is kept, whatever its bytes. `Accept`, `Upgrade` and `Purpose` are lists, of any number of lines. Of other
    /// headers a value that is not UTF-8 is dropped, and two lines that differ (a hostile or broken client) match nothing. Two
    /// `Authorization` lines with a bearer token are malformed, equal or not.
    pub fn header(&mut self, name: &str, value: &[u8]) {
        match Known::parse(name) {
            None => {}
            Some(Known::Cookie) => self.cookies.add(value),
            Some(Known::Host) => set_text(&mut self.host, value),
            Some(Known::Accept) => self.accepts_html |= contains(value, b"text/html"),
            Some(Known::Origin) => set_text(&mut self.origin, value),
            Some(Known::FetchSite) => set(&mut self.fetch_site, FetchSite::parse(value), FetchSite::Other),
            Some(Known::FetchMode) => set(&mut self.fetch_mode, FetchMode::parse(value), FetchMode::Other),
            Some(Known::Purpose) => self.is_prefetch |= contains_ignoring_case(value, b"prefetch"),
            Some(Known::Upgrade) => self.is_web_socket_upgrade |= contains_ignoring_case(value, b"websocket"),
            Some(Known::ContentType) => set(&mut self.form, Some(is_form(value)), false),
            Some(Known::UserAgent) if self.user_agent.is_some() || !self.may_be_authorization_response() => {}
            Some(Known::UserAgent) => self.user_agent = str::from_utf8(value).ok().map(Box::from),
            Some(Known::Authorization) => self.authorization.add(value),
        }
    }

    /// As [`header`](Self::header), for a value that shares its memory when it is cloned, as those of the crate `http` do: a long one is
    /// not copied then.
    pub fn shared_header<V: AsRef<[u8]> + Clone + Send + Sync + 'static>(&mut self, name: &str, value: &V) {
        match name {
            "cookie" => self.cookies.add_shared(value),
            _ => self.header(name, value.as_ref()),
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
        self.target.as_str()
    }

    /// The path as sent, still percent-encoded, without query or fragment.
    #[must_use]
    pub fn path(&self) -> &str {
        let end = memchr::memchr2(b'?', b'#', self.target.as_bytes()).unwrap_or(self.target.len());
        self.target.get(..end).unwrap_or("/")
    }

    /// The query as sent, without `?`; `None` if there is none.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let target = self.target.split('#').next().unwrap_or_default();
        target.split_once('?').map(|(_, query)| query)
    }

    /// The `Host` header, or the authority of an HTTP/2 request: decides nothing but a redirect to our own origin.
    #[cfg(feature = "login")]
    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// GET, HEAD, OPTIONS and TRACE are safe (RFC 9110 §9.2.1), unless they open a WebSocket: browsers apply no
    /// same-origin policy to that (RFC 6455 §10.2).
    #[cfg(feature = "login")]
    pub(crate) fn is_safe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE") && !self.is_web_socket()
    }

    /// The program that finishes a login, for the list of a user's sessions. Of other requests it is not kept.
    #[cfg(feature = "login")]
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
    #[cfg(feature = "login")]
    pub(crate) fn is_form(&self) -> bool {
        self.form == Some(true)
    }

    #[cfg(feature = "login")]
    fn is_web_socket(&self) -> bool {
        self.fetch_mode == Some(FetchMode::WebSocket) || self.is_web_socket_upgrade
    }

    /// Whether a browser is loading a page for a person: it says so (`Sec-Fetch-Mode: navigate`). Without that header,
    /// a GET or HEAD that accepts HTML counts as one.
    pub(crate) fn is_navigation(&self) -> bool {
        match self.fetch_mode {
            Some(mode) => mode == FetchMode::Navigate,
            None => matches!(&*self.method, "GET" | "HEAD") && self.accepts_html,
        }
    }

    /// From now on errors are JSON, whatever it accepts.
    pub(crate) const fn set_for_api(&mut self) {
        self.is_for_api = true;
    }

    pub(crate) const fn is_for_api(&self) -> bool {
        self.is_for_api
    }

    /// Whether an error is answered with a page.
    pub(crate) fn wants_error_page(&self) -> bool {
        self.is_navigation() && !self.is_for_api
    }

    /// Whether a browser loads the page ahead of time, before the user has followed the link: `Sec-Purpose: prefetch`, and
    /// `Purpose` and `X-Moz` of older browsers.
    #[cfg(feature = "login")]
    pub(crate) const fn is_prefetch(&self) -> bool {
        self.is_prefetch
    }
}

/// `None` for a value that is not UTF-8, here and below.
impl FetchSite {
    fn parse(value: &[u8]) -> Option<Self> {
        match value {
            b"same-origin" => Some(Self::SameOrigin),
            b"none" => Some(Self::None),
            other => str::from_utf8(other).ok().map(|_| Self::Other),
        }
    }
}

impl FetchMode {
    fn parse(value: &[u8]) -> Option<Self> {
        match value {
            b"navigate" => Some(Self::Navigate),
            b"websocket" => Some(Self::WebSocket),
            other => str::from_utf8(other).ok().map(|_| Self::Other),
        }
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

/// The longest name of [`Known`], in bytes.
const MAX_NAME: usize = 14;

impl Known {
    fn parse(name: &str) -> Option<Self> {
        // Servers pass names in lower case.
        Self::from_lower_case(name.as_bytes()).or_else(|| {
            let mut lower = [0; MAX_NAME];
            let lower = lower.get_mut(..name.len())?;
            lower.copy_from_slice(name.as_bytes());
            lower.make_ascii_lowercase();
            Self::from_lower_case(lower)
        })
    }

    fn from_lower_case(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"host" => Self::Host,
            b"cookie" => Self::Cookie,
            b"accept" => Self::Accept,
            b"origin" => Self::Origin,
            b"purpose" | b"x-moz" | b"sec-purpose" => Self::Purpose,
            b"upgrade" => Self::Upgrade,
            b"user-agent" => Self::UserAgent,
            b"authorization" => Self::Authorization,
            b"content-type" => Self::ContentType,
            b"sec-fetch-site" => Self::FetchSite,
            b"sec-fetch-mode" => Self::FetchMode,
            _ => return None,
        })
    }
}

/// Two lines that differ match nothing.
fn set<T: Copy + PartialEq>(slot: &mut Option<T>, value: Option<T>, nothing: T) {
    if value.is_some() {
        *slot = if slot.is_none() || *slot == value { value } else { Some(nothing) };
    }
}

/// The same for a text; one that is not UTF-8 is dropped.
fn set_text(slot: &mut Option<CompactString>, value: &[u8]) {
    let Ok(value) = str::from_utf8(value) else { return };
    match slot {
        None => *slot = Some(value.into()),
        Some(first) if first == value => {}
        Some(first) => first.push_str(", "),
    }
}

fn contains(value: &[u8], word: &[u8]) -> bool {
    value.starts_with(word) || value.len() > word.len() && memchr::memmem::find(value, word).is_some()
}

fn contains_ignoring_case(value: &[u8], word: &[u8]) -> bool {
    value.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

fn is_form(value: &[u8]) -> bool {
    let media_type = value.split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
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
        assert_eq!(head.cookies.as_bytes(), b"a=b;c=d");
        let mut shared = RequestHead::new("GET", "/");
        shared.shared_header("cookie", &"a=b");
        assert_eq!(shared.cookies.as_bytes(), b"a=b");
        shared.shared_header("cookie", &"c=d");
        shared.shared_header("accept", &"text/html");
        assert_eq!(shared.cookies.as_bytes(), b"a=b;c=d");
        assert!(shared.is_navigation());
    }

    #[test]
    fn two_different_origins_match_nothing() {
        let mut head = RequestHead::new("POST", "/");
        head.header("origin", b"https://app.example");
        head.header("origin", b"https://evil.example");
        assert_ne!(head.origin.as_deref(), Some("https://app.example"));
        head.header("sec-fetch-mode", b"navigate");
        assert!(head.is_navigation());
        head.header("sec-fetch-mode", b"cors");
        assert!(!head.is_navigation());
        head.header("sec-fetch-mode", b"navigate");
        assert!(!head.is_navigation());
    }

    #[test]
    fn a_list_may_have_any_number_of_lines() {
        let mut head = RequestHead::new("GET", "/");
        for (name, value) in
            [("accept", "text/plain"), ("accept", "text/html"), ("upgrade", "h2c"), ("Upgrade", "WebSocket")]
        {
            head.header(name, value.as_bytes());
        }
        assert!(head.is_navigation());
        assert!(!head.is_safe());
    }

    #[test]
    fn a_form_is_known_by_its_media_type() {
        for (lines, expected) in [
            (&["application/x-www-form-urlencoded"][..], true),
            (&["Application/X-WWW-Form-Urlencoded ; charset=utf-8"], true),
            (&["application/x-www-form-urlencoded", "text/plain"], false),
            (&["text/plain; application/x-www-form-urlencoded"], false),
            (&[], false),
        ] {
            let mut head = RequestHead::new("POST", "/");
            lines.iter().for_each(|line| head.header("content-type", line.as_bytes()));
            assert_eq!(head.is_form(), expected, "{lines:?}");
        }
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
