//! The requests, in one list per theme.

use crate::{
    differences::{
        ACTIX, ENCODED, HEAD, HOSTS, METHOD, NOT_UTF8, OVERRIDE, PANIC, ROCKET, SLASHES, UNKNOWN_METHOD, UNKNOWN_PATH,
    },
    request::{
        Expected::{As, Status},
        ParityRequest, request,
    },
};

/// Pages of the samples.
const PAGES: [&str; 13] = [
    "/",
    "/profile",
    "/admin",
    "/api/me",
    "/api/admin",
    "/api/fresh",
    "/auth/login",
    "/auth/signin",
    "/auth/error?error=access_denied",
    "/auth/logout/success",
    "/auth/logout/error?reason=state_mismatch",
    "/healthz",
    "/readyz",
];

/// Endpoints of the engine.
const ENDPOINTS: [&str; 7] = [
    "/auth/signin/zitadel",
    "/auth/step-up?callbackUrl=%2Fprofile&max_age=60&acr_values=a+b",
    "/auth/callback",
    "/auth/logout",
    "/auth/logout/callback",
    "/auth/session",
    "/auth/userinfo",
];

/// Each route: navigations, scripts and other programs, with and without a user; `HEAD` and `OPTIONS` too.
pub(crate) fn routes() -> Vec<ParityRequest> {
    let mut requests = Vec::new();
    for route in PAGES.into_iter().chain(ENDPOINTS) {
        let get = || request(format!("GET {route}"));
        requests.push(get().navigation());
        requests.push(get());
        requests.push(get().with("accept", "application/json").with("sec-fetch-mode", "cors").same_origin());
        requests.push(get().navigation().by("alice"));
        requests.push(request(format!("HEAD {route}")).navigation());
        requests.push(request(format!("HEAD {route}")).by("bob"));
        let options = request(format!("OPTIONS {route}")).with("origin", "https://evil.example");
        requests.push(if PAGES.contains(&route) {
            options.except(ROCKET, As("GET /nowhere"), METHOD)
        } else {
            options
        });
    }
    requests.push(request("GET /admin").navigation().by("bob"));
    requests.push(request("GET /admin").by("bob"));
    requests
}

/// Paths that do not exist or are spelled unusually.
pub(crate) fn spellings() -> Vec<ParityRequest> {
    let mut requests = Vec::new();
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
        requests.push(request(format!("GET {path}")).navigation());
    }
    for long in [2_000, 20_000] {
        requests.push(request(format!("GET /profile?{}", "a".repeat(long))).navigation());
        requests.push(request(format!("GET /auth/callback?state={}", "a".repeat(long))).navigation());
    }
    requests.push(request(format!("GET /{}", "a".repeat(9_000))).navigation());
    requests.push(request("GET http://localhost/profile?a=b").navigation());
    requests.push(request("GET http://evil.example/profile").with("host", "evil.example").navigation());
    requests.push(request("GET /%70rofile").navigation().except(ACTIX, As("GET /profile"), ENCODED).except(
        ROCKET,
        As("GET /profile"),
        ENCODED,
    ));
    requests.push(request("GET /auth/%6cogout").navigation().except(ACTIX, As("GET /auth/logout"), ENCODED).except(
        ROCKET,
        As("GET /auth/logout"),
        ENCODED,
    ));
    requests.push(request("GET //").navigation().except(ROCKET, As("GET /"), SLASHES));
    requests.push(request("GET //profile").navigation().except(ROCKET, As("GET /profile"), SLASHES));
    requests.push(request("GET /profile/").navigation().except(ROCKET, As("GET /profile"), SLASHES));
    requests.push(request("GET /nowhere").by("alice"));
    requests.push(request("POST /nowhere").same_origin().form("a=b"));
    requests.push(request("HEAD /nowhere"));
    requests
}

/// Methods that a page or an endpoint does not have, and some that do not exist.
pub(crate) fn methods() -> Vec<ParityRequest> {
    let mut requests = Vec::new();
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
        let unsupported = request(format!("{method} {path}")).same_origin();
        requests.push(if PAGES.contains(&path) {
            unsupported.except(ROCKET, As("GET /nowhere"), METHOD)
        } else {
            unsupported
        });
    }
    for method in ["BREW", "get"] {
        requests.push(request(format!("{method} /profile")).same_origin().except(ROCKET, Status(400), UNKNOWN_METHOD));
    }
    requests.push(request("POST /profile").by("alice").same_origin().except(ROCKET, As("GET /nowhere"), METHOD));
    requests.push(request("POST /profile").by("alice").same_origin().form("_method=GET").except(
        ROCKET,
        As("GET /profile"),
        OVERRIDE,
    ));
    requests.push(request("DELETE /admin").by("alice").except(ROCKET, As("GET /nowhere"), METHOD));
    requests
}

