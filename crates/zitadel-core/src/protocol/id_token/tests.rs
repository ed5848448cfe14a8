use proptest::prelude::*;
use serde_json::json;

use super::{
    super::{
        jws::JwsError, signing_algorithm::SigningAlgorithm::*, strict_json::JsonError, test_claims, test_keys::TestKey,
    },
    *,
};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const CLIENT: &str = "170086824411201793";

/// An ID token as ZITADEL writes it, for the first of two applications of a project.
fn claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "170079991923474689", "aud": ["170086824411209999", CLIENT, "170086774599581953"],
        "exp": NOW + 43200, "iat": NOW - 1, "auth_time": NOW - 30, "nonce": "n-0S6_WzA2Mj", "amr": ["pwd"],
        "azp": CLIENT, "client_id": CLIENT, "sid": "170000000000000042",
    })
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    test_claims::with(claims(), name, value)
}

fn without(name: &str) -> Value {
    test_claims::without(claims(), &[name])
}

const EXPECTED: Expected<'static> = Expected {
    issuer: ISSUER,
    client_id: CLIENT,
    nonce: Nonce::MustEqual("n-0S6_WzA2Mj"),
    access_token: None,
    signing_algorithm: None,
    max_age: None,
    subject: None,
};

/// One key for all tests; an Ed25519 key is the quickest.
fn key() -> &'static TestKey {
    static KEY: std::sync::LazyLock<TestKey> = std::sync::LazyLock::new(|| TestKey::generate("k", EdDSA));
    &KEY
}

fn check(claims: &Value, expected: &Expected<'_>) -> Result<VerifiedIdToken, IdTokenError> {
    verify(&Secret::new(key().sign(claims)), &key().key_set(), expected, Timestamp::from_unix(NOW))
}

fn claim(name: &'static str) -> IdTokenError {
    JwtError::Claim(name).into()
}

/// What is wrong with these claims; panics if nothing is.
fn wrong(claims: &Value) -> IdTokenError {
    match check(claims, &EXPECTED) {
        Err(error) => error,
        Ok(_) => panic!("accepted: {claims}"),
    }
}

#[test]
fn an_id_token_of_zitadel_is_accepted_and_read() {
    let token = check(&claims(), &EXPECTED).unwrap();
    assert_eq!(token.subject(), "170079991923474689");
    assert_eq!(token.sid(), Some("170000000000000042"));
    assert_eq!(token.auth_time(), Some(Timestamp::from_unix(NOW - 30)));
    assert_eq!(token.claims()["amr"], json!(["pwd"]));
    assert!(token.raw().expose().starts_with("eyJ"));
    let shown = format!("{token:?}");
    assert!(!shown.contains("1700") && !shown.contains("eyJ"), "{shown}");
}

#[test]
fn rule_1_the_signature_is_checked() {
    let stranger = TestKey::generate("k", EdDSA);
    let token = Secret::new(stranger.sign(&claims()));
    let now = Timestamp::from_unix(NOW);
    let verify = |expected| verify(&token, &key().key_set(), expected, now).map(drop);
    assert_eq!(verify(&EXPECTED), Err(IdTokenError::Jwt(JwtError::Jws(JwsError::Signature))));
    let pinned = Expected { signing_algorithm: Some(RS256), ..EXPECTED };
    let not_pinned = JwsError::NotPinned { found: EdDSA, configured: RS256 };
    assert_eq!(verify(&pinned), Err(IdTokenError::Jwt(JwtError::Jws(not_pinned))));
    let rotated = Secret::new(TestKey::generate("new", EdDSA).sign(&claims()));
    let error = super::verify(&rotated, &key().key_set(), &EXPECTED, now).unwrap_err();
    assert!(error.may_be_key_rotation());
    assert!(error.is_unverified());
    // Restarted with new keys under old names: worth a look, but no reason to call it a passing trouble.
    let forged = IdTokenError::Jwt(JwtError::Jws(JwsError::Signature));
    assert!(forged.may_be_key_rotation() && !forged.is_unverified());
    assert!(!IdTokenError::Nonce.may_be_key_rotation());
}

