//! The cases of the certification programme's back-channel tests that are about the token, one rule after the other; those
//! about the request are in `tests/it/back_channel_logout.rs`.

use serde_json::json;

use super::{
    super::{
        jws::JwsError,
        key_set::KeySet,
        signing_algorithm::SigningAlgorithm::*,
        test_claims,
        test_keys::{TestKey, key_set},
    },
    *,
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const CLIENT: &str = "170086824411201793";
const EXPECTED: Expected<'static> = Expected { issuer: ISSUER, client_id: CLIENT, pinned: None, offered: &[EdDSA] };

fn key() -> &'static TestKey {
    static KEY: std::sync::LazyLock<TestKey> = std::sync::LazyLock::new(|| TestKey::generate("k", EdDSA));
    &KEY
}

/// A logout token as ZITADEL writes it.
fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "170079991923474689", "aud": [CLIENT], "iat": NOW - 1, "exp": NOW + 900,
        "jti": "170000000000000001", "events": { EVENT: {} }, "sid": "170000000000000042",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    test_claims::with(claims(), name, value)
}

fn without(names: &[&str]) -> Value {
    test_claims::without(claims(), names)
}

fn check_token(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<VerifiedLogoutToken, LogoutTokenError> {
    verify(token, keys, expected, Timestamp::from_unix(NOW))
}

fn check(claims: &Value) -> Result<VerifiedLogoutToken, LogoutTokenError> {
    check_token(&key().sign(claims), &key().key_set(), &EXPECTED)
}

#[track_caller]
fn wrong(claims: &Value) -> LogoutTokenError {
    check(claims).err().unwrap_or_else(|| panic!("accepted: {claims}"))
}

#[test]
fn a_logout_token_of_zitadel_is_accepted_and_read() {
    let token = check(&claims()).unwrap();
    assert_eq!(
        (token.sid.as_deref(), token.subject.as_deref()),
        (Some("170000000000000042"), Some("170079991923474689"))
    );
    assert_eq!((token.id.as_str(), token.issued_at.as_unix()), ("170000000000000001", NOW - 1));
    assert_eq!(token.remaining(Timestamp::from_unix(NOW)).as_secs(), 960);
}

#[test]
fn unknown_claims_and_both_types_are_accepted() {
    assert!(check(&with("trace_id", "x")).is_ok());
    for typ in [r#","typ":"JWT""#, r#","typ":"logout+jwt""#, r#","typ":"application/logout+jwt""#, ""] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"k"{typ}}}"#);
        let token = key().sign_raw(&header, claims().to_string().as_bytes());
        assert!(check_token(&token, &key().key_set(), &EXPECTED).is_ok(), "{header}");
    }
}

#[test]
fn rule_1_signature_issuer_audience_and_times_are_checked() {
    let unsigned = key().sign_raw(r#"{"alg":"none"}"#, claims().to_string().as_bytes());
    assert!(matches!(
        check_token(&unsigned, &key().key_set(), &EXPECTED).unwrap_err(),
        LogoutTokenError::Jwt(JwtError::Jws(JwsError::Algorithm(_)))
    ));
    let forged = TestKey::generate("k", EdDSA).sign(&claims());
    let error = check_token(&forged, &key().key_set(), &EXPECTED).unwrap_err();
    assert!(error.may_be_key_rotation() && !error.is_unverified());
    let unknown = TestKey::generate("other", EdDSA).sign(&claims());
    assert!(check_token(&unknown, &key().key_set(), &EXPECTED).unwrap_err().is_unverified());
    for claims in [with("iss", "https://other.example"), with("iss", format!("{ISSUER}/")), without(&["iss"])] {
        assert!(matches!(wrong(&claims), LogoutTokenError::Jwt(JwtError::Issuer { .. } | JwtError::Claim("iss"))));
    }
    for claims in [with("aud", "other"), with("aud", json!([])), without(&["aud"])] {
        assert!(matches!(wrong(&claims), LogoutTokenError::Jwt(JwtError::Audience | JwtError::Claim("aud"))));
    }
    assert_eq!(wrong(&with("exp", NOW - 61)), JwtError::Expired.into());
    assert_eq!(wrong(&with("iat", NOW + 61)), JwtError::NotYetValid("iat").into());
    assert_eq!(wrong(&without(&["iat"])), JwtError::Claim("iat").into());
    assert_eq!(wrong(&without(&["exp"])), JwtError::Claim("exp").into());
}

#[test]
fn rule_1_the_algorithm_is_the_pinned_one_or_one_that_discovery_offers() {
    let other = TestKey::generate("e", ES256);
    let keys = key_set(&[key().jwk(), other.jwk()]);
    let token = other.sign(&claims());
    let with = |pinned, offered| check_token(&token, &keys, &Expected { pinned, offered, ..EXPECTED });
    assert_eq!(with(None, &[EdDSA]).unwrap_err(), LogoutTokenError::Algorithm(ES256));
    assert!(with(None, &[EdDSA, ES256]).is_ok());
    assert!(with(None, &[]).is_ok(), "a provider that does not say");
    assert!(with(Some(ES256), &[EdDSA]).is_ok());
    assert!(matches!(
        with(Some(EdDSA), &[ES256]).unwrap_err(),
        LogoutTokenError::Jwt(JwtError::Jws(JwsError::NotPinned { .. }))
    ));
}

#[test]
fn rule_2_another_kind_of_token_ends_nothing() {
    for typ in ["at+jwt", "secevent+jwt", "JWE"] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"k","typ":"{typ}"}}"#);
        let token = key().sign_raw(&header, claims().to_string().as_bytes());
        let error = check_token(&token, &key().key_set(), &EXPECTED).unwrap_err();
        assert_eq!(error, LogoutTokenError::WrongKind("typ"), "{typ}");
    }
}

