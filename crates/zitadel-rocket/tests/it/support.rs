//! An application under test and its responses. The adapters' support files have the same items.

use rocket::{
    Build, Rocket,
    config::{Config, LogLevel, Shutdown},
    http::Header,
    local::blocking::Client,
};
use zitadel_rocket::{ConfigBuilder, Protected, Zitadel};

use crate::log;

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

/// A Rocket on a free port that stops at once.
pub(crate) fn rocket() -> Rocket<Build> {
    log::install();
    rocket::custom(Config {
        port: 0,
        log_level: LogLevel::Off,
        cli_colors: false,
        shutdown: Shutdown { ctrlc: false, signals: [].into(), grace: 0, mercy: 0, ..Shutdown::default() },
        ..Config::debug_default()
    })
}

/// An application that consists of this `Protected`.
pub(crate) fn serve(protected: Protected) -> TestApp {
    start(rocket().attach(protected))
}

pub(crate) fn start(rocket: Rocket<Build>) -> TestApp {
    TestApp(Client::untracked(rocket).unwrap())
}

/// An application that accepts requests.
pub(crate) struct TestApp(Client);

impl TestApp {
    /// Sends `"GET /path"` as an API client does.
    pub(crate) fn call(&self, line: &str) -> TestResponse {
        self.send(line, &[], "")
    }

    /// Sends `"GET /path"` as a browser does when its user follows a link.
    pub(crate) fn navigate(&self, line: &str) -> TestResponse {
        self.send(line, &[("accept", "text/html"), ("sec-fetch-mode", "navigate")], "")
    }

    pub(crate) fn send(
        &self,
        line: &str,
        headers: &[(&'static str, &'static str)],
        body: impl AsRef<[u8]>,
    ) -> TestResponse {
        let (method, target) = line.split_once(' ').unwrap();
        let mut request = self.0.req(method.parse().unwrap(), target.to_owned()).body(body);
        for (name, value) in headers {
            request.add_header(Header::new(*name, *value));
        }
        let response = request.dispatch();
        let headers = response.headers().iter().map(|header| (header.name.to_string(), header.value.into_owned()));
        let mut headers: Vec<_> = headers.collect();
        // The order in which Shield sets its headers differs from Rocket to Rocket; that of one name stays.
        headers.sort_by_key(|(name, _)| name.to_lowercase());
        TestResponse { status: response.status().code, headers, body: response.into_string().unwrap_or_default() }
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
