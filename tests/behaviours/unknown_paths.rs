//! Paths that do not exist, other spellings of paths that do, and requests that no browser sends.

use behaviours::Request;

use super::subject;

#[tokio::test]
async fn unknown_path_is_a_404_page_for_every_user() {
    let app = subject::start().await;
    for path in [
        "/nowhere",
        "/auth",
        "/auth/",
        "/auth/nowhere",
        "/profile/x",
        "/index.html",
        "/favicon.ico",
        "/.env",
        "/robots.txt",
    ] {
        app.browser().get(path).await.assert_page(404, "Page not found");
        app.logged_in("alice").await.get(path).await.assert_page(404, "Page not found");
    }
    for method in ["POST", "DELETE", "PUT", "OPTIONS"] {
        let response = app.browser().plain(method, "/nowhere").await;
        assert!(matches!(response.status, 404 | 405), "{method}: {}", response.status);
    }
}

#[tokio::test]
async fn page_for_an_unknown_path_does_not_contain_the_path() {
    let app = subject::start().await;
    let page = app.browser().get("/nowhere/call-now?q=%3Cb%3Epay%3C%2Fb%3E").await;
    page.assert_page(404, "Page not found").assert_no_text("call-now").assert_no_text("pay");
}

#[tokio::test]
async fn protected_page_is_denied_in_every_spelling() {
    let app = subject::start().await;
    for path in [
        "//profile",
        "///profile",
        "/profile/",
        "/profile//",
        "/./profile",
        "/x/../profile",
        "/%2e/profile",
        "/%70rofile",
        "/Profile",
        "/PROFILE",
        "/profile%20",
        "/profile%00",
        "/profile;a=b",
        "/profile.html",
        "/profile%2f",
        "/%2fprofile",
        "/auth/login/../../profile",
        "/admin/",
        "//admin",
        "/%61dmin",
    ] {
        let response = app.browser().get(path).await;
        assert!(matches!(response.status, 302 | 308 | 404), "{path}: {}", response.status);
        if let Some(location) = response.header("location") {
            assert!(location.starts_with("/auth/login"), "{path} → {location}");
        }
        let script = app.browser().fetch("GET", path).await;
        assert!(matches!(script.status, 401 | 404), "{path}: {}", script.status);
    }
}

#[tokio::test]
async fn path_with_two_slashes_does_not_redirect_to_another_site() {
    let app = subject::start().await;
    for path in
        ["//evil.example", "//evil.example/profile", "///evil.example", "//evil.example/..%2f", "/\\evil.example"]
    {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-mode: navigate\r\nconnection: close\r\n\r\n");
        let response = app.browser().raw(request.as_bytes()).await;
        let head = response.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 4"), "{path}: {head}");
        assert!(!head.contains("evil"), "{path}: {head}");
    }
}

#[tokio::test]
async fn very_long_query_is_answered_and_not_part_of_the_return_address() {
    let app = subject::start().await;
    let long = "a".repeat(20_000);
    let mut browser = app.browser();
    browser.get(&format!("/profile?{long}")).await.assert_redirect("/auth/login").assert_no_text("aaaa");
    browser.get(&format!("/auth/login?callbackUrl=%2F{long}")).await.assert_page(200, "Sign in");
    browser.log_in_as("alice").await.assert_redirect("/profile");
    for path in ["/", "/profile", "/auth/error", "/auth/session", "/auth/callback", "/auth/logout/callback", "/nowhere"]
    {
        let status = browser.get(&format!("{path}?error={long}&state={long}&code={long}")).await.status;
        assert!(status < 500, "{path}: {status}");
    }
}

#[tokio::test]
async fn malformed_query_is_ignored_by_pages() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for query in [
        "%",
        "%zz",
        "callbackUrl",
        "callbackUrl=%ff%fe",
        "error=%00",
        "callbackUrl=a&callbackUrl=b",
        "&&&=&",
        "error[]=x",
    ] {
        browser.get(&format!("/auth/login?{query}")).await.assert_page(200, "Sign in");
        for path in ["/", "/auth/error", "/auth/logout/error", "/auth/logout/success"] {
            browser.get(&format!("{path}?{query}")).await.assert_status(200);
        }
    }
}

#[tokio::test]
async fn unusual_request_is_answered_and_not_a_failure() {
    let app = subject::start().await;
    let browser = app.browser();
    for request in [
        "GET http://localhost/profile HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "GET http://evil.example/profile HTTP/1.1\r\nhost: evil.example\r\nsec-fetch-mode: navigate\r\nconnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "GET /profile HTTP/1.0\r\n\r\n",
        "GET /profile HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET /profile HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n",
        "BREW /profile HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
        "GET /profile HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer a\r\nauthorization: Bearer b\r\nconnection: close\r\n\r\n",
        "GET /profile HTTP/1.1\r\nhost: localhost\r\naccept: \u{1F600}\r\nconnection: close\r\n\r\n",
        "POST /auth/signin/zitadel HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\nconnection: close\r\n\r\n\u{0}\u{1}\u{2}%%",
        "CONNECT localhost:1 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    ] {
        let response = browser.raw(request.as_bytes()).await;
        let status = response.split(' ').nth(1).unwrap_or_default();
        assert!(status.starts_with(['3', '4']), "{request:?} → {}", response.lines().next().unwrap_or_default());
        assert!(!response.to_lowercase().contains("location: http://evil"), "{request:?}");
    }
}

#[tokio::test]
async fn repeated_header_does_not_authenticate() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let twice = |name: &str, one: &str, other: &str| Request::new("GET", "/profile").with(name, one).with(name, other);
    for request in [
        twice("sec-fetch-mode", "navigate", "cors"),
        twice("sec-fetch-mode", "cors", "navigate"),
        twice("accept", "text/html", "application/json"),
        twice("authorization", "Bearer a", "Bearer b"),
        twice("host", "a", "b"),
        twice("x-forwarded-user", "alice", "alice"),
    ] {
        let response = browser.send(request.clone()).await;
        assert!(matches!(response.status, 302 | 400 | 401), "{request:?}: {}", response.status);
    }
}

#[tokio::test]
async fn proxy_headers_are_ignored() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login").await;
    let login = Request::new("POST", "/auth/signin/zitadel")
        .with("sec-fetch-site", "same-origin")
        .with("x-forwarded-host", "evil.example")
        .with("x-forwarded-proto", "https")
        .with("forwarded", "host=evil.example;proto=https")
        .with("x-original-url", "/healthz");
    let response = browser.send(login).await;
    response.assert_redirect(&app.authorization_endpoint());
    let callback = format!("{}/auth/callback", app.base());
    assert_eq!(response.location_parameter("redirect_uri"), Some(callback));
    let rewritten = Request::new("GET", "/profile").with("x-original-url", "/").with("x-rewrite-url", "/");
    browser.send(rewritten).await.assert_status(401);
}
