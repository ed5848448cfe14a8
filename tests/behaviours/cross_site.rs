//! Requests that another site makes in a user's browser: the headers that decide arrive unchanged.

use behaviours::{Browser, Request};

use super::subject;

const EVIL: &str = "https://evil.example";

#[tokio::test]
async fn form_of_another_site_is_rejected_and_changes_no_cookie() {
    let app = subject::start().await;
    let form = |path: &str| {
        Request::new("POST", path)
            .with("accept", "text/html")
            .with("origin", EVIL)
            .with("sec-fetch-site", "cross-site")
            .with("sec-fetch-mode", "navigate")
    };
    let mut browser = app.logged_in("alice").await;
    let before = browser.cookies();
    for path in ["/auth/logout", "/auth/signin/zitadel"] {
        let response = browser.send(form(path)).await;
        response.assert_page(403, "This request came from another site");
        assert_eq!(response.set_cookies(), []);
    }
    assert_eq!(browser.cookies(), before);
    browser.get("/profile").await.assert_page(200, "Alice Anderson");
}

/// A response to a request without evidence that it comes from this site.
async fn send_without_evidence(browser: &mut Browser, path: &str, headers: &[(&str, &str)]) {
    let request = headers.iter().fold(Request::new("POST", path), |request, (name, value)| request.with(name, value));
    let response = browser.send(request).await;
    if path == "/auth/logout" || subject::AUTHENTICATES_BEFORE_ROUTING {
        assert_eq!(response.assert_json(403)["error"], "cross_site", "{path} {headers:?}");
    } else {
        response.assert_status(subject::UNSUPPORTED_METHOD);
    }
}

#[tokio::test]
async fn unsafe_request_without_same_origin_evidence_is_rejected() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for path in ["/auth/logout", "/profile"] {
        send_without_evidence(&mut browser, path, &[]).await;
        send_without_evidence(&mut browser, path, &[("origin", EVIL)]).await;
        send_without_evidence(&mut browser, path, &[("origin", app.base()), ("origin", EVIL)]).await;
        send_without_evidence(&mut browser, path, &[("referer", app.base())]).await;
    }
    browser.get("/profile").await.assert_page(200, "Alice Anderson");
}

#[tokio::test]
async fn login_and_logout_work_with_an_origin_header_alone() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let form = |path: &str| Request::new("POST", path).with("accept", "text/html").with("origin", app.base());
    let response = browser.send(form("/auth/signin/zitadel")).await;
    let callback = app.emulator().authorize_as(response.assert_status(302).location(), "bob");
    browser.send(Request::new("GET", &callback).with("accept", "text/html")).await.assert_redirect("/profile");
    browser.send(form("/auth/logout")).await.assert_redirect(&app.end_session_endpoint());
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn websocket_from_another_origin_is_not_authenticated() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    let handshake = |origin: &str| {
        Request::new("GET", "/profile")
            .with("connection", "upgrade")
            .with("upgrade", "websocket")
            .with("origin", origin)
    };
    assert_eq!(alice.send(handshake(EVIL)).await.assert_json(403)["error"], "cross_site");
    alice.send(handshake(app.base())).await.assert_page(200, "Alice Anderson");
}

/// With `Referrer-Policy: no-referrer` browsers post forms with `Origin: null`. Without fetch metadata (Safari before 16.4)
/// such a form looks as if it came from another site.
#[tokio::test]
async fn page_with_a_form_does_not_make_browsers_hide_its_origin() {
    let app = subject::start().await;
    let mut browser = app.logged_in("bob").await;
    for path in ["/", "/profile", "/admin", "/auth/login", "/auth/logout"] {
        let page = browser.get(path).await;
        assert!(page.body.contains("<form"), "{path}");
        assert_ne!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}

#[tokio::test]
async fn responses_have_no_cors_headers() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for path in ["/", "/profile", "/auth/session", "/auth/userinfo", "/auth/login", "/healthz", "/readyz", "/nowhere"] {
        let response = browser.send(Request::new("GET", path).with("origin", EVIL)).await;
        assert!(!response.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}");
    }
}

#[tokio::test]
async fn pages_cannot_be_embedded_by_another_site() {
    let app = subject::start().await;
    let mut browser = app.logged_in("bob").await;
    for path in ["/", "/profile", "/admin", "/auth/login", "/auth/logout", "/auth/error", "/nowhere"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        let is_denied = policy.contains("frame-ancestors 'none'") || page.header("x-frame-options") == Some("DENY");
        assert!(is_denied, "{path}: {policy:?}");
    }
}
