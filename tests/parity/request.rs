//! `ParityRequest`: a request in bytes, and where a framework does not answer it as axum does.

use crate::differences::Row;

/// A request in bytes. `{base}` stands for the application's URL, `{session}` for the user's session cookie.
#[derive(Clone, Debug)]
pub(crate) struct ParityRequest {
    /// `GET /profile`
    pub(crate) line: String,
    /// In order; names may repeat.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: String,
    /// The user who has just logged in, in a browser of their own.
    pub(crate) user: Option<&'static str>,
    pub(crate) exceptions: Vec<Exception>,
}

/// A framework that answers otherwise than axum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exception {
    pub(crate) framework: &'static str,
    pub(crate) expected: Expected,
    /// The row of the table that documents it.
    pub(crate) row: Row,
}

/// What a framework answers instead.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    /// This status; the rest is the server's own.
    Status(u16),
    /// What the same application answers to the same request with another first line and no body.
    As(&'static str),
}

pub(crate) fn request(line: impl Into<String>) -> ParityRequest {
    ParityRequest { line: line.into(), headers: Vec::new(), body: String::new(), user: None, exceptions: Vec::new() }
}

impl ParityRequest {
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    /// A page load, as from a link.
    pub(crate) fn navigation(self) -> Self {
        self.with("accept", "text/html,*/*;q=0.8").with("sec-fetch-mode", "navigate").with("sec-fetch-site", "none")
    }

    /// From a page of the application.
    pub(crate) fn same_origin(self) -> Self {
        self.with("sec-fetch-site", "same-origin").with("origin", "{base}")
    }

    pub(crate) fn form(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    pub(crate) fn by(mut self, user: &'static str) -> Self {
        self.user = Some(user);
        self
    }

    pub(crate) fn except(mut self, framework: &'static str, expected: Expected, row: Row) -> Self {
        self.exceptions.push(Exception { framework, expected, row });
        self
    }

    /// The same request with another first line and no body.
    pub(crate) fn with_line(&self, line: &str) -> Self {
        Self { line: line.to_owned(), body: String::new(), ..self.clone() }
    }
}
