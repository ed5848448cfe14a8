//! `/openapi.json` and `/docs`. That nothing is answered which is not described, each test of this folder checks when its gateway
//! ends; here everything that is described is provoked.

use std::{collections::BTreeSet, time::Duration};

use behaviours::Request;
use serde_json::Value;
use zitadel_emulator::{AccessTokenType, EndpointName, Fault};

use crate::{
    harness::{Gateway, SPA, Setup, from_spa, redemption},
    recorder::described,
};

#[tokio::test]
async fn everything_that_is_described_is_answered() {
    let gateway = Gateway::start(Setup::spa()).await;
    let document = gateway.browser().get("/openapi.json").await.assert_json(200);
    let mut seen = BTreeSet::new();
    seen.extend(logins(&gateway).await);
    seen.extend(without_a_single_page_application().await);
    seen.extend(without_refresh().await);
    seen.extend(outages_of_the_store().await);
    seen.extend(outages_of_the_provider().await);
    seen.extend(access_tokens().await);
    seen.extend(machine_tokens().await);
    seen.extend(forward_auth().await);
    seen.extend(operation(&gateway).await);
    let described = described(&document);
    let missing: Vec<_> = described.difference(&seen).collect();
    assert!(missing.is_empty(), "described, and never answered: {missing:#?}");
    assert!(described.len() > 60, "{}", described.len());
}

