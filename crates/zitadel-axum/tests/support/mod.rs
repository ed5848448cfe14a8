//! A `Zitadel` that nobody signs in to, and a visitor who asks a router.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use zitadel_axum::Zitadel;

pub(crate) fn zitadel() -> Zitadel {
    let vars = [
        ("ZITADEL_DOMAIN", "https://issuer.example.com"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
    ];
    Zitadel::from_vars(vars.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The script's way of being told to sign in.
    #[track_caller]
    pub(crate) fn is_challenge(&self) {
        assert_eq!(self.status, 401, "{}", self.body);
        assert!(self.header("www-authenticate").starts_with("Bearer"));
        assert!(self.header("content-type").starts_with("application/json"));
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, body: &str) {
        assert_eq!((self.status.as_u16(), self.body.as_str()), (status, body));
    }
}

/// `"GET /path"`, as a script sends it.
pub(crate) async fn ask(app: &Router, line: &str) -> Answer {
    ask_with(app, line, &[], "").await
}

/// `"GET /path"`, as a browser sends it when a person follows a link.
pub(crate) async fn visit(app: &Router, line: &str) -> Answer {
    ask_with(app, line, &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], "").await
}

pub(crate) async fn ask_with(app: &Router, line: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let (method, target) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}
