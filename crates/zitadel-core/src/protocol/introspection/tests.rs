use serde_json::json;

use super::*;
use crate::{
    protocol::{
        discovery::tests::{metadata, metadata_with},
        test_claims,
    },
    secret::Secret,
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const PROJECT: &str = "170086774599581953";
const CALLER: &str = "170086824411200000";

/// What ZITADEL says about a user's token.
fn answer() -> Value {
    json!({
        "active": true, "scope": "openid profile", "client_id": "170086824411201793", "token_type": "Bearer", "exp": NOW + 43200,
        "iat": NOW - 5, "auth_time": NOW - 30, "nbf": NOW - 5, "sub": "170079991923474689",
        "aud": ["170086824411201793", PROJECT], "amr": ["pwd"], "iss": ISSUER, "jti": "V2_170-at_171",
        "username": "road@acme.localhost", "name": "Road Runner", "email": "road@acme.localhost", "email_verified": true,
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    test_claims::with(answer(), name, value)
}

fn without(name: &str) -> Value {
    test_claims::without(answer(), &[name])
}

fn read_raw(status: u16, body: &[u8]) -> Result<Option<VerifiedAccessToken>, IntrospectionError> {
    let audiences = [PROJECT.to_owned()];
    let expected = Expected { issuer: ISSUER, audiences: &audiences };
    parse(status, body, &expected, AudienceCheck::ByName(CALLER), Timestamp::from_unix(NOW))
}

fn read(answer: &Value) -> Result<Option<VerifiedAccessToken>, IntrospectionError> {
    read_raw(200, answer.to_string().as_bytes())
}

fn wrong(answer: &Value) -> IntrospectionError {
    read(answer).map(|_| panic!("accepted: {answer}")).unwrap_err()
}

#[test]
fn rule_1_the_request_authenticates_this_client() {
    let secret = Secret::from("s");
    let client = Client { id: "api", credential: client::Credential::Secret(&secret, None) };
    let request = introspection_request(&metadata(), &client, "t").unwrap();
    assert_eq!(request.uri(), "https://id.example/oauth/v2/introspect");
    assert_eq!(request.body(), b"token=t&token_type_hint=access_token");
    assert!(request.headers()["authorization"].to_str().unwrap().starts_with("Basic "));
    let without = metadata_with("introspection_endpoint", Value::Null);
    assert!(introspection_request(&without, &client, "t").is_none());
}

#[test]
fn an_active_token_is_accepted_and_read() {
    let token = read(&answer()).unwrap().unwrap();
    assert_eq!(token.claims().subject.as_str(), "170079991923474689");
    assert_eq!(token.claims().email.as_deref(), Some("road@acme.localhost"));
    assert!(token.claims().email_verified);
    assert_eq!(token.client_id(), Some("170086824411201793"));
    assert_eq!(token.scopes().unwrap().len(), 2);
    assert_eq!(token.authenticated_at(), Some(Timestamp::from_unix(NOW - 30)));
    assert_eq!(token.kind(), AccessTokenKind::Opaque);
    assert_eq!(
        token.claims().extra.iter().count(),
        0,
        "`active`, `scope` and `username` are not claims about the user"
    );
}

#[test]
fn rule_2_anything_but_an_object_with_active_says_nothing_about_the_token() {
    for body in
        ["", "[]", "{}", r#"{"active":"true"}"#, r#"{"active":1}"#, r#"{"active":false,"active":true}"#, "<html>"]
    {
        assert_eq!(read_raw(200, body.as_bytes()).unwrap_err(), IntrospectionError::Malformed, "{body}");
    }
    for (status, body, expected) in [
        (400, r#"{"error":"unauthorized_client"}"#, IntrospectionError::OAuth(OAuthErrorCode::UnauthorizedClient)),
        (401, r#"{"error":"invalid_client"}"#, IntrospectionError::OAuth(OAuthErrorCode::InvalidClient)),
        (503, "", IntrospectionError::Unavailable),
        (429, "", IntrospectionError::Unavailable),
        (404, "<html>", IntrospectionError::Malformed),
        (302, "", IntrospectionError::Malformed),
        (204, "", IntrospectionError::Malformed),
    ] {
        let error = read_raw(status, body.as_bytes()).unwrap_err();
        assert_eq!(error, expected, "{status}");
        assert!(!error.is_about_token());
        assert_eq!(error.is_about_client(), matches!(error, IntrospectionError::OAuth(_)));
    }
}

#[test]
fn rule_3_an_inactive_token_is_that_whatever_else_is_said() {
    assert!(read(&json!({ "active": false })).unwrap().is_none());
    assert!(read(&with("active", false)).unwrap().is_none());
}

#[test]
fn rule_4_an_active_token_must_be_for_this_application() {
    assert_eq!(wrong(&without("aud")), JwtError::Claim("aud").into());
    assert_eq!(wrong(&with("aud", json!(["170086774599581954"]))), JwtError::Audience.into());
    assert!(read(&with("aud", json!([CALLER]))).unwrap().is_some(), "a personal access token");
    assert!(matches!(
        wrong(&with("iss", "https://other.example")),
        IntrospectionError::NotAcceptable(JwtError::Issuer { .. })
    ));
    assert!(read(&without("iss")).unwrap().is_some());
    assert_eq!(wrong(&without("sub")), JwtError::Claim("sub").into());
    assert_eq!(wrong(&with("sub", "")), JwtError::Claim("sub").into());
    assert_eq!(wrong(&with("token_type", "DPoP")), IntrospectionError::NotBearer);
    assert_eq!(wrong(&with("token_type", 1)), IntrospectionError::NotBearer);
    assert!(read(&with("token_type", "bearer")).unwrap().is_some());
    assert!(wrong(&without("aud")).is_about_token() && IntrospectionError::NotBearer.is_about_token());
}

#[test]
fn rule_5_times_are_checked_and_a_token_may_never_expire() {
    assert_eq!(wrong(&with("exp", NOW - 60)), JwtError::Expired.into());
    assert_eq!(wrong(&with("nbf", NOW + 61)), JwtError::NotYetValid("nbf").into());
    let forever = read(&with("exp", 253_402_300_799_u64)).unwrap().unwrap();
    assert_eq!(forever.expires_at(), Some(Timestamp::from_unix(253_402_300_799)));
    let unlimited = read(&without("exp")).unwrap().unwrap();
    assert_eq!(unlimited.expires_at(), None);
    assert_eq!(unlimited.acceptable_until(), Timestamp::from_unix(u64::MAX));
}

#[test]
fn a_personal_access_token_has_no_client_and_lasts_until_the_year_9999() {
    let pat = json!({
        "active": true, "scope": "openid profile", "token_type": "Bearer", "exp": 253_402_300_799_u64, "iat": NOW, "nbf": NOW,
        "sub": "170079991923474000", "aud": [CALLER, PROJECT], "iss": ISSUER, "jti": "1", "username": "machine",
    });
    let token = read(&pat).unwrap().unwrap();
    assert_eq!((token.client_id(), token.authenticated_at()), (None, None));
}

#[test]
fn rule_4_without_a_configured_audience_the_provider_decides_whom_a_token_is_for() {
    let expected = Expected { issuer: ISSUER, audiences: &[] };
    let read = |answer: Value| {
        parse(200, answer.to_string().as_bytes(), &expected, AudienceCheck::ByProvider, Timestamp::from_unix(NOW))
    };
    assert!(read(with("aud", json!(["a project whose id is not known here"]))).unwrap().is_some());
    for aud in [Value::Null, json!([]), json!(7)] {
        assert!(matches!(read(with("aud", aud)), Err(IntrospectionError::NotAcceptable(_))));
    }
}