async fn logins(gateway: &Gateway) -> BTreeSet<String> {
    let mut browser = gateway.browser();
    for path in
        ["/api/v1/login", "/api/v1/step-up?max_age=60", "/api/v1/callback?code=a&state=b", "/api/v1/logout/callback"]
    {
        browser.send(Request::new("GET", path).with("sec-purpose", "prefetch")).await.assert_status(204);
    }
    browser.get("/api/v1/callback?code=a&state=b").await.assert_status(400);
    browser.get("/api/v1/logout/error?reason=store_unavailable").await.assert_status(302);
    browser.get("/api/v1/logout/success").await.assert_status(302);
    browser.get("/api/v1/session").await.assert_json(200);
    // Declined.
    let start = browser.get("/api/v1/login").await;
    let state = start.header("location").unwrap().split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    browser.get(&format!("/api/v1/callback?error=access_denied&state={state}")).await.assert_status(403);
    // A page requires two factors, and the login has one.
    gateway.log_in(&mut gateway.browser(), "/api/v1/step-up?amr=mfa", "alice").await.assert_status(401);
    let (mut browser, code) = gateway.with_code().await;
    // The response of the token endpoint cannot be verified.
    gateway.emulator.fault_times(EndpointName::Token, Fault::WrongNonce, 1);
    gateway.log_in(&mut gateway.browser(), "/api/v1/login", "alice").await.assert_status(502);
    // One-time codes.
    browser.send(redemption("x")).await.assert_status(400);
    browser.send(redemption(&"x".repeat(2000))).await.assert_status(413);
    browser.send(redemption(&code).with("origin", "https://evil.example")).await.assert_status(403);
    browser.send(from_spa("POST", "/api/v1/token").with("content-type", "text/plain")).await.assert_status(415);
    browser.send(redemption(&code)).await.assert_status(200);
    browser.get("/api/v1/session").await.assert_json(200);
    // Logout.
    browser.get("/api/v1/logout").await.assert_status(200);
    let other_name = gateway.base.replace("localhost", "127.0.0.1");
    browser.get(&format!("{other_name}/api/v1/logout")).await.assert_status(302);
    browser
        .send(Request::new("POST", "/api/v1/logout").with("origin", "https://evil.example"))
        .await
        .assert_status(403);
    let large = from_spa("POST", "/api/v1/logout").form(&"a".repeat(70_000));
    browser.send(large).await.assert_status(413);
    browser.send(from_spa("POST", "/api/v1/logout")).await.assert_status(302);
    browser.get("/api/v1/logout/callback").await.assert_status(302);
    // A logout request that is too long for a URL.
    gateway.emulator.client().set_id_token_role_assertion(true);
    let roles: Vec<_> = (0..200).map(|number| format!("role.{number}.{}", "x".repeat(20))).collect();
    gateway.emulator.set_roles("bob", &roles.iter().map(String::as_str).collect::<Vec<_>>());
    let mut bob = gateway.browser();
    gateway.log_in(&mut bob, "/api/v1/login", "bob").await.assert_status(302);
    bob.send(from_spa("POST", "/api/v1/logout")).await.assert_status(200);
    // Back-channel logout.
    let (_alice, _) = gateway.with_code().await;
    let session = gateway.emulator.session_ids("alice").pop().unwrap();
    gateway.emulator.end_session(&session);
    for _ in 0..200 {
        if gateway.recorder.seen().contains("POST /api/v1/backchannel-logout 200") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    browser.plain("POST", "/api/v1/backchannel-logout").await.assert_status(400);
    gateway.recorder.seen()
}

async fn without_a_single_page_application() -> BTreeSet<String> {
    let gateway = Gateway::start(Setup::default()).await;
    let mut browser = gateway.browser();
    gateway.log_in(&mut browser, "/api/v1/login", "alice").await.assert_status(302);
    browser.get("/api/v1/logout/success").await.assert_status(200);
    for (reason, status) in [("x", 400), ("still_signed_in", 409), ("provider_unavailable", 503)] {
        browser.get(&format!("/api/v1/logout/error?reason={reason}")).await.assert_status(status);
    }
    gateway.recorder.seen()
}

async fn without_refresh() -> BTreeSet<String> {
    let setup = Setup { short_lived_tokens: true, ..Setup::spa() };
    let gateway = Gateway::start(setup.var("ZITADEL_SCOPES", "openid")).await;
    let (mut browser, code) = gateway.with_code().await;
    gateway.advance(30);
    browser.send(redemption(&code)).await.assert_status(401);
    gateway.recorder.seen()
}

async fn outages_of_the_store() -> BTreeSet<String> {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let mut other = gateway.browser();
    other.get("/api/v1/login").await;
    other.authorize_as("bob").await;
    gateway.switch_store(false);
    gateway.advance(60);
    browser.get("/api/v1/session").await.assert_status(503);
    browser.send(redemption(&code)).await.assert_status(503);
    other.follow().await.assert_status(503);
    browser.get("/readyz").await.assert_status(503);
    for path in ["/forward-auth", "/forward-auth/envoy/-/orders"] {
        let request = original(path).with("x-forwarded-method", "GET").with("x-forwarded-uri", "/orders");
        browser.send(request).await.assert_status(503);
    }
    let session = gateway.emulator.session_ids("alice").pop().unwrap();
    gateway.emulator.end_session(&session);
    for _ in 0..200 {
        if gateway.recorder.seen().contains("POST /api/v1/backchannel-logout 503") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    gateway.recorder.seen()
}

async fn outages_of_the_provider() -> BTreeSet<String> {
    let gateway = Gateway::start(Setup::default()).await;
    gateway.emulator.stop_listening().await;
    gateway.browser().get("/api/v1/login").await.assert_status(503);
    gateway.browser().get("/api/v1/step-up?max_age=60").await.assert_status(503);
    gateway.with_bearer("/api/v1/validate", "opaque").await.assert_status(503);
    gateway.with_bearer("/api/v1/userinfo", "opaque").await.assert_status(503);
    gateway.recorder.seen()
}

async fn access_tokens() -> BTreeSet<String> {
    let gateway = Gateway::start(Setup::default()).await;
    gateway.emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let token = gateway.emulator.access_token_for("alice");
    for path in ["/api/v1/validate", "/api/v1/userinfo"] {
        gateway.browser().plain("GET", path).await.assert_status(400);
        gateway.with_bearer(path, "wrong").await.assert_status(401);
        gateway.with_bearer(path, &token).await.assert_status(200);
    }
    gateway.emulator.fault_times(EndpointName::UserInfo, Fault::Html, 1);
    gateway.with_bearer("/api/v1/userinfo", &token).await.assert_status(502);
    gateway.recorder.seen()
}

async fn machine_tokens() -> BTreeSet<String> {
    let path = "/api/v1/m2m-token";
    let none = Gateway::start(Setup::default()).await;
    let gateway = Gateway::start(Setup::compatible()).await;
    for method in ["GET", "POST"] {
        none.browser().plain(method, path).await.assert_status(501);
        gateway.browser().plain(method, path).await.assert_status(200);
        gateway.browser().plain(method, &format!("{path}?scope=email")).await.assert_status(400);
        let wrong = Request::new(method, path).with("authorization", "Bearer wrong");
        gateway.browser().send(wrong).await.assert_status(401);
    }
    let mut json = Request::new("POST", path).with("content-type", "application/json");
    json.body = "{}".to_owned();
    gateway.browser().send(json).await.assert_status(415);
    gateway.browser().send(Request::new("POST", path).form(&"a".repeat(20_000))).await.assert_status(413);
    let out = Gateway::start(Setup::compatible()).await;
    out.emulator.stop_listening().await;
    for method in ["GET", "POST"] {
        out.browser().plain(method, path).await.assert_status(503);
    }
    [none, gateway, out].iter().flat_map(|gateway| gateway.recorder.seen()).collect()
}

/// A sub-request of a proxy on this machine, about a page that a browser loads.
fn original(path: &str) -> Request {
    Request::new("GET", path)
        .with("accept", "text/html")
        .with("sec-fetch-mode", "navigate")
        .with("sec-fetch-site", "none")
}

async fn forward_auth() -> BTreeSet<String> {
    let gateway = Gateway::start(Setup::default()).await;
    let mut alice = gateway.browser();
    gateway.log_in(&mut alice, "/api/v1/login", "alice").await.assert_status(302);
    let about = |path: &str| {
        let request = original(path);
        match path.starts_with("/forward-auth/envoy/") {
            true => request,
            false => request.with("x-forwarded-method", "GET").with("x-forwarded-uri", "/orders"),
        }
    };
    let script = |path: &str| {
        let mut request = about(path);
        request.headers.retain(|(name, _)| !name.starts_with("sec-fetch") && name != "accept");
        request
    };
    for (simple, role, wrong, ok) in [
        ("/forward-auth", "/forward-auth?role=nobody", "/forward-auth?rolle=admin", 202),
        (
            "/forward-auth/envoy/-/orders",
            "/forward-auth/envoy/role=nobody/orders",
            "/forward-auth/envoy/rolle=a/orders",
            200,
        ),
    ] {
        alice.send(about(simple)).await.assert_status(ok);
        gateway.browser().send(about(simple)).await.assert_status(302);
        gateway.browser().send(script(simple)).await.assert_status(401);
        alice.send(about(role)).await.assert_status(403);
        alice.send(about(wrong)).await.assert_status(500);
        let malformed = script(simple).with("authorization", "Bearer a b");
        gateway.browser().send(malformed).await.assert_status(400);
    }
    gateway.recorder.seen()
}

async fn operation(gateway: &Gateway) -> BTreeSet<String> {
    for path in ["/healthz", "/readyz", "/metrics", "/docs"] {
        gateway.browser().get(path).await.assert_status(200);
    }
    gateway.recorder.seen()
}

#[tokio::test]
async fn description_has_the_paths_of_the_configuration() {
    let setup = Setup::default().var("ZITADEL_CALLBACK_URL", "http://localhost:8000/back");
    let setup = setup.var("ZITADEL_POST_LOGOUT_URL", "http://localhost:8000/api/v1/logout/callback");
    let gateway = Gateway::start(setup).await;
    let document = gateway.browser().get("/openapi.json").await.assert_json(200);
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/back") && !paths.contains_key("/api/v1/callback"));
}

#[tokio::test]
async fn page_lists_every_address_and_loads_nothing_from_elsewhere() {
    let gateway = Gateway::start(Setup::spa()).await;
    let document: Value = gateway.browser().get("/openapi.json").await.assert_json(200);
    let page = gateway.browser().get("/docs").await;
    for path in document["paths"].as_object().unwrap().keys() {
        page.assert_page(200, path);
    }
    page.assert_no_text("<script").assert_no_text("http://").assert_no_text("https://").assert_no_text(SPA);
    assert_eq!(page.header("content-security-policy"), Some("default-src 'none'; style-src 'unsafe-inline'"));
}