/// Login and logout as forms, from this site and from others.
pub(crate) fn forms() -> Vec<ParityRequest> {
    let login = || request("POST /auth/signin/zitadel");
    let logout = || request("POST /auth/logout");
    vec![
        login(),
        login().same_origin(),
        login().same_origin().form(""),
        login().same_origin().form("callbackUrl=%2Fadmin"),
        login().same_origin().form("callbackUrl=%2F%2Fevil.example"),
        login().same_origin().form("callbackUrl=%2Fa&callbackUrl=%2Fb"),
        login().same_origin().form("%zz=%ff&&&="),
        login().same_origin().form("x".repeat(64 * 1024)),
        login().same_origin().form("x".repeat(64 * 1024 + 1)),
        login().same_origin().with("content-type", "application/json"),
        login().with("sec-fetch-site", "cross-site").form("a=b"),
        login().with("origin", "https://evil.example").navigation(),
        login().with("origin", "null").navigation(),
        login().same_origin().with("sec-purpose", "prefetch"),
        login().same_origin().by("alice"),
        logout(),
        logout().same_origin(),
        logout().same_origin().by("alice"),
        logout().same_origin().navigation().by("bob"),
        logout().by("alice"),
        logout().with("sec-fetch-site", "cross-site").by("alice"),
        logout().with("origin", "https://evil.example").navigation().by("alice"),
        request("POST /profile").with("sec-fetch-site", "cross-site").by("alice").except(
            ROCKET,
            As("GET /nowhere"),
            METHOD,
        ),
        request("GET /profile").with("sec-fetch-site", "cross-site").with("sec-fetch-mode", "navigate").by("alice"),
        request("GET /auth/userinfo").with("accept", "text/html").by("alice"),
    ]
}

/// Cookies and other headers that are malformed, repeated or without meaning here.
pub(crate) fn headers() -> Vec<ParityRequest> {
    let page = || request("GET /profile").with("sec-fetch-mode", "navigate");
    let with_cookie = |line: &str| page().by("alice").with("cookie", line);
    let mut requests = vec![
        with_cookie("{name}={session}"),
        with_cookie("{name}=x; {name}={session}"),
        with_cookie("{name}=\"{session}\""),
        with_cookie(";;; =; a; \"; {name}={session}; b=\"c"),
        with_cookie("  {name} = {session} ; other=1"),
        with_cookie("{name}={session}A"),
        with_cookie("a=b").with("cookie", "{name}={session}"),
        with_cookie("{name}={session}").with("cookie", b"x=\xff\xfe"),
        with_cookie("x=1; {name}.1={session}"),
    ];
    for line in ["{name}", "{name}=", "=", ";", "{name}=\"", "{name}=x; {name}.1=y"] {
        requests.push(page().with("cookie", line));
        requests.push(request("GET /").with("cookie", line));
        requests.push(request("GET /nowhere").with("cookie", line));
    }
    requests.push(page().with("cookie", b"{name}=\xff\xfe\x80").except(ROCKET, Status(302), NOT_UTF8));
    requests.push(page().with("cookie", "{name}=x; ".repeat(500)));
    for (name, one, other) in [
        ("sec-fetch-mode", "navigate", "cors"),
        ("sec-fetch-mode", "cors", "navigate"),
        ("sec-fetch-site", "same-origin", "cross-site"),
        ("origin", "{base}", "https://evil.example"),
        ("accept", "text/html", "application/json"),
        ("authorization", "Bearer a", "Bearer b"),
        ("x-forwarded-user", "alice", "alice"),
    ] {
        requests.push(request("GET /profile").with(name, one).with(name, other));
        requests.push(request("POST /auth/logout").by("alice").with(name, one).with(name, other));
    }
    for value in ["Bearer x", "Bearer", "bearer a.b.c", "Basic YWxpY2U6cGFzcw=="] {
        requests.push(request("GET /profile").with("authorization", value));
        requests.push(request("GET /profile").by("alice").with("authorization", value));
    }
    requests.push(request("GET /profile").with("host", "a").with("host", "b").except(ACTIX, Status(400), HOSTS));
    requests.push(request("OPTIONS *").except(ACTIX, Status(404), UNKNOWN_PATH));
    let not_utf8 = request("GET /profile").with("authorization", b"Bearer \xff");
    requests.push(not_utf8.except(ROCKET, As("GET /profile"), NOT_UTF8));
    requests
        .push(page().with("x-original-url", "/").with("x-rewrite-url", "/").with("x-forwarded-host", "evil.example"));
    requests
        .push(request("GET /profile").by("alice").with("upgrade", "websocket").with("origin", "https://evil.example"));
    requests.push(page().with("sec-purpose", "prefetch;prerender"));
    requests
}

/// While the provider is down.
pub(crate) fn without_provider() -> Vec<ParityRequest> {
    vec![
        request("POST /auth/signin/zitadel").same_origin().navigation(),
        request("POST /auth/signin/zitadel").same_origin(),
        request("GET /auth/login").navigation(),
        request("GET /readyz"),
        request("GET /healthz"),
        request("GET /profile").navigation(),
        request("POST /auth/logout").same_origin().navigation(),
    ]
}

/// Routes that the samples do not have: a `GET` without `HEAD`, and a handler that panics.
pub(crate) fn minimal() -> Vec<ParityRequest> {
    vec![
        request("GET /members"),
        request("GET /members").navigation(),
        request("GET /members").by("bob"),
        request("HEAD /members").by("bob").except(ACTIX, As("HEAD /nowhere"), HEAD),
        request("GET /area/users").by("bob"),
        request("GET /area/users").by("alice"),
        request("GET /").by("alice"),
        request("GET /token"),
        request("GET /token").navigation(),
        request("GET /newer-token"),
        request("GET /maybe-token"),
        request("GET /maybe-token").by("bob"),
        request("GET /token").with("authorization", "Bearer a b"),
        request("GET /token").with("authorization", "Bearer a"),
        request("GET /panics"),
        request("GET /panics").by("bob").except(ROCKET, Status(500), PANIC),
    ]
}

/// Every request.
pub(crate) fn all() -> Vec<ParityRequest> {
    [routes(), spellings(), methods(), forms(), headers(), without_provider(), minimal()].concat()
}
