//! `Answer`: what came back, and what a person or a script makes of it.
#![expect(clippy::panic, clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]
#![expect(clippy::must_use_candidate, reason = "most checks are made for their own sake")]

use http::{HeaderMap, header};
use serde_json::Value;

use crate::html::text_of;

/// One answer, whole. Its checks panic, with the answer, when they do not hold.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked, for messages: `GET http://…`.
    pub request: String,
    /// The status code.
    pub status: u16,
    /// All headers, in order per name.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// A redirect (302; 303 of the provider counts as well) to exactly this address; if `target` has no query, any query will do.
    #[track_caller]
    pub fn is_redirect_to(&self, target: &str) -> &Self {
        let location = self.header("location").unwrap_or_default();
        let bare = location.split('?').next().unwrap_or_default();
        let same = location == target || (!target.contains('?') && bare == target);
        let redirect = self.status == 302 || (self.status == 303 && !location.starts_with('/'));
        assert!(redirect && same, "expected a redirect to {target}: {}", self.told());
        self
    }

    /// An HTML page with this status on which `words` can be read.
    #[track_caller]
    pub fn is_page(&self, status: u16, words: &str) -> &Self {
        let html = self.header("content-type") == Some("text/html; charset=utf-8");
        assert!(self.status == status && html, "expected a page with status {status}: {}", self.told());
        self.shows(words)
    }

    /// `words` can be read on it.
    #[track_caller]
    pub fn shows(&self, words: &str) -> &Self {
        assert!(self.text().contains(words), "expected to read {words:?}: {}", self.told());
        self
    }

    /// `words` is nowhere in it, visible or not.
    #[track_caller]
    pub fn hides(&self, words: &str) -> &Self {
        let there = self.body.contains(words) || self.text().contains(words);
        assert!(!there, "expected not to find {words:?}: {}", self.told());
        self
    }

    /// JSON with this status.
    #[track_caller]
    pub fn is_json(&self, status: u16) -> Value {
        let json = self.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        assert!(self.status == status && json, "expected JSON with status {status}: {}", self.told());
        serde_json::from_str(&self.body).unwrap()
    }

    /// This status, whatever else.
    #[track_caller]
    pub fn has_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.told());
        self
    }

    /// Must not be kept by the browser or a proxy: what makes the back button ask again.
    #[track_caller]
    pub fn is_not_stored(&self) -> &Self {
        let stored = self.header("cache-control").is_none_or(|value| !value.contains("no-store"));
        assert!(!stored, "expected `Cache-Control: no-store`: {}", self.told());
        self
    }

    /// Sets no session cookie.
    #[track_caller]
    pub fn begins_no_session(&self) -> &Self {
        let session = self.set_cookies().into_iter().find(|cookie| cookie.is_session() && !cookie.removes());
        assert!(session.is_none(), "expected no session: {}", self.told());
        self
    }

    /// The visible text.
    pub fn text(&self) -> String {
        text_of(&self.body)
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The `Location` header.
    #[track_caller]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("expected a redirect: {}", self.told()))
    }

    /// A query parameter of the `Location` header.
    #[track_caller]
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Every cookie it sets or removes.
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        let lines = self.headers.get_all(header::SET_COOKIE).into_iter();
        lines.map(|line| SetCookie::parse(line.to_str().unwrap())).collect()
    }

    /// The incident number on the page, eight hexadecimal digits.
    #[track_caller]
    pub fn incident(&self) -> String {
        let text = self.text();
        let number = text.split("incident ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
        match number {
            Some(number) if number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit()) => number,
            _ => panic!("expected an incident number: {}", self.told()),
        }
    }

    fn told(&self) -> String {
        let text: String = if self.body.contains('<') { self.text() } else { self.body.clone() };
        let text: String = text.chars().take(600).collect();
        let kind = self.header("content-type").unwrap_or("no content type");
        let location = self.header("location").map(|to| format!(", to {to}")).unwrap_or_default();
        format!("{} was answered with {} ({kind}{location}): {text}", self.request, self.status)
    }
}

/// A `Set-Cookie` header, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Everything behind, as written: `HttpOnly`, `Max-Age=600`.
    pub attributes: Vec<String>,
}

impl SetCookie {
    fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        Self { name: name.to_owned(), value: value.to_owned(), attributes: parts.map(str::to_owned).collect() }
    }

    /// Whether it makes the browser drop the cookie.
    pub fn removes(&self) -> bool {
        self.has("Max-Age=0")
    }

    /// Whether it is the session or a part of it.
    pub fn is_session(&self) -> bool {
        self.name.starts_with("zitadel.session") || self.name.starts_with("__Host-zitadel.session")
    }

    /// Whether it carries exactly this attribute.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|known| known == attribute)
    }
}
