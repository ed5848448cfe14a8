//! What the configuration of a proxy requires.

use behaviours::Request;

use super::PROXY;
use crate::site::{Received, Site, post};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn without_a_session_a_browser_is_redirected_and_everything_else_gets_401() {
    let site = Site::start(PROXY).await;
    let mut browser = site.browser();
    browser.get("/orders?a=b").await.assert_redirect("/api/v1/login?callbackUrl=%2Forders%3Fa%3Db").assert_not_stored();
    browser.get("/admin").await.assert_redirect("/api/v1/login?callbackUrl=%2Fadmin");
    let response = browser.fetch("GET", "/orders").await;
    assert_eq!(response.assert_json(401)["error"], "unauthenticated");
    assert!(response.header("www-authenticate").unwrap().starts_with("Bearer"));
    response.assert_not_stored();
    browser.send(post("/orders", "same-origin")).await.assert_json(401);
    browser.plain("DELETE", "/orders").await.assert_json(401);
    Received::of(&browser.plain("GET", "/public/page?x=1").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn role_is_required_where_the_configuration_says_so() {
    let site = Site::start(PROXY).await;
    let (mut alice, mut bob) = (site.logged_in("alice").await, site.logged_in("bob").await);
    for path in ["/admin", "/admin/", "/admin/users?role=user", "/ADMIN", "/%61dmin", "/Admin/users"] {
        Received::of(&alice.get(path).await, 200);
        bob.get(path).await.assert_status(403);
        bob.fetch("GET", path).await.assert_status(403);
    }
    Received::of(&bob.get("/administration?x=/admin").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn page_that_requires_a_recent_login_sends_the_browser_through_one() {
    let site = Site::start(PROXY).await;
    let mut browser = site.logged_in("alice").await;
    Received::of(&browser.get("/payments?id=7").await, 200);
    site.advance(301);
    Received::of(&browser.get("/orders").await, 200);
    let challenge = browser.fetch("GET", "/payments").await;
    let challenge = challenge.assert_status(401).header("www-authenticate").unwrap();
    assert!(challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=\"300\""), "{challenge}");
    browser.get("/payments?id=7").await.assert_redirect("/api/v1/step-up?callbackUrl=%2Fpayments%3Fid%3D7&max_age=300");
    browser.follow().await.assert_redirect(&format!("{}/oauth/v2/authorize", site.emulator.issuer()));
    browser.follow().await;
    browser.follow().await.assert_status(200);
    browser.click(" alice ").await;
    browser.follow().await.assert_redirect("/payments?id=7");
    Received::of(&browser.follow().await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn unsafe_request_from_another_site_is_refused() {
    let site = Site::start(PROXY).await;
    let mut browser = site.logged_in("alice").await;
    for (site, status) in [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)] {
        browser.send(post("/orders", site)).await.assert_status(status);
    }
    browser.plain("POST", "/orders").await.assert_status(403);
    let web_socket = Request::new("GET", "/socket")
        .with("connection", "Upgrade")
        .with("upgrade", "websocket")
        .with("sec-websocket-version", "13")
        .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    browser.send(web_socket.clone().with("origin", "https://evil.example")).await.assert_status(403);
    browser.send(web_socket.clone()).await.assert_status(403);
    browser.send(web_socket.with("origin", &site.base().to_owned())).await.assert_status(200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn access_token_of_a_program_is_accepted() {
    let site = Site::start(PROXY).await;
    let client = site.emulator.client();
    client.set_access_token_type(zitadel_emulator::AccessTokenType::Jwt);
    client.set_access_token_role_assertion(true);
    let bearer = |user: &str| format!("Bearer {}", site.emulator.access_token_for(user));
    let send = async |path: &str, token: &str| {
        site.browser().send(Request::new("POST", path).with("authorization", token)).await
    };
    let received = Received::of(&send("/orders", &bearer("bob")).await, 200);
    assert_eq!(received.values("x-auth-request-user"), [site.emulator.person("bob").unwrap().id]);
    let response = send("/orders", "Bearer nonsense").await;
    response.assert_status(401);
    assert!(response.header("www-authenticate").unwrap().contains("invalid_token"));
}
