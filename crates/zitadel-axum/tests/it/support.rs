//! An application under test and its responses. The adapters' support files have the same items.

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use zitadel_axum::{ConfigBuilder, Protected, Zitadel};

/// A page load with a session cookie that cannot be decrypted. The engine deletes it, so that every response has a
/// `Set-Cookie`.
pub(crate) const UNREADABLE_SESSION: [(&str, &str); 2] =
    [("cookie", "zitadel.session.02456aa4=garbage"), ("sec-fetch-mode", "navigate")];

pub(crate) fn config() -> ConfigBuilder {
    ConfigBuilder::from_vars([
        ("ZITADEL_DOMAIN", "https://issuer.example.com"),
        ("ZITADEL_CLIENT_ID", "170086824411201793"),
        ("ZITADEL_CALLBACK_URL", "http://localhost:3000/auth/callback"),
        ("ZITADEL_POST_LOGOUT_URL", "http://localhost:3000/auth/logout/callback"),
        ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA"),
    ])
}

pub(crate) fn zitadel() -> Zitadel {
    Zitadel::new(config().build().unwrap())
}

pub(crate) fn protected() -> Protected {
    Protected::new(zitadel())
}

/// An application that consists of this `Protected`.
pub(crate) fn serve(protected: Protected) -> TestApp {
    TestApp(protected.into_router())
}

pub(crate) fn start(router: Router) -> TestApp {
    TestApp(router)
}

/// An application that accepts requests.
pub(crate) struct TestApp(Router);

impl TestApp {
    /// Sends `"GET /path"` as an API client does.
    pub(crate) async fn call(&self, line: &str) -> TestResponse {
        self.send(line, &[], "").await
    }

    /// Sends `"GET /path"` as a browser does when its user follows a link.
    pub(crate) async fn navigate(&self, line: &str) -> TestResponse {
        self.send(line, &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], "").await
    }

    pub(crate) async fn send(&self, line: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> TestResponse {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.0.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let text = |(name, value): (&_, &axum::http::HeaderValue)| {
            (axum::http::HeaderName::to_string(name), value.to_str().unwrap().to_owned())
        };
        TestResponse {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(text).collect(),
            body: String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap(),
        }
    }
}

pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl TestResponse {
    /// The first value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.values(name).first().copied().unwrap_or_default()
    }

    /// Every value of a header.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let of_this_name = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        of_this_name.map(|(_, value)| value.as_str()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_is(&self, status: u16, body: &str) {
        assert_eq!((self.status, self.body.as_str()), (status, body));
    }

    /// 401 as API clients get it.
    #[track_caller]
    pub(crate) fn assert_challenge(&self) {
        assert_eq!(self.status, 401, "{}", self.body);
        assert!(self.header("www-authenticate").starts_with("Bearer"));
        assert!(self.header("content-type").starts_with("application/json"));
        assert!(self.body.contains("\"error\""), "{}", self.body);
    }

    /// A redirect to login, and from there back to `page`, which is percent-encoded.
    #[track_caller]
    pub(crate) fn assert_redirect_to_login(&self, page: &str) {
        let location = format!("/auth/login?callbackUrl={page}");
        assert_eq!((self.status, self.header("location")), (302, location.as_str()));
    }

    /// How often the response deletes [`UNREADABLE_SESSION`].
    pub(crate) fn deleted_sessions(&self) -> usize {
        self.values("set-cookie").iter().filter(|cookie| cookie.starts_with("zitadel.session.02456aa4=;")).count()
    }

    /// The response deletes [`UNREADABLE_SESSION`], once, and may not be cached.
    #[track_caller]
    pub(crate) fn assert_session_deleted(&self) {
        assert_eq!(self.deleted_sessions(), 1, "{} {:?}", self.status, self.headers);
        assert_eq!(self.values("vary"), ["Cookie"], "{}", self.status);
        assert_eq!(self.values("cache-control"), ["no-store"], "{}", self.status);
    }
}
