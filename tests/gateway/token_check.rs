//! `/api/v1/validate` and `/api/v1/userinfo`.

use behaviours::Request;
use zitadel_emulator::{AccessTokenType, EndpointName, Fault};

use crate::harness::{Gateway, Setup, assert_error};

const PATHS: [&str; 2] = ["/api/v1/validate", "/api/v1/userinfo"];

fn jwt(gateway: &Gateway, user: &str) -> String {
    gateway.emulator.client().set_access_token_type(AccessTokenType::Jwt);
    gateway.emulator.client().set_access_token_role_assertion(true);
    gateway.emulator.access_token_with(user, "openid profile urn:zitadel:iam:org:projects:roles")
}

fn opaque(gateway: &Gateway, user: &str) -> String {
    gateway.emulator.client().set_access_token_type(AccessTokenType::Opaque);
    gateway.emulator.access_token_with(user, "openid profile urn:zitadel:iam:org:projects:roles")
}

#[tokio::test]
async fn claims_of_a_jwt_are_all_that_it_says() {
    let gateway = Gateway::start(Setup::default()).await;
    let response = gateway.with_bearer("/api/v1/validate", &jwt(&gateway, "alice")).await;
    let claims = response.assert_json(200);
    response.assert_not_stored();
    assert_eq!(claims["iss"], gateway.emulator.issuer());
    assert_eq!(claims["sub"], gateway.emulator.person("alice").unwrap().id);
    assert!(claims["aud"].is_array() && claims["exp"].is_u64() && claims["iat"].is_u64(), "{claims}");
    assert!(claims["urn:zitadel:iam:org:project:roles"]["admin"].is_object(), "{claims}");
    assert!(response.set_cookies().is_empty());
}

#[tokio::test]
async fn claims_of_an_opaque_token_and_of_a_personal_access_token_are_those_of_introspection() {
    let gateway = Gateway::start(Setup::default()).await;
    let claims = gateway.with_bearer("/api/v1/validate", &opaque(&gateway, "alice")).await.assert_json(200);
    assert_eq!(claims["sub"], gateway.emulator.person("alice").unwrap().id);
    assert_eq!(claims["preferred_username"], "alice");
    assert!(claims["exp"].is_u64() && claims["scope"].as_str().unwrap().contains("openid"), "{claims}");
    assert!(claims["urn:zitadel:iam:org:project:roles"]["admin"].is_object(), "{claims}");
    let robot = gateway.emulator.service_account("robot");
    let claims = gateway.with_bearer("/api/v1/validate", &robot.create_personal_access_token()).await.assert_json(200);
    assert_eq!(claims["sub"], robot.id());
}

#[tokio::test]
async fn userinfo_is_what_the_provider_says_now() {
    let gateway = Gateway::start(Setup::default()).await;
    for token in [jwt(&gateway, "alice"), opaque(&gateway, "alice")] {
        let response = gateway.with_bearer("/api/v1/userinfo", &token).await;
        let body = response.assert_json(200);
        response.assert_not_stored();
        assert_eq!(body["userinfo"]["sub"], gateway.emulator.person("alice").unwrap().id);
        assert_eq!(body["userinfo"]["preferred_username"], "alice");
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
    let before = gateway.emulator.count(EndpointName::UserInfo);
    gateway.with_bearer("/api/v1/userinfo", &jwt(&gateway, "bob")).await.assert_json(200);
    assert_eq!(gateway.emulator.count(EndpointName::UserInfo), before + 1);
}

#[tokio::test]
async fn no_token_and_a_malformed_header_are_400() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut with_session, _) = gateway.with_code().await;
    let token = jwt(&gateway, "alice");
    for path in PATHS {
        assert_error(&gateway.browser().plain("GET", path).await, 400, "invalid_request");
        for header in ["Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "", "Bearer \u{e4}", &format!("bearer={token}")]
        {
            let response = gateway.browser().send(Request::new("GET", path).with("authorization", header)).await;
            assert_error(&response, 400, "invalid_request");
        }
        let twice = Request::new("GET", path)
            .with("authorization", &format!("Bearer {token}"))
            .with("authorization", &format!("Bearer {token}"));
        assert_error(&gateway.browser().send(twice).await, 400, "invalid_request");
        // A session is no token, and neither is a query.
        assert_error(&with_session.plain("GET", path).await, 400, "invalid_request");
        let query = gateway.browser().plain("GET", &format!("{path}?access_token={token}")).await;
        assert_error(&query, 400, "invalid_request");
        assert_error(&gateway.browser().plain("POST", path).await, 405, "method_not_allowed");
    }
}