#[test]
fn rule_2_a_claim_that_appears_twice_is_refused() {
    let twice = claims().to_string().replacen('{', r#"{"sub":"another user","#, 1);
    let token = Secret::new(key().sign_raw(r#"{"alg":"EdDSA","kid":"k"}"#, twice.as_bytes()));
    let result = verify(&token, &key().key_set(), &EXPECTED, Timestamp::from_unix(NOW));
    assert_eq!(result.unwrap_err(), IdTokenError::Jwt(JwtError::Json(JsonError::DuplicateMember)));
}

#[test]
fn rule_3_the_issuer_is_exactly_the_configured_one() {
    for issuer in ["https://id.example/", "https://ID.example", "http://id.example", "https://evil.example", ""] {
        let both = JwtError::Issuer { found: issuer.to_owned(), configured: ISSUER.to_owned() };
        assert_eq!(wrong(&with("iss", issuer)), IdTokenError::Jwt(both));
    }
    assert_eq!(wrong(&with("iss", json!([ISSUER]))), claim("iss"));
    assert_eq!(wrong(&without("iss")), claim("iss"));
    let slash = Expected { issuer: "https://id.example/", ..EXPECTED };
    assert!(check(&with("iss", "https://id.example/"), &slash).is_ok());
}

#[test]
fn rule_4_the_audience_contains_our_client_id() {
    assert!(check(&with("aud", CLIENT), &EXPECTED).is_ok());
    assert!(check(&with("aud", json!([CLIENT])), &EXPECTED).is_ok());
    for other in
        [json!("170086824411209999"), json!(["170086824411209999"]), json!([]), json!(""), json!(format!("{CLIENT}0"))]
    {
        assert_eq!(wrong(&with("aud", other)), IdTokenError::Jwt(JwtError::Audience));
    }
    for odd in [json!(null), json!(1), json!({CLIENT: true}), json!([CLIENT, 1])] {
        assert_eq!(wrong(&with("aud", odd)), claim("aud"));
    }
    assert_eq!(wrong(&without("aud")), claim("aud"));
}

#[test]
fn rule_5_a_token_for_a_sibling_application_is_refused() {
    assert_eq!(wrong(&with("azp", "170086824411209999")), IdTokenError::AuthorizedParty);
    let mut alone = with("azp", "170086824411209999");
    alone["aud"] = json!(CLIENT);
    assert_eq!(wrong(&alone), IdTokenError::AuthorizedParty);
    for odd in [json!(null), json!(1), json!([CLIENT])] {
        assert_eq!(wrong(&with("azp", odd)), claim("azp"));
    }
}

#[test]
fn rule_6_several_audiences_need_an_authorized_party() {
    let mut claims = without("azp");
    assert_eq!(wrong(&claims), IdTokenError::AuthorizedParty);
    claims["aud"] = json!([CLIENT, CLIENT]);
    assert!(check(&claims, &EXPECTED).is_ok());
}

#[test]
fn rule_7_there_is_a_subject() {
    for odd in [json!(null), json!(1), json!(""), json!(["1"]), json!("x".repeat(256))] {
        assert_eq!(wrong(&with("sub", odd)), claim("sub"));
    }
    assert_eq!(wrong(&without("sub")), claim("sub"));
    assert!(check(&with("sub", "ä".repeat(255)), &EXPECTED).is_ok());
}

#[test]
fn rule_8_times_may_be_off_by_a_minute_and_no_more() {
    for name in ["exp", "iat"] {
        assert_eq!(wrong(&without(name)), claim(name));
    }
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for odd in [json!("1800000000"), json!(-1), json!(-0.5), json!([NOW])] {
            assert_eq!(wrong(&with(name, odd)), claim(name), "{name}");
        }
        // Null is absent: no reason to refuse what may be absent, and no way around what must not.
        let required = matches!(name, "exp" | "iat");
        assert_eq!(check(&with(name, json!(null)), &EXPECTED).err(), required.then_some(claim(name)), "{name}");
    }
    assert!(check(&with("exp", NOW - 59), &EXPECTED).is_ok());
    assert_eq!(wrong(&with("exp", NOW - 60)), IdTokenError::Jwt(JwtError::Expired));
    assert!(check(&with("iat", NOW + 60), &EXPECTED).is_ok());
    assert_eq!(wrong(&with("iat", NOW + 61)), IdTokenError::Jwt(JwtError::NotYetValid("iat")));
    assert!(check(&with("nbf", NOW + 60), &EXPECTED).is_ok());
    assert_eq!(wrong(&with("nbf", NOW + 61)), IdTokenError::Jwt(JwtError::NotYetValid("nbf")));
    assert!(check(&with("exp", NOW as f64 + 0.5), &EXPECTED).is_ok());
}

#[test]
fn rule_8_a_time_beyond_two_to_the_53rd_is_refused() {
    let largest = 1_u64 << 53;
    assert!(check(&with("exp", largest), &EXPECTED).is_ok());
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for odd in [json!(largest + 1), json!(u64::MAX), json!(1e300)] {
            assert_eq!(wrong(&with(name, odd)), claim(name), "{name}");
        }
    }
}

#[test]
fn rule_9_the_nonce_is_the_one_of_this_login() {
    for other in [json!(""), json!("n-0S6_WzA2Mk"), json!("n-0S6_WzA2M"), json!(null), json!(1)] {
        assert_eq!(wrong(&with("nonce", other)), IdTokenError::Nonce);
    }
    assert_eq!(wrong(&without("nonce")), IdTokenError::Nonce);
}

#[test]
fn rule_10_after_a_refresh_the_nonce_may_be_missing_but_not_another() {
    let refreshed = Expected { nonce: Nonce::MayBeAbsent("n-0S6_WzA2Mj"), ..EXPECTED };
    assert!(check(&claims(), &refreshed).is_ok());
    assert!(check(&without("nonce"), &refreshed).is_ok());
    assert_eq!(check(&with("nonce", "other"), &refreshed).unwrap_err(), IdTokenError::Nonce);
    assert_eq!(check(&with("nonce", 1), &refreshed).unwrap_err(), IdTokenError::Nonce);
    assert!(check(&with("nonce", "other"), &Expected { nonce: Nonce::NotChecked, ..EXPECTED }).is_ok());
}

#[test]
fn rule_11_after_a_refresh_it_is_the_same_person() {
    let same = Expected { subject: Some("170079991923474689"), ..EXPECTED };
    assert!(check(&claims(), &same).is_ok());
    let other = Expected { subject: Some("1"), ..EXPECTED };
    assert_eq!(check(&claims(), &other).unwrap_err(), IdTokenError::Subject);
}

#[test]
fn rule_12_the_hash_fits_the_access_token() {
    // OIDC Core, appendix A.3 (SHA-256).
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let fits = |at_hash, token, algorithm| check_access_token_hash(Some(&at_hash), token, algorithm);
    assert_eq!(fits(json!("77QmUPtjPfzWtF2AnpK9RQ"), access_token, RS256), Ok(()));
    assert_eq!(fits(json!("77QmUPtjPfzWtF2AnpK9RQ"), access_token, ES256), Ok(()));
    for (at_hash, token, algorithm) in [
        (json!("77QmUPtjPfzWtF2AnpK9RQ"), "another token", RS256),
        (json!("77QmUPtjPfzWtF2AnpK9RQ"), access_token, RS384),
        (json!("77QmUPtjPfzWtF2AnpK9RQ=="), access_token, RS256),
        (json!("77QmUPtjPfzWtF2AnpK9R"), access_token, RS256),
        (json!(""), access_token, RS256),
        (json!(null), access_token, RS256),
    ] {
        assert_eq!(fits(at_hash, token, algorithm), Err(IdTokenError::AccessTokenHash));
    }
    assert_eq!(check_access_token_hash(None, access_token, RS256), Ok(()));

    let expected = Expected { access_token: Some(access_token), ..EXPECTED };
    assert!(check(&claims(), &expected).is_ok());
    let sha_512 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA512, access_token.as_bytes());
    assert!(check(&with("at_hash", base64url::encode(&sha_512.as_ref()[..32])), &expected).is_ok());
    let wrong = check(&with("at_hash", "77QmUPtjPfzWtF2AnpK9RQ"), &expected);
    assert_eq!(wrong.unwrap_err(), IdTokenError::AccessTokenHash);
}

