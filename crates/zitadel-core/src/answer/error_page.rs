//! `ErrorPage`: what a person is shown when something went wrong.

use std::borrow::Cow;

use super::{
    ErrorCode,
    message::{Message, UNKNOWN},
};

/// The content of an error page: a code of a closed list and its texts, never text from a provider or an attacker.
///
/// Applications with pages of their own render it: [`from_code`](Self::from_code) for a code of a query
/// (`/auth/error?error=access_denied`), or as the argument of [`Pages::render_error`](crate::Pages::render_error).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage {
    code: &'static str,
    status: u16,
    title: &'static str,
    message: Cow<'static, str>,
    incident: Option<String>,
    retry_url: Option<String>,
}

impl ErrorPage {
    /// The page for a code as text; text that is not on the list gives a general message and the code `unknown`.
    ///
    /// ```
    /// use zitadel_core::ErrorPage;
    /// assert_eq!(ErrorPage::from_code("access_denied").status(), 403);
    /// assert_eq!(ErrorPage::from_code("<script>").code(), "unknown");
    /// ```
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        ErrorCode::parse(code).map_or_else(|| Self::with_message("unknown", UNKNOWN), Self::new)
    }

    /// The page for a code.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self::with_message(code.as_str(), Message::new(code))
    }

    const fn with_message(code: &'static str, message: Message) -> Self {
        let Message { status, title, text } = message;
        Self { code, status, title, message: Cow::Borrowed(text), incident: None, retry_url: None }
    }

    /// The code: lower-case words and underscores, safe in a URL.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status that belongs to it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// A short heading.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// One or two sentences: what happened, and what to do.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The number under which the operator finds the log record; only where there is one to look up.
    #[must_use]
    pub fn incident(&self) -> Option<&str> {
        self.incident.as_deref()
    }

    /// Where a new attempt begins: a local path with its query, to be escaped like any other value.
    #[must_use]
    pub fn retry_url(&self) -> Option<&str> {
        self.retry_url.as_deref()
    }

    /// Adds where this application is: for a request that may come from it, opened at another name.
    #[cfg(feature = "login")]
    pub(crate) fn with_origin(mut self, origin: &str) -> Self {
        self.message = format!("{} This site is at {origin}.", self.message).into();
        self
    }

    #[cfg(feature = "login")]
    pub(crate) fn with_incident(mut self, incident: Option<String>) -> Self {
        self.incident = incident;
        self
    }

    #[cfg(feature = "login")]
    pub(crate) fn with_retry_url(mut self, url: String) -> Self {
        self.retry_url = Some(url);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::OAuthErrorCode;

    #[test]
    fn every_code_has_a_page_of_its_own_that_is_an_error() {
        for code in ErrorCode::all() {
            let page = ErrorPage::from_code(code.as_str());
            assert_eq!(page, ErrorPage::new(code));
            assert_eq!(page.code(), code.as_str());
            assert!((400..600).contains(&page.status()), "{}", page.code());
            assert_eq!(ErrorCode::all().filter(|other| other.as_str() == page.code()).count(), 1, "{}", page.code());
        }
    }
    #[test]
    fn every_code_is_documented_with_its_status() {
        let document = include_str!("../../../../docs/troubleshooting.md");
        let (_, tables) = document.split_once("## Error codes").unwrap();
        let rows = tables.lines().filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
        let mut documented: Vec<_> = rows
            .flat_map(|(codes, rest)| {
                let status: u16 = rest[..3].parse().unwrap();
                codes.split("`, `").map(move |code| (code, status))
            })
            .collect();
        let mut expected: Vec<_> = ErrorCode::all()
            .filter(|code| *code != ErrorCode::OAuth(OAuthErrorCode::Other))
            .map(|code| (code.as_str(), ErrorPage::new(code).status()))
            .collect();
        documented.sort_unstable();
        expected.sort_unstable();
        assert_eq!(documented, expected);
    }
}
