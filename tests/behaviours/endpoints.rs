//! The engine's endpoints as a framework mounts them: methods and bodies.

use behaviours::Request;

use super::subject;

#[tokio::test]
async fn endpoint_rejects_other_methods_and_names_its_own() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for (path, allowed, rejected) in [
        ("/auth/signin/zitadel", "POST", &["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"][..]),
        ("/auth/step-up", "GET", &["HEAD", "POST", "PUT", "OPTIONS"]),
        ("/auth/logout", "POST, GET, HEAD", &["PUT", "DELETE", "OPTIONS"]),
        ("/auth/logout/callback", "GET", &["HEAD", "POST", "OPTIONS"]),
        ("/auth/session", "GET, HEAD", &["POST", "PUT", "DELETE", "OPTIONS"]),
        ("/auth/userinfo", "GET, HEAD", &["POST", "PUT", "DELETE", "OPTIONS"]),
    ] {
        for method in rejected {
            let response = browser.send(Request::new(method, path).with("sec-fetch-site", "same-origin")).await;
            response.assert_status(405);
            assert_eq!(response.header("allow"), Some(allowed), "{method} {path}");
        }
    }
    browser.get("/profile").await.assert_page(200, "Alice Anderson");
}

#[tokio::test]
async fn endpoint_answers_head_without_a_body() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for path in ["/auth/session", "/auth/userinfo", "/auth/logout"] {
        let response = browser.fetch("HEAD", path).await;
        response.assert_status(200);
        assert_eq!(response.body, "", "{path}");
    }
}

#[tokio::test]
async fn form_that_is_too_large_is_rejected() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let form = |bytes: usize| {
        Request::same_origin_post("/auth/signin/zitadel").form(&format!("callbackUrl=/{}", "a".repeat(bytes)))
    };
    browser.send(form(60 * 1024)).await.assert_redirect(&app.authorization_endpoint());
    let mut browser = app.browser();
    assert_eq!(browser.send(form(100_000)).await.assert_json(413)["error"], "request_too_large");
    browser.send(form(100_000).with("sec-fetch-mode", "navigate")).await.assert_page(413, "Request too large");
    assert_eq!(browser.cookies(), []);
}
