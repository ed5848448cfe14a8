//! `Request`: a request before it is sent.

/// A request. `headers` are sent in addition to the cookies.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// A path of the application, or a whole URL.
    pub url: String,
    /// Header lines in order; names may repeat.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Request {
    /// A request without headers.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        Self { method: method.to_owned(), url: url.to_owned(), headers: Vec::new(), body: String::new() }
    }

    /// A form of a page of the application, as a browser posts it.
    #[must_use]
    pub fn same_origin_post(url: &str) -> Self {
        Self::new("POST", url).with("sec-fetch-site", "same-origin")
    }

    /// With another header line.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a form as body.
    #[must_use]
    pub fn form(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.with("content-type", "application/x-www-form-urlencoded")
    }
}