#[tokio::test]
async fn tokens_that_are_not_acceptable_are_401_with_a_challenge() {
    let gateway = Gateway::start(Setup::default()).await;
    let good = jwt(&gateway, "alice");
    let like = || gateway.emulator.token_like(&good);
    for path in PATHS {
        for token in [
            like().without_claim("iss").build(),
            like().claim("aud", serde_json::json!(["170086774599581954"])).build(),
            like().fault(Fault::AlgNone).build(),
            like().fault(Fault::AlgHs256).build(),
            like().claim("exp", serde_json::json!(1_700_000_000)).build(),
            "unknown-opaque-token".to_owned(),
            "a.b.c".to_owned(),
        ] {
            let response = gateway.with_bearer(path, &token).await;
            assert_error(&response, 401, "invalid_token");
            let challenge = response.header("www-authenticate").unwrap();
            assert!(challenge.starts_with("Bearer ") && challenge.contains(r#"error="invalid_token""#), "{challenge}");
        }
    }
}

#[tokio::test]
async fn token_that_the_provider_revoked_has_no_userinfo() {
    let gateway = Gateway::start(Setup::default()).await;
    let token = jwt(&gateway, "alice");
    gateway.emulator.fault(EndpointName::UserInfo, Fault::Status(401));
    let response = gateway.with_bearer("/api/v1/userinfo", &token).await;
    assert_error(&response, 401, "invalid_token");
    assert!(response.header("www-authenticate").unwrap().contains("invalid_token"));
}

#[tokio::test]
async fn provider_that_is_out_is_503_and_never_401() {
    let gateway = Gateway::start(Setup::default()).await;
    let (known, unknown) = (jwt(&gateway, "alice"), opaque(&gateway, "alice"));
    gateway.emulator.fault(EndpointName::UserInfo, Fault::Status(500));
    let response = gateway.with_bearer("/api/v1/userinfo", &known).await;
    assert_error(&response, 503, "provider_unavailable");
    assert_eq!(response.header("retry-after"), Some("5"));
    gateway.emulator.stop_listening().await;
    for path in PATHS {
        let response = gateway.with_bearer(path, &unknown).await;
        assert_error(&response, 503, "provider_unavailable");
        assert_eq!(response.header("retry-after"), Some("5"), "{path}");
    }
    // A JWT needs nobody but the keys.
    gateway.with_bearer("/api/v1/validate", &known).await.assert_json(200);
}

#[tokio::test]
async fn by_default_tokens_of_the_gateways_own_application_are_accepted() {
    let gateway = Gateway::start(Setup::default().var("ZITADEL_API_AUDIENCE", "")).await;
    gateway.with_bearer("/api/v1/validate", &jwt(&gateway, "alice")).await.assert_json(200);
    let good = jwt(&gateway, "alice");
    let other = gateway.emulator.token_like(&good).claim("aud", serde_json::json!(["1"])).build();
    assert_error(&gateway.with_bearer("/api/v1/validate", &other).await, 401, "invalid_token");
}

#[tokio::test]
async fn session_that_comes_with_a_request_is_not_looked_at() {
    let gateway = Gateway::start(Setup { short_lived_tokens: true, ..Setup::spa() }).await;
    let (mut browser, _) = gateway.with_code().await;
    gateway.advance(30);
    let before = gateway.emulator.count(EndpointName::Token);
    for path in PATHS {
        let response = browser.plain("GET", path).await;
        assert_error(&response, 400, "invalid_request");
        assert!(response.set_cookies().is_empty());
    }
    assert_eq!(gateway.emulator.count(EndpointName::Token), before, "a refresh whose result would be lost");
}
