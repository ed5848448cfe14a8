//! The user's access token for calling other APIs: the extractor, and the session that a refresh in a handler makes.

use behaviours::{Browser, Request, Response, Setup, Subject};
use zitadel_emulator::{AccessTokenType, EndpointName, Fault};

use super::subject;

/// Whether the provider accepts a token now.
async fn is_active(app: &Subject, token: &str) -> bool {
    let url = format!("{}/oidc/v1/userinfo", app.emulator().issuer());
    let request = http::Request::get(url).header("authorization", format!("Bearer {token}"));
    app.emulator().respond(request.body(Vec::new()).unwrap()).await.unwrap().status() == 200
}

async fn present(browser: &mut Browser, path: &str, token: &str) -> Response {
    browser.send(Request::new("GET", path).with("authorization", &format!("Bearer {token}"))).await
}

#[tokio::test]
async fn token_of_a_session_is_the_one_that_the_provider_accepts() {
    let app = subject::minimal(Setup::new()).await;
    let mut alice = app.logged_in("alice").await;
    let response = alice.get("/token").await;
    response.assert_status(200);
    response.assert_not_stored();
    assert!(is_active(&app, &response.body).await);
    assert_eq!(alice.get("/token").await.body, response.body);
    assert_eq!(alice.get("/maybe-token").await.body, "true");
    alice.send(Request::same_origin_post("/auth/logout")).await;
    assert!(!is_active(&app, &response.body).await);
    assert_eq!(alice.get("/token").await.status, 302);
    assert_eq!(alice.get("/maybe-token").await.body, "false");
}

#[tokio::test]
async fn token_that_was_presented_is_that_of_the_request() {
    let app = subject::minimal(Setup::new()).await;
    app.emulator().client().set_access_token_type(AccessTokenType::Jwt);
    let mut alice = app.logged_in("alice").await;
    let token = app.emulator().access_token_for("bob");
    let response = present(&mut alice, "/token", &token).await;
    assert_eq!((response.status, response.body.as_str()), (200, token.as_str()), "whatever session comes with it");
    let response = present(&mut alice, "/newer-token", &token).await;
    assert_eq!(response.assert_json(401)["error"], "invalid_token");
    assert!(response.header("www-authenticate").unwrap().contains(r#"error="invalid_token""#));
    assert!(response.set_cookies().is_empty());
}

#[tokio::test]
async fn token_is_refreshed_before_the_handler_runs() {
    let app = subject::minimal(Setup::new().with_short_lived_tokens().sessions_in_cookies()).await;
    let mut alice = app.logged_in("alice").await;
    let first = alice.get("/token").await.body;
    app.make_tokens_due();
    let response = alice.get("/token").await;
    assert!(response.sets_session() && response.body != first);
    assert!(is_active(&app, &response.body).await);
}

#[tokio::test]
async fn refresh_in_a_handler_reaches_the_browser() {
    let app = subject::minimal(Setup::new().sessions_in_cookies()).await;
    let mut alice = app.logged_in("alice").await;
    let first = alice.get("/token").await.body;
    app.emulator().clear_requests();
    let response = alice.get("/newer-token").await;
    response.assert_status(200);
    response.assert_not_stored();
    assert!(response.sets_session());
    assert!(response.body != first && is_active(&app, &response.body).await && !is_active(&app, &first).await);
    assert_eq!(alice.get("/token").await.body, response.body, "the browser has the new session");
    // An API that rejects every token does not wear out the provider.
    let response = alice.get("/newer-token").await;
    assert_eq!((response.status, app.emulator().count(EndpointName::Token)), (401, 1));
    app.advance(31);
    alice.get("/newer-token").await.assert_status(200);
    assert_eq!(app.emulator().count(EndpointName::Token), 2, "nothing was lost");
}

#[tokio::test]
async fn refresh_in_a_handler_needs_no_cookie_if_sessions_are_stored() {
    let app = subject::minimal(Setup::new().var("SESSION_MODE", "stored")).await;
    let mut alice = app.logged_in("alice").await;
    let response = alice.get("/newer-token").await;
    response.assert_status(200);
    assert!(!response.sets_session());
    assert_eq!(alice.get("/token").await.body, response.body);
}

#[tokio::test]
async fn provider_that_cannot_be_asked_is_503_for_a_newer_token_only() {
    let app = subject::minimal(Setup::new()).await;
    let mut alice = app.logged_in("alice").await;
    app.emulator().fault(EndpointName::Token, Fault::Status(503));
    let response = alice.fetch("GET", "/newer-token").await;
    assert_eq!(response.assert_json(503)["error"], "provider_unavailable");
    assert_eq!(response.header("retry-after"), Some("5"));
    alice.get("/token").await.assert_status(200);
}

#[tokio::test]
async fn provider_that_refuses_the_refresh_means_another_login() {
    let app = subject::minimal(Setup::new()).await;
    let mut alice = app.logged_in("alice").await;
    app.emulator().deactivate("alice");
    let response = alice.get("/newer-token").await;
    assert!(response.status == 302 && response.header("location").unwrap().starts_with("/auth/login"));
    assert_eq!(alice.fetch("GET", "/newer-token").await.assert_json(401)["error"], "unauthenticated");
}
