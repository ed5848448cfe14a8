//! `Response`: a received response, and assertions about it.
#![expect(clippy::panic, clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use http::{HeaderMap, header};
use serde_json::Value;

use crate::{html::text_of, set_cookie::SetCookie};

/// A whole response. Its assertions panic with the response.
#[derive(Clone, Debug)]
pub struct Response {
    /// What was requested, for messages: `GET http://…`.
    pub request: String,
    /// The status code.
    pub status: u16,
    /// All headers, in order per name.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

/// Assertions.
#[expect(clippy::must_use_candidate, reason = "most are made for their own sake")]
impl Response {
    /// A redirect (302; 303 of the provider too) to exactly this URL; a `target` without query accepts any query.
    #[track_caller]
    pub fn assert_redirect(&self, target: &str) -> &Self {
        let location = self.header("location").unwrap_or_default();
        let path = location.split('?').next().unwrap_or_default();
        let is_target = location == target || (!target.contains('?') && path == target);
        let is_redirect = self.status == 302 || (self.status == 303 && !location.starts_with('/'));
        assert!(is_redirect && is_target, "expected a redirect to {target}: {}", self.describe());
        self
    }

    /// An HTML page with this status and this visible text.
    #[track_caller]
    pub fn assert_page(&self, status: u16, text: &str) -> &Self {
        let is_html = self.header("content-type") == Some("text/html; charset=utf-8");
        assert!(self.status == status && is_html, "expected a page with status {status}: {}", self.describe());
        self.assert_text(text)
    }

    /// This text is visible.
    #[track_caller]
    pub fn assert_text(&self, text: &str) -> &Self {
        assert!(self.text().contains(text), "expected {text:?}: {}", self.describe());
        self
    }

    /// This text is not in the body, visible or not.
    #[track_caller]
    pub fn assert_no_text(&self, text: &str) -> &Self {
        let is_present = self.body.contains(text) || self.text().contains(text);
        assert!(!is_present, "expected no {text:?}: {}", self.describe());
        self
    }

    /// JSON with this status.
    #[track_caller]
    pub fn assert_json(&self, status: u16) -> Value {
        let is_json = self.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
        assert!(self.status == status && is_json, "expected JSON with status {status}: {}", self.describe());
        serde_json::from_str(&self.body).unwrap()
    }

    /// This status.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.describe());
        self
    }

    /// Must not be stored by the browser or a proxy: then the back button requests it again.
    #[track_caller]
    pub fn assert_not_stored(&self) -> &Self {
        let is_stored = self.header("cache-control").is_none_or(|value| !value.contains("no-store"));
        assert!(!is_stored, "expected `Cache-Control: no-store`: {}", self.describe());
        self
    }
}

/// Parts.
impl Response {
    /// The visible text.
    #[must_use]
    pub fn text(&self) -> String {
        text_of(&self.body)
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The `Location` header.
    #[track_caller]
    #[must_use]
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("expected a redirect: {}", self.describe()))
    }

    /// A query parameter of the `Location` header.
    #[track_caller]
    #[must_use]
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Every cookie that is set or removed.
    #[must_use]
    pub fn set_cookies(&self) -> Vec<SetCookie> {
        let lines = self.headers.get_all(header::SET_COOKIE).into_iter();
        lines.map(|line| SetCookie::parse(line.to_str().unwrap())).collect()
    }

    /// Whether a session cookie is set.
    #[must_use]
    pub fn sets_session(&self) -> bool {
        self.set_cookies().iter().any(|cookie| cookie.is_session() && !cookie.removes())
    }

    /// The incident number of an error page: eight hexadecimal digits.
    #[track_caller]
    #[must_use]
    pub fn incident(&self) -> String {
        let text = self.text();
        let number = text.split("incident ").nth(1).map(|rest| rest.chars().take(8).collect::<String>());
        match number {
            Some(number) if number.len() == 8 && number.bytes().all(|byte| byte.is_ascii_hexdigit()) => number,
            _ => panic!("expected an incident number: {}", self.describe()),
        }
    }

    fn describe(&self) -> String {
        let text: String = if self.body.contains('<') { self.text() } else { self.body.clone() };
        let text: String = text.chars().take(600).collect();
        let kind = self.header("content-type").unwrap_or("no content type");
        let location = self.header("location").map(|to| format!(", to {to}")).unwrap_or_default();
        format!("the response to {} is {} ({kind}{location}): {text}", self.request, self.status)
    }
}
