use serde_json::json;

use super::{
    super::{
        jws::JwsError,
        signing_algorithm::SigningAlgorithm::{self, *},
        test_claims,
        test_keys::TestKey,
    },
    *,
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const PROJECT: &str = "170086774599581953";

/// An access token as ZITADEL writes it: any application of the project, and the project.
fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "170079991923474689", "aud": ["170086824411209999", "170086824411201793", PROJECT],
        "exp": NOW + 43200, "iat": NOW - 1, "nbf": NOW - 1, "client_id": "170086824411201793", "jti": "V2_170-at_171",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    test_claims::with(claims(), name, value)
}

fn without(name: &str) -> Value {
    test_claims::without(claims(), &[name])
}

fn key() -> &'static TestKey {
    static KEY: std::sync::LazyLock<TestKey> = std::sync::LazyLock::new(|| TestKey::generate("k", EdDSA));
    &KEY
}

fn check_raw(token: &str) -> Result<VerifiedAccessToken, AccessTokenError> {
    let audiences = [PROJECT.to_owned()];
    let expected = Expected { issuer: ISSUER, audiences: &audiences };
    verify(token, &key().key_set(), &expected, Timestamp::from_unix(NOW))
}

fn check(claims: &Value) -> Result<VerifiedAccessToken, AccessTokenError> {
    check_raw(&key().sign(claims))
}

fn check_typ(typ: &str, claims: &Value) -> Result<VerifiedAccessToken, AccessTokenError> {
    let header = json!({ "alg": "EdDSA", "kid": "k", "typ": typ });
    check_raw(&key().sign_raw(&header.to_string(), claims.to_string().as_bytes()))
}

fn claim(name: &'static str) -> AccessTokenError {
    JwtError::Claim(name).into()
}

#[test]
fn an_access_token_of_zitadel_is_accepted_and_read() {
    let token = check(&claims()).unwrap();
    assert_eq!(token.claims().subject.as_str(), "170079991923474689");
    assert_eq!(token.client_id(), Some("170086824411201793"));
    assert_eq!(token.expires_at(), Some(Timestamp::from_unix(NOW + 43200)));
    assert_eq!(token.acceptable_until(), Timestamp::from_unix(NOW + 43260));
    assert_eq!((token.kind(), token.scopes(), token.authenticated_at()), (AccessTokenKind::Jwt, None, None));
    let shown = format!("{token:?}");
    assert!(!shown.contains("1700"), "{shown}");
}

#[test]
fn roles_and_scopes_are_read_where_the_token_has_them() {
    let mut claims = with("urn:zitadel:iam:org:project:roles", json!({ "admin": { "1701": "acme.example" } }));
    claims["scope"] = "openid  read:orders".into();
    claims["department"] = "x".into();
    let token = check(&claims).unwrap();
    assert!(token.claims().roles.in_own_project().has("admin"));
    assert_eq!(token.scopes().unwrap().iter().map(|scope| &**scope).collect::<Vec<_>>(), ["openid", "read:orders"]);
    let extra: Vec<_> = token.claims().extra.iter().map(|(name, _)| name).collect();
    assert_eq!(extra, ["department"], "claims about the token are none about the user");
}

#[test]
fn rule_1_signature_issuer_and_times_are_checked() {
    let stranger = TestKey::generate("k", EdDSA);
    let error = check_raw(&stranger.sign(&claims())).unwrap_err();
    assert_eq!(error, AccessTokenError::Jwt(JwtError::Jws(JwsError::Signature)));
    assert!(error.may_be_key_rotation());
    assert_eq!(check(&without("iss")).unwrap_err(), claim("iss"));
    assert!(matches!(
        check(&with("iss", "https://other.example")),
        Err(AccessTokenError::Jwt(JwtError::Issuer { .. }))
    ));
    assert_eq!(check(&without("exp")).unwrap_err(), claim("exp"));
    assert_eq!(check(&with("exp", NOW - 60)).unwrap_err(), JwtError::Expired.into());
    assert!(check(&with("exp", NOW - 59)).is_ok(), "a clock may be a minute off");
    assert_eq!(check(&with("nbf", NOW + 61)).unwrap_err(), JwtError::NotYetValid("nbf").into());
    assert_eq!(check(&with("iat", NOW + 61)).unwrap_err(), JwtError::NotYetValid("iat").into());
    assert!(!AccessTokenError::from(JwtError::Expired).may_be_key_rotation());
}

