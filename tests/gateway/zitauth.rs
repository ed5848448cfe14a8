//! The flows that ZitAuth publishes, step by step: with its contract switched on, and with the defaults, whose differences the README
//! of the gateway lists.

use zitadel_emulator::AccessTokenType;

use crate::harness::{Gateway, SPA, Setup, assert_error, redemption};

/// The parameters in the fragment of a redirect to the application.
fn fragment(location: &str) -> Vec<(String, String)> {
    let fragment = location.strip_prefix(&format!("{SPA}/#")).unwrap_or_else(|| panic!("{location}"));
    form_urlencoded::parse(fragment.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn single_page_flow_with_its_contract() {
    let gateway = Gateway::start(Setup::compatible()).await;
    let mut browser = gateway.browser();
    // 1. GET /api/v1/login: 302 to ZITADEL.
    let login = browser.get("/api/v1/login").await;
    login.assert_redirect(&format!("{}/oauth/v2/authorize", gateway.emulator.issuer()));
    // 2. The callback: 302 to the application with the token in the fragment.
    let callback = browser.log_in_as("alice").await;
    callback.assert_status(302);
    let parameters = fragment(callback.header("location").unwrap());
    let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["access_token", "token_type", "expires_in"]);
    let token = &parameters[0].1;
    // 3. GET /api/v1/validate: 200, 400 without header, 401 for another token.
    gateway.with_bearer("/api/v1/validate", token).await.assert_json(200);
    assert_error(&gateway.browser().plain("GET", "/api/v1/validate").await, 400, "invalid_request");
    assert_error(&gateway.with_bearer("/api/v1/validate", "invalid").await, 401, "invalid_token");
    // 4. GET /api/v1/userinfo: 200 {"userinfo": …}
    let userinfo = gateway.with_bearer("/api/v1/userinfo", token).await.assert_json(200);
    assert_eq!(userinfo["userinfo"]["preferred_username"], "alice");
    // The callback of an unknown login: 400.
    assert_error(&gateway.browser().plain("GET", "/api/v1/callback?code=a&state=b").await, 400, "state_mismatch");
}

#[tokio::test]
async fn machine_flow_with_its_contract() {
    let gateway = Gateway::start(Setup::compatible()).await;
    let project = gateway.emulator.client().snapshot().project_id;
    // 1. GET /api/v1/m2m-token?scope=…: 200.
    let token = gateway.browser().plain("GET", "/api/v1/m2m-token?scope=openid").await.assert_json(200);
    assert!(token["access_token"].is_string() && token["expires_in"].is_u64(), "{token}");
    assert_eq!(token["token_type"], "Bearer");
    // 2. GET /api/v1/validate. The token has an audience if the scopes of the service account have it.
    let scopes = format!("openid urn:zitadel:iam:org:project:id:{project}:aud");
    let gateway = Gateway::start(Setup::compatible().var("ZITADEL_SERVICE_ACCOUNT_SCOPES", &scopes)).await;
    let token = gateway.browser().plain("GET", "/api/v1/m2m-token").await.assert_json(200);
    let claims = gateway.with_bearer("/api/v1/validate", token["access_token"].as_str().unwrap()).await;
    assert_eq!(claims.assert_json(200)["sub"], gateway.emulator.service_account("robot").id());
}

#[tokio::test]
async fn with_the_defaults_the_application_gets_a_code_and_machines_authenticate() {
    let gateway = Gateway::start(Setup { service_account: true, ..Setup::spa() }).await;
    let (mut browser, code) = gateway.with_code().await;
    gateway.emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let token = browser.send(redemption(&code)).await.assert_json(200);
    let token = token["access_token"].as_str().unwrap();
    gateway.with_bearer("/api/v1/validate", token).await.assert_json(200);
    gateway.with_bearer("/api/v1/userinfo", token).await.assert_json(200);
    assert_error(&gateway.browser().plain("GET", "/api/v1/m2m-token").await, 501, "not_supported");
}
