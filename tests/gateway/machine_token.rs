//! `/api/v1/m2m-token`.

use behaviours::{Log, Request, Response};
use serde_json::json;
use zitadel_emulator::{AccessTokenType, Emulator, EndpointName, Fault, ServiceAccount};

use crate::harness::{Gateway, Setup, assert_error};

const PATH: &str = "/api/v1/m2m-token";
const SECRET: &str = "orders-secret-of-more-than-32-bytes-0123456789";
/// `printf %s "$SECRET" | sha256sum`
const SECRET_SHA256: &str = "cb741a5137f142c784aa1655352d968a2e4c808fa21e0466814169a41ae6a83f";
const REPORTS: &str = "170086824411299999";

fn project(emulator: &Emulator) -> String {
    emulator.client().snapshot().project_id
}

fn callers(emulator: &Emulator) -> String {
    let project = project(emulator);
    json!({"callers": [
        {"name": "orders", "secret_sha256": SECRET_SHA256, "audiences": [project], "scopes": ["urn:zitadel:iam:org:projects:roles"]},
        {"name": "reports", "subject": REPORTS, "audiences": [], "scopes": []},
    ]})
    .to_string()
}

fn setup() -> Setup {
    Setup { callers: Some(callers), service_account: true, ..Setup::default() }
}

async fn start() -> Gateway {
    let gateway = Gateway::start(setup()).await;
    gateway.emulator.add_service_account(ServiceAccount {
        access_token_type: AccessTokenType::Jwt,
        id: REPORTS.to_owned(),
        ..ServiceAccount::named("reports", "Reports")
    });
    gateway
}

async fn ask(gateway: &Gateway, method: &str, query: &str, credential: &str) -> Response {
    let request = Request::new(method, &format!("{PATH}{query}"));
    gateway.browser().send(request.with("authorization", &format!("Bearer {credential}"))).await
}

/// What the provider was asked for last.
fn requested_scopes(gateway: &Gateway) -> String {
    let requests = gateway.emulator.requests();
    let request = requests.iter().rev().find(|request| request.endpoint == EndpointName::Token).unwrap();
    request.form.iter().find(|(name, _)| name == "scope").unwrap().1.clone()
}

#[tokio::test]
async fn caller_with_a_secret_gets_a_token_that_the_gateway_accepts() {
    let gateway = start().await;
    for method in ["POST", "GET"] {
        let response = ask(&gateway, method, "", SECRET).await;
        let token = response.assert_json(200);
        response.assert_not_stored();
        assert_eq!(token["token_type"], "Bearer");
        assert!(token["expires_in"].as_u64().unwrap() > 3600, "{}", token["expires_in"]);
        let claims = gateway.with_bearer("/api/v1/validate", token["access_token"].as_str().unwrap()).await;
        assert_eq!(claims.assert_json(200)["sub"], gateway.emulator.service_account("robot").id());
    }
    assert_eq!(gateway.emulator.count(EndpointName::Token), 1, "the token is shared");
    let audience = format!("openid urn:zitadel:iam:org:project:id:{}:aud", project(&gateway.emulator));
    assert_eq!(requested_scopes(&gateway), format!("{audience} urn:zitadel:iam:org:projects:roles"));
}

#[tokio::test]
async fn caller_gets_what_it_asks_for_and_no_more_than_it_may_have() {
    let gateway = start().await;
    let project = project(&gateway.emulator);
    ask(&gateway, "POST", "?scope=openid&audience=", SECRET).await.assert_json(200);
    assert_eq!(requested_scopes(&gateway), "openid");
    let form = Request::new("POST", PATH).with("authorization", &format!("Bearer {SECRET}"));
    gateway.browser().send(form.form(&format!("audience={project}&scope="))).await.assert_json(200);
    assert_eq!(requested_scopes(&gateway), format!("openid urn:zitadel:iam:org:project:id:{project}:aud"));
    let before = gateway.emulator.count(EndpointName::Token);
    for (query, error) in [
        ("?audience=1", "invalid_target"),
        ("?scope=urn:zitadel:iam:org:project:id:zitadel:aud", "invalid_target"),
        ("?scope=profile", "invalid_scope"),
        ("?scope=openid&scope=openid", "invalid_request"),
    ] {
        assert_error(&ask(&gateway, "POST", query, SECRET).await, 400, error);
    }
    assert_eq!(gateway.emulator.count(EndpointName::Token), before);
}

#[tokio::test]
async fn caller_may_authenticate_with_the_access_token_of_its_own_service_account() {
    let gateway = start().await;
    let token = own_token(&gateway, "reports").await;
    ask(&gateway, "POST", "", &token).await.assert_json(200);
    assert_eq!(requested_scopes(&gateway), "openid");
    let refused = ask(&gateway, "POST", &format!("?audience={}", project(&gateway.emulator)), &token).await;
    assert_error(&refused, 400, "invalid_target");
    // A person's token is acceptable to the gateway, and the person is not listed.
    gateway.emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let person = gateway.emulator.access_token_for("alice");
    gateway.with_bearer("/api/v1/validate", &person).await.assert_json(200);
    assert_error(&ask(&gateway, "POST", "", &person).await, 401, "invalid_client");
    let forged = gateway.emulator.token_like(&token).fault(Fault::AlgNone).build();
    assert_error(&ask(&gateway, "POST", "", &forged).await, 401, "invalid_client");
}

