//! `SetCookie`: a `Set-Cookie` header in its parts.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

/// A `Set-Cookie` header in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The attributes as written: `HttpOnly`, `Max-Age=600`.
    pub attributes: Vec<String>,
}

impl SetCookie {
    pub(crate) fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        Self { name: name.to_owned(), value: value.to_owned(), attributes: parts.map(str::to_owned).collect() }
    }

    /// Whether the browser removes the cookie.
    #[must_use]
    pub fn removes(&self) -> bool {
        self.has("Max-Age=0")
    }

    /// Whether it is the session or a part of it.
    #[must_use]
    pub fn is_session(&self) -> bool {
        self.name.starts_with("zitadel.session")
    }

    /// Whether it has exactly this attribute.
    #[must_use]
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|known| known == attribute)
    }
}
