//! Addresses that do not exist, and spellings that nearly do.

use behaviours::Outgoing;

use super::subject;

#[tokio::test]
async fn an_unknown_address_is_a_404_page_for_everyone() {
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
        app.browser().get(path).await.is_page(404, "Page not found");
        app.signed_in("alice").await.get(path).await.is_page(404, "Page not found");
    }
    for method in ["POST", "DELETE", "PUT", "OPTIONS"] {
        let answer = app.browser().bare(method, "/nowhere").await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {}", answer.status);
    }
}

#[tokio::test]
async fn what_was_asked_for_is_never_repeated_on_the_page() {
    let app = subject::start().await;
    let page = app.browser().get("/nowhere/call-now?q=%3Cb%3Epay%3C%2Fb%3E").await;
    page.is_page(404, "Page not found").hides("call-now").hides("pay");
}

#[tokio::test]
async fn no_spelling_of_a_closed_page_opens_it() {
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
        let answer = app.browser().get(path).await;
        assert!(matches!(answer.status, 302 | 308 | 404), "{path}: {}", answer.status);
        if let Some(location) = answer.header("location") {
            assert!(location.starts_with("/auth/login"), "{path} → {location}");
        }
        let script = app.browser().fetch("GET", path).await;
        assert!(matches!(script.status, 401 | 404), "{path}: {}", script.status);
    }
}

#[tokio::test]
async fn double_slashes_never_lead_to_another_site() {
    let app = subject::start().await;
    for path in
        ["//evil.example", "//evil.example/profile", "///evil.example", "//evil.example/..%2f", "/\\evil.example"]
    {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-mode: navigate\r\nconnection: close\r\n\r\n");
        let answer = app.browser().raw(request.as_bytes()).await;
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 4"), "{path}: {head}");
        assert!(!head.contains("evil"), "{path}: {head}");
    }
}

#[tokio::test]
async fn a_very_long_query_is_answered_and_dropped_from_the_way_back() {
    let app = subject::start().await;
    let long = "a".repeat(20_000);
    let mut browser = app.browser();
    browser.get(&format!("/profile?{long}")).await.is_redirect_to("/auth/login").hides("aaaa");
    browser.get(&format!("/auth/login?callbackUrl=%2F{long}")).await.is_page(200, "Sign in");
    browser.sign_in_as("alice").await.is_redirect_to("/profile");
    for path in ["/", "/profile", "/auth/error", "/auth/session", "/auth/callback", "/auth/logout/callback", "/nowhere"]
    {
        let status = browser.get(&format!("{path}?error={long}&state={long}&code={long}")).await.status;
        assert!(status < 500, "{path}: {status}");
    }
}

#[tokio::test]
async fn queries_that_make_no_sense_harm_no_page() {
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
        browser.get(&format!("/auth/login?{query}")).await.is_page(200, "Sign in");
        for path in ["/", "/auth/error", "/auth/logout/error", "/auth/logout/success"] {
            browser.get(&format!("{path}?{query}")).await.has_status(200);
        }
    }
}

#[tokio::test]
async fn requests_that_no_browser_sends_are_refused_or_answered_but_never_a_failure() {
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
        let answer = browser.raw(request.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(status.starts_with(['3', '4']), "{request:?} → {}", answer.lines().next().unwrap_or_default());
        assert!(!answer.to_lowercase().contains("location: http://evil"), "{request:?}");
    }
}

#[tokio::test]
async fn headers_that_come_twice_let_nobody_in() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let twice = |name: &str, one: &str, other: &str| Outgoing::new("GET", "/profile").with(name, one).with(name, other);
    for request in [
        twice("sec-fetch-mode", "navigate", "cors"),
        twice("sec-fetch-mode", "cors", "navigate"),
        twice("accept", "text/html", "application/json"),
        twice("authorization", "Bearer a", "Bearer b"),
        twice("host", "a", "b"),
        twice("x-forwarded-user", "alice", "alice"),
    ] {
        let answer = browser.send(request.clone()).await;
        assert!(matches!(answer.status, 302 | 400 | 401), "{request:?}: {}", answer.status);
    }
}

#[tokio::test]
async fn headers_of_a_proxy_that_is_not_there_change_nothing() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login").await;
    let lies = Outgoing::new("POST", "/auth/signin/zitadel")
        .with("sec-fetch-site", "same-origin")
        .with("x-forwarded-host", "evil.example")
        .with("x-forwarded-proto", "https")
        .with("forwarded", "host=evil.example;proto=https")
        .with("x-original-url", "/healthz");
    let begun = browser.send(lies).await;
    begun.is_redirect_to(&app.authorization_endpoint());
    let callback = format!("{}/auth/callback", app.base());
    assert_eq!(begun.location_parameter("redirect_uri"), Some(callback));
    let rewritten = Outgoing::new("GET", "/profile").with("x-original-url", "/").with("x-rewrite-url", "/");
    browser.send(rewritten).await.has_status(401);
}