#[test]
fn rule_13_a_requested_age_is_enforced_here() {
    let at_most = |seconds| Expected { max_age: Some(Duration::from_secs(seconds)), ..EXPECTED };
    assert!(check(&with("auth_time", NOW - 360), &at_most(300)).is_ok());
    let authenticated = |claims, age| check(&claims, &at_most(age)).map(drop);
    assert_eq!(authenticated(with("auth_time", NOW - 361), 300), Err(IdTokenError::AuthenticationTime));
    assert_eq!(authenticated(with("auth_time", NOW + 61), 300), Err(IdTokenError::AuthenticationTime));
    assert_eq!(authenticated(without("auth_time"), 300), Err(IdTokenError::AuthenticationTime));
    assert_eq!(authenticated(with("auth_time", NOW - 60), 0), Ok(()));
    assert_eq!(authenticated(with("auth_time", 0), u64::MAX), Ok(()));
    assert_eq!(check(&without("auth_time"), &EXPECTED).unwrap().auth_time(), None);
}

#[test]
fn rule_14_other_signed_tokens_are_not_id_tokens() {
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "Logout+JWT"] {
        let header = json!({"alg": "EdDSA", "kid": "k", "typ": typ}).to_string();
        let token = Secret::new(key().sign_raw(&header, claims().to_string().as_bytes()));
        let result = verify(&token, &key().key_set(), &EXPECTED, Timestamp::from_unix(NOW));
        assert_eq!(result.unwrap_err(), IdTokenError::WrongKind("typ"), "{typ}");
    }
    let logout = with("events", json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert_eq!(wrong(&logout), IdTokenError::WrongKind("events"));
}

proptest! {
    #[test]
    fn a_claim_of_any_type_is_judged_and_never_a_panic(
        name in "iss|sub|aud|exp|iat|nbf|nonce|azp|at_hash|auth_time|events",
        json in r#"null|true|-?[0-9]{1,25}|[0-9]\.[0-9]e[0-9]{1,3}|"[a-z]{0,3}"|\[("a",){0,2}1\]|\{"a":1\}"#,
    ) {
        let expected = Expected { access_token: Some("a"), max_age: Some(Duration::from_secs(1)), ..EXPECTED };
        if let Ok(value) = serde_json::from_str::<Value>(&json) {
            let _ = check(&with(&name, value), &expected);
        }
    }
}
