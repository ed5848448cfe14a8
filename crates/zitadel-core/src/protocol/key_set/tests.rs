use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::{
        base64url,
        jws::{self, JwsError},
        signing_algorithm::SigningAlgorithm::{self, *},
        test_keys::{TestKey, key_set},
    },
    *,
};

/// The RSA key of RFC 7517, appendix A.1, and the P-256 key beside it (for encryption).
fn rfc_7517_a_1() -> [Value; 2] {
    [
        json!({
            "kty": "EC", "crv": "P-256", "use": "enc", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }),
        json!({
            "kty": "RSA", "alg": "RS256", "kid": "2011-04-29", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV\
                  4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zg\
                  dAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur\
                  -kEgU8awapJzKnqDKgw",
        }),
    ]
}

fn rsa() -> Value {
    rfc_7517_a_1()[1].clone()
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

fn without(mut jwk: Value, member: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

/// The secp256k1 key of RFC 8812's kind; any two coordinates do.
fn secp256k1() -> Value {
    json!({
        "kty": "EC", "crv": "secp256k1", "alg": "ES256K", "kid": "k",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    })
}

#[test]
fn rfc_7517_appendix_a_1_has_one_key_for_signatures() {
    let set = key_set(&rfc_7517_a_1());
    assert_eq!((set.len(), set.skipped()), (1, 1));
    assert_eq!(set.candidates(Some("2011-04-29"), RS256).unwrap().keys.len(), 1);
    assert_eq!(set.candidates(Some("2011-04-29"), RS384).err(), Some(KeySelectionError::AlgorithmMismatch(RS384)));
}

#[test]
fn rule_1_more_than_a_mebibyte_or_a_hundred_keys_is_refused() {
    assert_eq!(KeySet::parse(&vec![b' '; MAX_BYTES + 1]).unwrap_err(), KeySetError::TooLarge);
    let keys = |count| json!({"keys": vec![json!({"kty": "oct"}); count]}).to_string();
    assert_eq!(KeySet::parse(keys(MAX_KEYS + 1).as_bytes()).unwrap_err(), KeySetError::TooManyKeys);
    assert_eq!(KeySet::parse(keys(MAX_KEYS).as_bytes()).unwrap().skipped(), MAX_KEYS);
    for body in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, "<html>"] {
        assert_eq!(KeySet::parse(body.as_bytes()).unwrap_err(), KeySetError::Malformed, "{body}");
    }
}

#[test]
fn rule_2_a_key_we_cannot_use_does_not_spoil_the_set() {
    let ec = TestKey::generate("ec", ES256).jwk();
    let short_rsa = "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDpre\
                     cbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4";
    let odd = [
        json!(null),
        json!("key"),
        json!({}),
        json!({"kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ", "alg": "HS256", "kid": "2011-04-29"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
        json!({"kty": "OKP", "crv": "Ed448", "x": "AAAA"}),
        json!({"kty": "OKP", "crv": "X25519", "x": "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
        secp256k1(),
        with(rsa(), "use", "enc"),
        with(rsa(), "use", 1),
        with(rsa(), "key_ops", ["encrypt"]),
        with(rsa(), "key_ops", "verify"),
        with(rsa(), "alg", "RSA-OAEP"),
        with(rsa(), "alg", "PS256"),
        with(rsa(), "alg", "ES256"),
        with(rsa(), "alg", 256),
        with(rsa(), "kid", 7),
        with(rsa(), "kty", "rsa"),
        with(rsa(), "n", short_rsa),
        with(rsa(), "n", "AAAA"),
        with(rsa(), "n", ""),
        with(rsa(), "n", "not base64!"),
        with(rsa(), "e", ""),
        with(rsa(), "e", "AQ"),
        with(rsa(), "e", "AQAC"),
        without(rsa(), "n"),
        without(rsa(), "e"),
        without(rsa(), "kty"),
        with(ec.clone(), "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        with(ec.clone(), "crv", "P-384"),
        with(ec.clone(), "alg", "ES384"),
        without(ec.clone(), "y"),
        without(ec.clone(), "crv"),
    ];
    for key in &odd {
        let set = key_set(std::slice::from_ref(key));
        assert_eq!((set.len(), set.skipped()), (0, 1), "{key}");
    }
    let mut mixed = odd.to_vec();
    mixed.insert(5, rsa());
    mixed.push(ec);
    let set = key_set(&mixed);
    assert_eq!((set.len(), set.skipped()), (2, odd.len()));
}

#[test]
fn rule_2_harmless_oddities_are_accepted() {
    let with_zeros = [&[0, 0], base64url::decode(rsa()["n"].as_str().unwrap()).unwrap().as_slice()].concat();
    for key in [
        without(rsa(), "alg"),
        without(rsa(), "kid"),
        with(rsa(), "kid", Value::Null),
        with(rsa(), "use", "sig"),
        with(rsa(), "key_ops", ["verify"]),
        with(rsa(), "x5c", ["whatever"]),
        with(rsa(), "e", "AAEAAQ"),
        with(rsa(), "e", "Aw"),
        with(rsa(), "n", base64url::encode(&with_zeros)),
    ] {
        assert_eq!(key_set(std::slice::from_ref(&key)).len(), 1, "{key}");
    }
    let set = key_set(&[without(rsa(), "alg")]);
    for algorithm in [RS256, RS384, RS512] {
        assert!(set.candidates(Some("2011-04-29"), algorithm).is_ok());
    }
    assert_eq!(set.candidates(Some("2011-04-29"), ES256).err(), Some(KeySelectionError::AlgorithmMismatch(ES256)));
}

#[test]
fn rule_3_keys_that_share_a_kid_are_tried_in_turn() {
    let (old, new) = (TestKey::generate("k", ES256), TestKey::generate("k", ES256));
    let other_kind = TestKey::generate("k", EdDSA);
    let set = key_set(&[old.jwk(), other_kind.jwk(), new.jwk()]);
    for key in [&old, &other_kind, &new] {
        assert!(jws::verify(&key.sign(&json!({})), &set, None).is_ok());
    }
    let foreign = TestKey::generate("k", ES256).sign(&json!({}));
    assert_eq!(jws::verify(&foreign, &set, None).unwrap_err(), JwsError::Signature);
}

#[test]
fn rule_4_a_token_without_a_kid_needs_exactly_one_key_that_fits() {
    let (ec, ed) = (TestKey::generate("ec", ES256), TestKey::generate("ed", EdDSA));
    let token = ec.sign_raw(r#"{"alg":"ES256"}"#, b"{}");
    assert!(jws::verify(&token, &key_set(&[ec.jwk(), ed.jwk()]), None).is_ok());
    let twin = TestKey::generate("twin", ES256);
    let verify = |keys: &[Value]| jws::verify(&token, &key_set(keys), None).map(drop);
    assert_eq!(verify(&[ec.jwk(), twin.jwk()]), Err(JwsError::Key(KeySelectionError::AmbiguousKey)));
    assert_eq!(verify(&[ed.jwk()]), Err(JwsError::Key(KeySelectionError::UnknownKey)));
    assert_eq!(verify(&[twin.jwk()]), Err(JwsError::Key(KeySelectionError::UnknownKey)));
}

#[test]
fn rule_4_a_token_with_a_kid_may_belong_to_the_one_key_that_has_none() {
    let key = TestKey::generate("named", ES256);
    let token = key.sign(&json!({}));
    let anonymous = without(key.jwk(), "kid");
    let verify = |keys: &[Value]| jws::verify(&token, &key_set(keys), None).map(drop);
    assert_eq!(verify(std::slice::from_ref(&anonymous)), Ok(()));
    let twin = TestKey::generate("other", ES256);
    assert_eq!(verify(&[anonymous.clone(), twin.jwk()]), Ok(()));
    assert_eq!(verify(&[anonymous, without(twin.jwk(), "kid")]), Err(JwsError::Key(KeySelectionError::UnknownKey)));
}

#[test]
fn rule_5_a_kid_nobody_has_is_worth_a_fetch() {
    let (published, next) = (TestKey::generate("1", RS256), TestKey::generate("2", RS256));
    let token = next.sign(&json!({}));
    assert_eq!(
        jws::verify(&token, &published.key_set(), None).unwrap_err(),
        JwsError::Key(KeySelectionError::UnknownKey)
    );
    assert!(jws::verify(&token, &key_set(&[published.jwk(), next.jwk()]), None).is_ok());
    assert_eq!(jws::verify(&token, &key_set(&[]), None).unwrap_err(), JwsError::Key(KeySelectionError::UnknownKey));
}

#[test]
fn rule_6_cache_control_is_respected_within_bounds() {
    let seconds = |header| cache_lifetime(header).as_secs();
    assert_eq!(seconds(None), 300);
    assert_eq!(seconds(Some("max-age=300, must-revalidate")), 300);
    assert_eq!(seconds(Some("public, Max-Age = \"900\" ")), 900);
    assert_eq!(seconds(Some("max-age=0")), 60);
    assert_eq!(seconds(Some("no-store")), 60);
    assert_eq!(seconds(Some("max-age=900, No-Cache")), 60);
    assert_eq!(seconds(Some("max-age=99999999999999999999999")), 86400);
    assert_eq!(seconds(Some("max-age=604800")), 86400);
    for odd in ["", "max-age", "max-age=", "max-age=-1", "max-age=+900", "max-age=9e9", "s-maxage=900", ",,,"] {
        assert_eq!(seconds(Some(odd)), 300, "{odd}");
    }
}

#[test]
fn debug_shows_how_many_and_not_which() {
    assert_eq!(format!("{:?}", key_set(&rfc_7517_a_1())), "KeySet { keys: 1, skipped: 1 }");
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), header in ".{0,40}") {
        let _ = KeySet::parse(&body);
        let _ = cache_lifetime(Some(&header));
    }

    #[test]
    fn no_key_makes_it_panic(n in "[A-Za-z0-9_-]{0,400}", e in "[A-Za-z0-9_-]{0,12}", crv in "P-(256|384|521)") {
        let set = key_set(&[
            json!({"kty": "RSA", "n": n, "e": e}),
            json!({"kty": "EC", "crv": crv, "x": n, "y": e}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": n}),
        ]);
        for algorithm in SigningAlgorithm::ALL {
            for key in set.candidates(None, algorithm).into_iter().flat_map(|candidates| candidates.keys) {
                prop_assert!(!key.verifies(algorithm, b"message", &[1; 64]));
            }
        }
    }
}