#[test]
fn rule_3_the_event_is_there_and_an_object() {
    for events in
        [json!(null), json!({}), json!([EVENT]), json!({ EVENT: null }), json!({ EVENT: [] }), json!({ "x": {} })]
    {
        assert_eq!(wrong(&with("events", events.clone())), LogoutTokenError::Claim("events"), "{events}");
    }
    assert_eq!(wrong(&without(&["events"])), LogoutTokenError::Claim("events"));
    assert!(
        check(&with("events", json!({ EVENT: {"reason": 1}, "x": 2 }))).is_ok(),
        "other events, and members of this one"
    );
}

#[test]
fn rule_4_a_nonce_is_that_of_an_id_token() {
    for nonce in [json!("n"), json!(null), json!("")] {
        assert_eq!(wrong(&with("nonce", nonce)), LogoutTokenError::WrongKind("nonce"));
    }
}

#[test]
fn rule_5_the_id_is_a_text_of_bounded_length() {
    for id in [json!(""), json!(1), json!(null), json!("x".repeat(257))] {
        assert_eq!(wrong(&with("jti", id)), LogoutTokenError::Claim("jti"));
    }
    assert_eq!(wrong(&without(&["jti"])), LogoutTokenError::Claim("jti"));
    assert!(check(&with("jti", "x".repeat(256))).is_ok());
}

#[test]
fn rule_6_a_session_or_a_user_is_named() {
    assert_eq!(wrong(&without(&["sid", "sub"])), LogoutTokenError::NothingToEnd);
    assert!(check(&without(&["sid"])).unwrap().sid.is_none());
    assert!(check(&without(&["sub"])).unwrap().subject.is_none());
    for (name, value) in [("sid", json!("")), ("sid", json!(7)), ("sub", json!(null)), ("sub", json!(""))] {
        assert_eq!(wrong(&with(name, value)), LogoutTokenError::Claim(name));
    }
}

#[test]
fn rule_7_an_authorized_party_is_this_application() {
    assert!(check(&with("azp", CLIENT)).is_ok());
    for party in [json!("other"), json!(null), json!([CLIENT])] {
        assert_eq!(wrong(&with("azp", party)), LogoutTokenError::AuthorizedParty);
    }
}
