//! Logout tokens that ZITADEL would not send, for tests of an application's checks.

use std::time::Duration;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zitadel_emulator::{Emulator, Fault, SigningAlgorithm, TokenBuilder};

use crate::support::*;

const SID: &str = "310000000000000401";

fn decoded(token: &str) -> [Value; 2] {
    [0, 1].map(|index| token_part(&Value::from(token), index))
}

/// Whether the signature is that of the published key that the header names. For EdDSA.
fn verifies(emulator: &Emulator, token: &str) -> bool {
    let keys = get(emulator, "/oauth/v2/keys").json();
    let kid = &decoded(token)[0]["kid"];
    let Some(key) = keys["keys"].as_array().unwrap().iter().find(|key| &key["kid"] == kid) else { return false };
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let key = UnparsedPublicKey::new(&ED25519, decode(key["x"].as_str().unwrap()));
    key.verify(message.as_bytes(), &decode(signature)).is_ok()
}

#[test]
fn unchanged_it_is_the_token_that_the_emulator_sends() {
    let emulator = emulator();
    emulator.set_time(emulator.now());
    let tokens = login(&emulator, "alice", &[]);
    let sid = claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned();
    let built = emulator.logout_token_for("alice", &sid).build();
    emulator.end_session(&sid);
    let [sent] = emulator.take_logout_tokens().try_into().unwrap();
    let comparable = |token: &str| {
        let [header, mut claims] = decoded(token);
        claims["jti"] = Value::Null;
        // The sent one is 10 ms later, which can be the next second.
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        claims["exp"] = lifetime.into();
        claims["iat"] = Value::Null;
        format!("{header} {claims}")
    };
    assert_eq!(comparable(&built), comparable(sent.token()));
    assert!(verifies(&emulator, &built) && verifies(&emulator, sent.token()));
    assert_ne!(decoded(&built)[1]["jti"], decoded(sent.token())[1]["jti"]);
}

#[test]
fn every_claim_and_member_of_the_header_can_be_changed() {
    let emulator = emulator();
    let now = emulator.unix_now();
    let token = || emulator.logout_token_for("alice", SID);
    let other = |changed: fn(TokenBuilder) -> TokenBuilder| {
        let token = changed(token()).build();
        assert!(verifies(&emulator, &token), "the signature is right");
        decoded(&token)
    };
    assert_eq!(other(|token| token.header("typ", "at+jwt"))[0]["typ"], "at+jwt");
    assert_eq!(member_names(&other(|token| token.without_header("typ"))[0]), ["alg", "kid"]);
    assert_eq!(other(|token| token.claim("nonce", "n"))[1]["nonce"], "n");
    assert_eq!(other(|token| token.claim("events", json!({})))[1]["events"], json!({}));
    assert_eq!(other(|token| token.claim("aud", json!(["1", "2"])))[1]["aud"], json!(["1", "2"]));
    assert_eq!(other(|token| token.claim("iss", "http://elsewhere"))[1]["iss"], "http://elsewhere");
    assert_eq!(other(|token| token.claim("jti", "1"))[1]["jti"], "1");
    assert_eq!(other(|token| token.fault(Fault::WrongAudience))[1]["aud"], json!(["310000000000009998"]));
    let claims = &other(|token| token.without_claim("sub").without_claim("sid").without_claim("iat"))[1];
    assert_eq!(member_names(claims), ["iss", "aud", "exp", "jti", "events"], "the order of the others is kept");
    let day = Duration::from_secs(86_400);
    for (time, unix) in [(emulator.now() - day, now - 86_400), (emulator.now() + day, now + 86_400)] {
        let token = token().issued_at(time).build();
        let claims = &decoded(&token)[1];
        let iat = claims["iat"].as_u64().unwrap();
        assert!((unix - 1..=unix).contains(&iat), "{iat} {unix}");
        assert_eq!(claims["exp"], iat + 901);
    }
}

#[test]
fn signatures_can_be_wrong_in_every_way() {
    let emulator = emulator();
    let token = || emulator.logout_token_for("alice", SID);
    assert!(verifies(&emulator, &token().build()));
    for fault in [Fault::ForeignKey, Fault::TamperedSignature, Fault::UnknownKid, Fault::MissingKid, Fault::AlgHs256] {
        assert!(!verifies(&emulator, &token().fault(fault.clone()).build()), "{fault:?}");
    }
    assert_eq!(decoded(&token().fault(Fault::AlgHs256).build())[0]["alg"], "HS256");
    let unsigned = token().fault(Fault::AlgNone).build();
    assert!(unsigned.ends_with('.'));
    assert_eq!(decoded(&unsigned)[0], json!({ "alg": "none", "typ": "JWT" }));
}

#[test]
fn another_key_of_the_set_can_sign() {
    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::Es256).build();
    let key_ids = || {
        let keys = get(&emulator, "/oauth/v2/keys").json();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let before = key_ids();
    let active = decoded(&emulator.logout_token_for("alice", SID).build())[0]["kid"].clone();
    let same = emulator.logout_token_for("alice", SID).signed_with(SigningAlgorithm::Es256).build();
    assert_eq!((&decoded(&same)[0]["kid"], key_ids()), (&active, before.clone()));
    let other = || emulator.logout_token_for("alice", SID).signed_with(SigningAlgorithm::EdDsa).build();
    let token = other();
    assert_eq!(decoded(&token)[0]["alg"], "EdDSA");
    assert!(verifies(&emulator, &token) && verifies(&emulator, &other()));
    assert_eq!(key_ids().len(), before.len() + 1, "one key is added, once");
    assert_eq!(decoded(&emulator.logout_token_for("alice", SID).build())[0]["kid"], active, "and is not active");
}

#[test]
#[should_panic(expected = "no user matches `alcie`")]
fn an_unknown_user_panics() {
    drop(emulator().logout_token_for("alcie", SID));
}