#[test]
fn every_algorithm_of_zitadel_is_accepted() {
    for algorithm in SigningAlgorithm::ALL {
        let key = TestKey::generate("k", algorithm);
        let audiences = [PROJECT.to_owned()];
        let expected = Expected { issuer: ISSUER, audiences: &audiences };
        let now = Timestamp::from_unix(NOW);
        assert!(verify(&key.sign(&claims()), &key.key_set(), &expected, now).is_ok(), "{}", algorithm.name());
    }
}

#[test]
fn rule_2_an_accepted_audience_is_named() {
    assert!(check(&with("aud", PROJECT)).is_ok());
    assert_eq!(check(&without("aud")).unwrap_err(), claim("aud"));
    for odd in [json!(1), json!([PROJECT, 1]), Value::Null, json!({})] {
        assert_eq!(check(&with("aud", odd)).unwrap_err(), claim("aud"));
    }
    for other in [json!([]), json!("170086774599581954"), json!(["road@acme.localhost"]), json!("")] {
        assert_eq!(check(&with("aud", other)).unwrap_err(), JwtError::Audience.into());
    }
}

#[test]
fn rule_3_there_is_a_subject() {
    for odd in [json!(""), json!(1), json!("s".repeat(256)), Value::Null] {
        assert_eq!(check(&with("sub", odd)).unwrap_err(), claim("sub"));
    }
    assert!(check(&with("sub", "s".repeat(255))).is_ok());
}

#[test]
fn rule_4_the_type_is_that_of_an_access_token() {
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
        assert!(check_typ(typ, &claims()).is_ok(), "{typ}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "id_token+jwt", "secevent+jwt"] {
        assert_eq!(check_typ(typ, &claims()).unwrap_err(), AccessTokenError::WrongKind("typ"), "{typ}");
    }
    let untyped = key().sign_raw(r#"{"alg":"EdDSA","kid":"k"}"#, claims().to_string().as_bytes());
    assert!(check_raw(&untyped).is_ok());
}

#[test]
fn rule_5_an_id_token_is_not_an_access_token() {
    let id_token = json!({
        "iss": ISSUER, "sub": "170079991923474689", "aud": ["170086824411201793", PROJECT], "exp": NOW + 43200, "iat": NOW - 1,
        "auth_time": NOW - 30, "amr": ["pwd"], "azp": "170086824411201793", "client_id": "170086824411201793",
    });
    assert_eq!(check(&id_token).unwrap_err(), claim("jti"), "not even without nonce, hash and session");
    assert_eq!(check(&without("client_id")).unwrap_err(), claim("client_id"));
    for name in ["nonce", "at_hash", "c_hash", "sid"] {
        assert_eq!(check(&with(name, "x")).unwrap_err(), AccessTokenError::WrongKind(name));
        assert!(check_typ("at+jwt", &with(name, "x")).is_ok(), "`typ` says what it is");
    }
}

#[test]
fn rule_6_a_logout_token_is_not_an_access_token() {
    let events = with("events", json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert_eq!(check(&events).unwrap_err(), AccessTokenError::WrongKind("events"));
    assert_eq!(check_typ("at+jwt", &events).unwrap_err(), AccessTokenError::WrongKind("events"));
}

#[test]
fn the_kind_is_told_by_the_form() {
    assert_eq!(AccessTokenKind::of("a.b.c"), AccessTokenKind::Jwt);
    for opaque in ["abc", "a.b", "a.b.c.d.e", ""] {
        assert_eq!(AccessTokenKind::of(opaque), AccessTokenKind::Opaque, "{opaque}");
    }
}