/// A JWT of a service account for the gateway's project.
async fn own_token(gateway: &Gateway, name: &str) -> String {
    let account = gateway.emulator.service_account(name);
    let secret = account.create_secret();
    let scope = format!("openid urn:zitadel:iam:org:project:id:{}:aud", project(&gateway.emulator));
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &account.client_id())
        .append_pair("client_secret", &secret)
        .append_pair("scope", &scope)
        .finish();
    let url = format!("{}/oauth/v2/token", gateway.emulator.issuer());
    let response = gateway.browser().send(Request::new("POST", &url).form(&form)).await.assert_json(200);
    response["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_has_no_listed_credential_gets_no_token() {
    let gateway = start().await;
    let nothing = gateway.browser().plain("POST", PATH).await;
    assert_error(&nothing, 401, "invalid_client");
    assert_eq!(nothing.header("www-authenticate"), Some("Bearer"));
    for credential in ["wrong", &SECRET[1..], SECRET_SHA256, REPORTS, "a.b.c"] {
        assert_error(&ask(&gateway, "POST", "", credential).await, 401, "invalid_client");
    }
    for header in ["Basic YTpi", "Bearer", "Bearer a b"] {
        let response = gateway.browser().send(Request::new("POST", PATH).with("authorization", header)).await;
        assert_error(&response, 400, "invalid_request");
    }
    // Not even to ask what they are: a mistyped secret must not reach the provider.
    assert_eq!(gateway.emulator.count(EndpointName::Introspect), 0);
    assert_eq!(gateway.emulator.count(EndpointName::Token), 0);
    assert_error(&gateway.browser().plain("DELETE", PATH).await, 405, "method_not_allowed");
    let mut json = Request::new("POST", PATH).with("content-type", "application/json");
    json.body = "{}".to_owned();
    assert_error(&gateway.browser().send(json).await, 415, "unsupported_media_type");
    let large = Request::new("POST", PATH).form(&"a".repeat(20_000));
    assert_error(&gateway.browser().send(large).await, 413, "request_too_large");
}

#[tokio::test]
async fn provider_that_is_out_is_503() {
    let gateway = start().await;
    let token = own_token(&gateway, "reports").await;
    gateway.emulator.stop_listening().await;
    for credential in [SECRET, &token] {
        let response = ask(&gateway, "POST", "", credential).await;
        assert_error(&response, 503, "provider_unavailable");
        assert_eq!(response.header("retry-after"), Some("5"));
    }
}

#[tokio::test]
async fn without_callers_nobody_gets_a_token() {
    for setup in [Setup::default(), Setup { service_account: true, ..Setup::default() }] {
        let gateway = Gateway::start(setup).await;
        assert_error(&ask(&gateway, "POST", "", SECRET).await, 501, "not_supported");
        assert_error(&gateway.browser().plain("GET", PATH).await, 501, "not_supported");
    }
}

#[tokio::test]
async fn open_endpoint_gives_a_token_with_the_scopes_of_the_service_account_and_no_other() {
    let setup = Setup::compatible()
        .var("ZITADEL_SERVICE_ACCOUNT_SCOPES", "openid profile urn:zitadel:iam:org:project:id:7:aud");
    let gateway = Gateway::start(setup).await;
    gateway.browser().plain("GET", PATH).await.assert_json(200);
    assert_eq!(requested_scopes(&gateway), "openid profile urn:zitadel:iam:org:project:id:7:aud");
    gateway.browser().plain("GET", &format!("{PATH}?scope=openid+profile&audience=")).await.assert_json(200);
    assert_eq!(requested_scopes(&gateway), "openid profile");
    for (query, error) in [
        ("?scope=urn:zitadel:iam:org:project:id:zitadel:aud", "invalid_target"),
        ("?scope=openid+email", "invalid_scope"),
    ] {
        assert_error(&gateway.browser().plain("GET", &format!("{PATH}{query}")).await, 400, error);
    }
    // Who sends a credential means it.
    assert_error(&ask(&gateway, "GET", "", "wrong").await, 401, "invalid_client");
}

#[tokio::test]
async fn requests_are_counted_and_logged_with_the_name_of_the_caller_and_no_secret() {
    let log = Log::collect();
    let gateway = start().await;
    let token = ask(&gateway, "POST", "?audience=1", SECRET).await;
    assert_error(&token, 400, "invalid_target");
    let token = ask(&gateway, "POST", "", SECRET).await.assert_json(200);
    ask(&gateway, "POST", "", "mistyped-secret").await.assert_json(401);
    let text = log.text();
    assert!(text.contains(r#"machine_token_issued caller="orders""#), "{text}");
    assert!(text.contains(r#"machine_token_refused caller="orders" outcome="refused""#), "{text}");
    assert!(text.contains(r#"machine_token_refused caller="(unknown)" outcome="unauthenticated""#), "{text}");
    for secret in [SECRET, SECRET_SHA256, "mistyped-secret", token["access_token"].as_str().unwrap()] {
        assert!(!text.contains(secret), "the log has {secret}");
    }
    let metrics = gateway.browser().plain("GET", "/metrics").await;
    metrics.assert_text(r#"zitadel_gateway_machine_tokens_total{caller="orders",outcome="issued"}"#);
    metrics.assert_text(r#"zitadel_gateway_machine_tokens_total{caller="(unknown)",outcome="unauthenticated"}"#);
    for secret in [SECRET, "mistyped-secret"] {
        metrics.assert_no_text(secret);
    }
}
