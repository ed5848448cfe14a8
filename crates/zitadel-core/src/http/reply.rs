//! `Reply`: a complete response of the engine.

use std::fmt;

/// A complete response of the engine. Adapters copy it: the status, every header by *appending* (several
/// `Set-Cookie` are normal), the body.
///
/// A `HEAD` request gets the same headers; the server leaves the body out.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "adapters take it apart; a fourth part would have to break them")]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// Header names (lower case) and values, in order; names may repeat.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body, UTF-8.
    pub body: String,
}

impl Reply {
    /// An empty response with a status.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// 204, for a request that must have no effect.
    #[cfg(feature = "login")]
    pub(crate) fn no_content() -> Self {
        Self::new(204).with("cache-control", "no-store")
    }

    /// 302, after a form too: every browser turns it into a GET (RFC 9110 §15.4.3). Without a `Referer`: the URL that is
    /// left or entered may hold a code, a `state` or an ID token.
    #[cfg(feature = "login")]
    pub(crate) fn redirect(location: &str) -> Self {
        Self::new(302).with("location", location).with("referrer-policy", "no-referrer").no_store()
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        // Not `no-referrer`: the form of such a page is posted with `Origin: null`.
        Self::html_with_referrer_policy(status, body, "same-origin")
    }

    /// A page whose form goes to the provider, which does not ask for the origin.
    #[cfg(feature = "login")]
    pub(crate) fn html_without_referrer(status: u16, body: String) -> Self {
        Self::html_with_referrer_policy(status, body, "no-referrer")
    }

    fn html_with_referrer_policy(status: u16, body: String, policy: &str) -> Self {
        let mut reply = Self::new(status)
            .with("content-type", "text/html; charset=utf-8")
            .with("x-content-type-options", "nosniff")
            .with("x-frame-options", "DENY")
            .with("referrer-policy", policy)
            .no_store();
        reply.body = body;
        reply
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        let mut reply = Self::new(status)
            .with("content-type", "application/json")
            .with("x-content-type-options", "nosniff")
            .no_store();
        reply.body = body.to_string();
        reply
    }

    #[cfg(feature = "login")]
    pub(crate) fn with_cookies(mut self, cookies: impl IntoIterator<Item = String>) -> Self {
        self.headers.extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        self
    }

    /// The same where access tokens are accepted, too: the response depends on either header.
    pub(crate) fn varying_with_authorization(mut self) -> Self {
        for (_, value) in self.headers.iter_mut().filter(|(name, value)| *name == "vary" && value == "Cookie") {
            "Cookie, Authorization".clone_into(value);
        }
        self
    }

    /// A response that depends on a session must not be cached for others.
    fn no_store(self) -> Self {
        self.with("cache-control", "no-store").with("vary", "Cookie")
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Cookies and redirect targets carry secrets: names only.
        let names: Vec<_> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Reply").field("status", &self.status).field("headers", &names).finish_non_exhaustive()
    }
}
