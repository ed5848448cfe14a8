//! `App`: the application of one framework, and the bytes that it is sent.

use behaviours::Subject;

use crate::{request::ParityRequest, response::Response};

/// A running application.
pub(crate) struct App {
    pub(crate) framework: &'static str,
    pub(crate) subject: Subject,
}

impl App {
    /// Sends a request, in a browser of its own.
    pub(crate) async fn send(&self, request: &ParityRequest) -> Response {
        let browser = match request.user {
            Some(user) => self.subject.logged_in(user).await,
            None => self.subject.browser(),
        };
        let base = self.subject.base();
        let session = browser.cookie(self.subject.session_cookie()).unwrap_or_default();
        let fill = |text: &[u8]| {
            let text = replace(text, b"{base}", base.as_bytes());
            let text = replace(&text, b"{name}", self.subject.session_cookie().as_bytes());
            replace(&text, b"{session}", session.as_bytes())
        };
        let has = |header| request.headers.iter().any(|(name, _)| *name == header);
        let mut bytes = fill(request.line.as_bytes());
        bytes.extend(b" HTTP/1.1\r\nconnection: close\r\n");
        if !has("host") {
            bytes.extend(format!("host: {}\r\n", base.trim_start_matches("http://")).as_bytes());
        }
        let cookies: Vec<_> = browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() && !has("cookie") {
            bytes.extend(format!("cookie: {}\r\n", cookies.join("; ")).as_bytes());
        }
        for (name, value) in &request.headers {
            bytes.extend([name.as_bytes(), b": ", &fill(value), b"\r\n"].concat());
        }
        if !request.body.is_empty() {
            bytes.extend(format!("content-length: {}\r\n", request.body.len()).as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(request.body.as_bytes());
        Response::parse(&browser.raw(&bytes).await, &self.subject, &browser)
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        replaced.extend([&rest[..at], to].concat());
        rest = &rest[at + from.len()..];
    }
    replaced.extend(rest);
    replaced
}
