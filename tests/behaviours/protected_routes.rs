//! Public pages, and how requests to protected pages are denied.

use behaviours::Request;
use futures_util::future::join_all;

use super::subject;

const PUBLIC: [&str; 9] = [
    "/",
    "/auth/login",
    "/auth/signin",
    "/auth/error",
    "/auth/logout",
    "/auth/logout/success",
    "/auth/logout/error",
    "/auth/session",
    "/healthz",
];
const PROTECTED: [&str; 2] = ["/profile", "/admin"];

#[tokio::test]
async fn public_page_is_served_with_and_without_a_user() {
    let app = subject::start().await;
    let mut bob = app.logged_in("bob").await;
    for path in PUBLIC {
        app.browser().get(path).await.assert_status(200);
        bob.get(path).await.assert_status(200);
    }
    app.browser().get("/").await.assert_page(200, "Nobody is signed in");
    bob.get("/").await.assert_page(200, "Signed in as").assert_text("Bob Brown");
}

#[tokio::test]
async fn protected_page_redirects_a_navigation_to_login() {
    let app = subject::start().await;
    for path in PROTECTED {
        let target = format!("/auth/login?callbackUrl=%2F{}%3Fa%3Db", &path[1..]);
        let response = app.browser().get(&format!("{path}?a=b")).await;
        response.assert_redirect(&target).assert_not_stored();
        assert_eq!(response.header("vary"), Some("Cookie, Authorization"));
        // A browser without fetch metadata.
        let old = Request::new("GET", &format!("{path}?a=b")).with("accept", "text/html,*/*;q=0.8");
        app.browser().send(old).await.assert_redirect(&target);
    }
}

#[tokio::test]
async fn protected_page_is_401_json_for_other_requests() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for path in PROTECTED {
        let get = || Request::new("GET", path);
        for response in [
            browser.fetch("GET", path).await,
            browser.plain("GET", path).await,
            browser.send(get().with("accept", "application/json")).await,
            browser.send(get().with("accept", "text/html").with("sec-fetch-mode", "no-cors")).await,
        ] {
            assert_eq!(response.assert_not_stored().assert_json(401)["error"], "unauthenticated");
            let challenge = format!(r#"Bearer realm="{}""#, app.emulator().issuer());
            assert_eq!(response.header("www-authenticate"), Some(challenge.as_str()));
        }
    }
}

#[tokio::test]
async fn protected_page_is_denied_for_every_method() {
    let app = subject::start().await;
    for path in PROTECTED {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let request = Request::new(method, path).with("origin", "https://evil.example");
            let response = app.browser().send(request.with("access-control-request-method", "GET")).await;
            if subject::AUTHENTICATES_BEFORE_ROUTING {
                assert_eq!(response.assert_json(401)["error"], "unauthenticated", "{method} {path}");
            } else {
                response.assert_status(subject::UNSUPPORTED_METHOD);
            }
            assert_eq!(response.header("access-control-allow-origin"), None, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn unsupported_method_is_rejected_after_authentication() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    for (path, method) in [("/profile", "POST"), ("/admin", "DELETE"), ("/", "PUT"), ("/auth/login", "POST")] {
        let request = Request::new(method, path).with("sec-fetch-site", "same-origin");
        alice.send(request).await.assert_status(subject::UNSUPPORTED_METHOD);
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    for path in PROTECTED.into_iter().chain(PUBLIC) {
        let head = alice.plain("HEAD", path).await;
        head.assert_status(200);
        assert_eq!(head.body, "", "{path}");
        assert_eq!(head.header("content-type"), alice.plain("GET", path).await.header("content-type"), "{path}");
    }
    for path in PROTECTED {
        let head = app.browser().plain("HEAD", path).await;
        head.assert_status(401);
        assert_eq!(head.body, "");
        let navigation = Request::new("HEAD", path).with("sec-fetch-mode", "navigate");
        app.browser().send(navigation).await.assert_status(302);
    }
}

#[tokio::test]
async fn authorization_header_without_meaning_does_not_authenticate() {
    let app = subject::start().await;
    for value in ["Bearer x", "Bearer", "bearer a.b.c", "Basic YWxpY2U6cGFzcw=="] {
        let response = app.browser().send(Request::new("GET", "/profile").with("authorization", value)).await;
        assert!(matches!(response.status, 400 | 401), "{value}: {}", response.status);
    }
}

#[tokio::test]
async fn page_that_depends_on_the_user_varies_by_cookie_or_is_not_stored() {
    let app = subject::start().await;
    for mut browser in [app.browser(), app.logged_in("bob").await] {
        let page = browser.get("/").await;
        let varies = page.header("vary").is_some_and(|value| value.to_lowercase().contains("cookie"));
        assert!(varies || page.header("cache-control").is_some_and(|value| value.contains("no-store")));
    }
}

#[tokio::test]
async fn concurrent_requests_of_two_users_get_their_own_pages() {
    let app = subject::start().await;
    let (alice, bob) = (app.logged_in("alice").await, app.logged_in("bob").await);
    let pages = join_all((0..20).map(|n| {
        let (mut browser, own) = if n % 2 == 0 { (alice.clone(), "alice") } else { (bob.clone(), "bob") };
        async move { (browser.get("/profile").await, own) }
    }));
    for (page, own) in pages.await {
        let other = if own == "alice" { "bob@example.com" } else { "alice@example.com" };
        page.assert_page(200, &format!("{own}@example.com")).assert_no_text(other);
    }
}

#[tokio::test]
async fn page_at_another_name_of_the_host_is_opened_at_the_configured_origin() {
    let app = subject::start().await;
    let host = app.base().replace("http://localhost", "127.0.0.1");
    let head = format!("host: {host}\r\nconnection: close\r\nsec-fetch-mode: navigate\r\n");
    let request = format!("GET /profile?tab=roles HTTP/1.1\r\n{head}\r\n");
    let response = app.browser().raw(request.as_bytes()).await.to_lowercase();
    assert!(response.starts_with("http/1.1 302"), "{response}");
    assert!(response.contains(&format!("location: {}/profile?tab=roles\r\n", app.base())), "{response}");
    let request = format!("POST /auth/logout HTTP/1.1\r\n{head}origin: http://{host}\r\ncontent-length: 0\r\n\r\n");
    let response = app.browser().raw(request.as_bytes()).await;
    assert!(response.starts_with("HTTP/1.1 403") && response.contains(app.base()), "{response}");
}
