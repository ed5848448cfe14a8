//! The requests every app is asked, in one table per theme.

use Instead::{As, Status};

/// A request in bytes. `{base}` stands for the app's own address, `{session}` for the person's session cookie.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// `GET /profile`
    pub(crate) line: String,
    /// In order; names may repeat.
    pub(crate) headers: Vec<(&'static str, Vec<u8>)>,
    pub(crate) body: String,
    /// Who has just signed in, in a browser of their own.
    pub(crate) person: Option<&'static str>,
    pub(crate) otherwise: Vec<Difference>,
}

/// Where a framework cannot say what axum says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference {
    pub(crate) framework: &'static str,
    /// What it says instead.
    pub(crate) instead: Instead,
    /// The line of the README's table that tells people.
    pub(crate) told: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead {
    /// This status; the rest is the server's own.
    Status(u16),
    /// What the same app says to the same request with another first line and no body.
    As(&'static str),
}

pub(crate) fn ask(line: impl Into<String>) -> Ask {
    Ask { line: line.into(), headers: Vec::new(), body: String::new(), person: None, otherwise: Vec::new() }
}

impl Ask {
    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    /// As a browser asks when a person follows a link.
    pub(crate) fn navigates(self) -> Self {
        self.with("accept", "text/html,*/*;q=0.8").with("sec-fetch-mode", "navigate").with("sec-fetch-site", "none")
    }

    /// From a page of the app itself.
    pub(crate) fn own(self) -> Self {
        self.with("sec-fetch-site", "same-origin").with("origin", "{base}")
    }

    pub(crate) fn form(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    pub(crate) fn by(mut self, person: &'static str) -> Self {
        self.person = Some(person);
        self
    }

    pub(crate) fn but(mut self, framework: &'static str, instead: Instead, told: &'static str) -> Self {
        self.otherwise.push(Difference { framework, instead, told });
        self
    }

    /// The same request with another first line and no body.
    pub(crate) fn instead(&self, line: &str) -> Self {
        Self { line: line.to_owned(), body: String::new(), ..self.clone() }
    }
}

const ACTIX: &str = "actix";
const ROCKET: &str = "rocket";

// The lines of the README's table.
const ENCODED: &str = "`/%70rofile`, where there is a `/profile`";
const UNKNOWN_METHOD: &str = "a method that does not exist, or in lower case";
const METHOD: &str = "a method that a page does not have";
const SLASHES: &str = "`//profile` and `/profile/`, where there is a `/profile`";
const OVERRIDE: &str = "`POST` with a form that begins with `_method=get`";
const HOSTS: &str = "two `Host` lines";
const NOT_TEXT: &str = "a cookie line that is not UTF-8";
/// What every answer of a framework has on top, and what the answers lack that no route gives.
pub(crate) const EVERYWHERE: [&str; 2] = ["every answer", "an address that does not exist"];

/// What the sample apps bring themselves.
const PAGES: [&str; 10] = [
    "/",
    "/profile",
    "/admin",
    "/auth/login",
    "/auth/signin",
    "/auth/error?error=access_denied",
    "/auth/logout/success",
    "/auth/logout/error?reason=state_mismatch",
    "/healthz",
    "/readyz",
];

/// What the engine brings.
const ENDPOINTS: [&str; 6] = [
    "/auth/signin/zitadel",
    "/auth/callback",
    "/auth/logout",
    "/auth/logout/callback",
    "/auth/session",
    "/auth/userinfo",
];

/// Each route, asked by a person, a script and a program nobody knows, and by somebody who is signed in; `HEAD` too.
pub(crate) fn routes() -> Vec<Ask> {
    let mut asks = Vec::new();
    for route in PAGES.into_iter().chain(ENDPOINTS) {
        let get = || ask(format!("GET {route}"));
        asks.push(get().navigates());
        asks.push(get());
        asks.push(get().with("accept", "application/json").with("sec-fetch-mode", "cors").own());
        asks.push(get().navigates().by("alice"));
        asks.push(ask(format!("HEAD {route}")).navigates());
        asks.push(ask(format!("HEAD {route}")).by("bob"));
        let options = ask(format!("OPTIONS {route}")).with("origin", "https://evil.example");
        asks.push(if PAGES.contains(&route) { options.but(ROCKET, As("GET /nowhere"), METHOD) } else { options });
    }
    asks.push(ask("GET /admin").navigates().by("bob"));
    asks.push(ask("GET /admin").by("bob"));
    asks
}

/// Paths and targets that nobody meant.
pub(crate) fn spellings() -> Vec<Ask> {
    let mut asks = Vec::new();
    for path in [
        "/nowhere",
        "/auth",
        "/auth/",
        "/auth/nowhere",
        "/profile/x",
        "/favicon.ico",
        "/.env",
        "/Profile",
        "/profile.html",
        "/profile;a=b",
        "/profile%20",
        "/profile%2f",
        "/%2fprofile",
        "/profile%00",
        "/profile%ff",
        "/./profile",
        "/x/../profile",
        "/%2e/profile",
        "//evil.example",
        "//evil.example/profile",
        "/profile?",
        "/profile?a=b&c=%20d",
        "/profile?%zz",
        "/profile?a=%ff%00",
        "/profile?a=b?c=d#e",
        "/profile?callbackUrl=//evil.example",
        "/auth/login?callbackUrl=%2Fadmin%3Fa%3Db",
        "/auth/login?callbackUrl=//evil.example",
        "/auth/login?callbackUrl=https%3A%2F%2Fevil.example",
        "/auth/login?callbackUrl=a&callbackUrl=b",
        "/auth/login?error=%00",
        "/auth/login?error=no_such_code",
        "/auth/error?error=%3Cb%3E",
        "/auth/callback?code=x&state=y",
        "/auth/callback?error=access_denied&state=y",
        "/auth/callback?code=x&code=y&state=z",
        "/auth/logout/callback?state=x",
    ] {
        asks.push(ask(format!("GET {path}")).navigates());
    }
    for long in [2_000, 20_000] {
        asks.push(ask(format!("GET /profile?{}", "a".repeat(long))).navigates());
        asks.push(ask(format!("GET /auth/callback?state={}", "a".repeat(long))).navigates());
    }
    asks.push(ask(format!("GET /{}", "a".repeat(9_000))).navigates());
    asks.push(ask("GET http://localhost/profile?a=b").navigates());
    asks.push(ask("GET http://evil.example/profile").with("host", "evil.example").navigates());
    asks.push(ask("GET /%70rofile").navigates().but(ACTIX, As("GET /profile"), ENCODED).but(
        ROCKET,
        As("GET /profile"),
        ENCODED,
    ));
    asks.push(ask("GET /auth/%6cogout").navigates().but(ACTIX, As("GET /auth/logout"), ENCODED).but(
        ROCKET,
        As("GET /auth/logout"),
        ENCODED,
    ));
    asks.push(ask("GET //").navigates().but(ROCKET, As("GET /"), SLASHES));
    asks.push(ask("GET //profile").navigates().but(ROCKET, As("GET /profile"), SLASHES));
    asks.push(ask("GET /profile/").navigates().but(ROCKET, As("GET /profile"), SLASHES));
    asks.push(ask("GET /nowhere").by("alice"));
    asks.push(ask("POST /nowhere").own().form("a=b"));
    asks.push(ask("HEAD /nowhere"));
    asks
}

/// Methods a page or an endpoint does not have, and some that do not exist.
pub(crate) fn methods() -> Vec<Ask> {
    let mut asks = Vec::new();
    for (method, path) in [
        ("POST", "/"),
        ("PUT", "/auth/login"),
        ("DELETE", "/auth/session"),
        ("POST", "/auth/callback"),
        ("PATCH", "/auth/logout"),
        ("PUT", "/auth/signin/zitadel"),
        ("POST", "/auth/userinfo"),
        ("OPTIONS", "/auth/session"),
        ("POST", "/healthz"),
        ("POST", "/profile"),
        ("DELETE", "/admin"),
        ("TRACE", "/profile"),
    ] {
        let wrong = ask(format!("{method} {path}")).own();
        asks.push(if PAGES.contains(&path) { wrong.but(ROCKET, As("GET /nowhere"), METHOD) } else { wrong });
    }
    for method in ["BREW", "get"] {
        asks.push(ask(format!("{method} /profile")).own().but(ROCKET, Status(400), UNKNOWN_METHOD));
    }
    asks.push(ask("POST /profile").by("alice").own().but(ROCKET, As("GET /nowhere"), METHOD));
    asks.push(ask("POST /profile").by("alice").own().form("_method=GET").but(ROCKET, As("GET /profile"), OVERRIDE));
    asks.push(ask("DELETE /admin").by("alice").but(ROCKET, As("GET /nowhere"), METHOD));
    asks
}

/// Sign-in and sign-out as forms, from here and from elsewhere.
pub(crate) fn forms() -> Vec<Ask> {
    let sign_in = || ask("POST /auth/signin/zitadel");
    let sign_out = || ask("POST /auth/logout");
    vec![
        sign_in(),
        sign_in().own(),
        sign_in().own().form(""),
        sign_in().own().form("callbackUrl=%2Fadmin"),
        sign_in().own().form("callbackUrl=%2F%2Fevil.example"),
        sign_in().own().form("callbackUrl=%2Fa&callbackUrl=%2Fb"),
        sign_in().own().form("%zz=%ff&&&="),
        sign_in().own().form("x".repeat(64 * 1024)),
        sign_in().own().form("x".repeat(64 * 1024 + 1)),
        sign_in().own().with("content-type", "application/json"),
        sign_in().with("sec-fetch-site", "cross-site").form("a=b"),
        sign_in().with("origin", "https://evil.example").navigates(),
        sign_in().with("origin", "null").navigates(),
        sign_in().own().with("sec-purpose", "prefetch"),
        sign_in().own().by("alice"),
        sign_out(),
        sign_out().own(),
        sign_out().own().by("alice"),
        sign_out().own().navigates().by("bob"),
        sign_out().by("alice"),
        sign_out().with("sec-fetch-site", "cross-site").by("alice"),
        sign_out().with("origin", "https://evil.example").navigates().by("alice"),
        ask("POST /profile").with("sec-fetch-site", "cross-site").by("alice").but(ROCKET, As("GET /nowhere"), METHOD),
        ask("GET /profile").with("sec-fetch-site", "cross-site").with("sec-fetch-mode", "navigate").by("alice"),
        ask("GET /auth/userinfo").with("accept", "text/html").by("alice"),
    ]
}

/// Cookies and other headers that are malformed, repeated or none of our business.
pub(crate) fn headers() -> Vec<Ask> {
    let page = || ask("GET /profile").with("sec-fetch-mode", "navigate");
    let with_cookie = |line: &str| page().by("alice").with("cookie", line);
    let mut asks = vec![
        with_cookie("zitadel.session={session}"),
        with_cookie("zitadel.session=x; zitadel.session={session}"),
        with_cookie("zitadel.session=\"{session}\""),
        with_cookie(";;; =; a; \"; zitadel.session={session}; b=\"c"),
        with_cookie("  zitadel.session = {session} ; other=1"),
        with_cookie("zitadel.session={session}A"),
        with_cookie("a=b").with("cookie", "zitadel.session={session}"),
        with_cookie("zitadel.session={session}").with("cookie", b"x=\xff\xfe"),
        with_cookie("x=1; zitadel.session.1={session}"),
    ];
    for line in [
        "zitadel.session",
        "zitadel.session=",
        "=",
        ";",
        "zitadel.session=\"",
        "zitadel.session=x; zitadel.session.1=y",
    ] {
        asks.push(page().with("cookie", line));
        asks.push(ask("GET /").with("cookie", line));
        asks.push(ask("GET /nowhere").with("cookie", line));
    }
    asks.push(page().with("cookie", b"zitadel.session=\xff\xfe\x80").but(ROCKET, Status(302), NOT_TEXT));
    asks.push(page().with("cookie", "zitadel.session=x; ".repeat(500)));
    for (name, one, other) in [
        ("sec-fetch-mode", "navigate", "cors"),
        ("sec-fetch-mode", "cors", "navigate"),
        ("sec-fetch-site", "same-origin", "cross-site"),
        ("origin", "{base}", "https://evil.example"),
        ("accept", "text/html", "application/json"),
        ("authorization", "Bearer a", "Bearer b"),
        ("x-forwarded-user", "alice", "alice"),
    ] {
        asks.push(ask("GET /profile").with(name, one).with(name, other));
        asks.push(ask("POST /auth/logout").by("alice").with(name, one).with(name, other));
    }
    for value in ["Bearer x", "Bearer", "bearer a.b.c", "Basic YWxpY2U6cGFzcw=="] {
        asks.push(ask("GET /profile").with("authorization", value));
        asks.push(ask("GET /profile").by("alice").with("authorization", value));
    }
    asks.push(ask("GET /profile").with("host", "a").with("host", "b").but(ACTIX, Status(400), HOSTS));
    asks.push(ask("OPTIONS *").but(ACTIX, Status(404), EVERYWHERE[1]));
    asks.push(ask("GET /profile").with("authorization", b"Bearer \xff"));
    asks.push(page().with("x-original-url", "/").with("x-rewrite-url", "/").with("x-forwarded-host", "evil.example"));
    asks.push(ask("GET /profile").by("alice").with("upgrade", "websocket").with("origin", "https://evil.example"));
    asks.push(page().with("sec-purpose", "prefetch;prerender"));
    asks
}

/// With the provider out of reach.
pub(crate) fn trouble() -> Vec<Ask> {
    vec![
        ask("POST /auth/signin/zitadel").own().navigates(),
        ask("POST /auth/signin/zitadel").own(),
        ask("GET /auth/login").navigates(),
        ask("GET /readyz"),
        ask("GET /healthz"),
        ask("GET /profile").navigates(),
        ask("POST /auth/logout").own().navigates(),
    ]
}
