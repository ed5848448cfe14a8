use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    super::test_keys::{TestKey, key_set},
    SigningAlgorithm::*,
    *,
};

/// `{"iss":"joe", "exp":1300819380, "http://example.com/is_root":true}`, the content of RFC 7515 A.2 and A.3.
const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// RFC 7515 A.2 (RS256), A.3 (ES256), A.4 (ES512); RFC 8037 A.4 with the key of A.2 (EdDSA).
fn published() -> [(&'static str, SigningAlgorithm, String, Value); 4] {
    [
        (
            "RFC 7515 A.2",
            RS256,
            format!(
                "eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc\
                 _lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb\
                 1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6Lbg\
                 GY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
            ),
            json!({
                "kty": "RSA", "e": "AQAB",
                "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ\
                      S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg\
                      665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyu\
                      XpoQ",
            }),
        ),
        (
            "RFC 7515 A.3",
            ES256,
            format!(
                "eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg\
                 6NU1Q"
            ),
            json!({
                "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }),
        ),
        (
            "RFC 7515 A.4",
            ES512,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO\
             0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn"
                .to_owned(),
            json!({
                "kty": "EC", "crv": "P-521",
                "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
                "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
            }),
        ),
        (
            "RFC 8037 A.4",
            EdDSA,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki\
             4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
                .to_owned(),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}),
        ),
    ]
}

fn fails(token: &str, keys: &KeySet) -> JwsError {
    verify(token, keys, None).unwrap_err()
}

#[test]
fn the_published_examples_verify_and_break_when_changed() {
    for (name, algorithm, token, jwk) in published() {
        let keys = key_set(&[jwk]);
        let payload = verify(&token, &keys, None).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(payload.algorithm(), algorithm, "{name}");
        assert!(verify(&token, &keys, Some(algorithm)).is_ok(), "{name}");
        let (header, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let changed = format!("{header}.{}.{signature}", base64url::encode(b"{\"iss\":\"eve\"}"));
        assert_eq!(fails(&changed, &keys), JwsError::Key(KeySelectionError::UnknownKey), "{name}: the key has no kid");
    }
    let (_, _, token, jwk) = published()[1].clone();
    let payload = verify(&token, &key_set(&[jwk]), None).unwrap();
    assert_eq!(payload.bytes(), base64url::decode(CLAIMS).unwrap());
    assert_eq!(payload.typ(), None);
}

#[test]
fn every_algorithm_verifies_its_own_signatures_and_no_other() {
    let keys: Vec<_> = SigningAlgorithm::ALL.into_iter().map(|one| TestKey::generate("k", one)).collect();
    for signer in &keys {
        let token = signer.sign(&json!({"sub": "1"}));
        for verifier in &keys {
            let result = verify(&token, &verifier.key_set(), None);
            assert_eq!(result.is_ok(), std::ptr::eq(signer, verifier), "{:?}", result.err());
        }
    }
}

#[test]
fn rule_1_a_token_has_three_parts_in_strict_base64url_and_64_kib() {
    let key = TestKey::generate("k", EdDSA);
    let keys = key.key_set();
    let token = key.sign(&json!({}));
    for broken in [
        String::new(),
        "..".to_owned(),
        "a.b".to_owned(),
        format!("{token}."),
        format!("{token}.e30"),
        format!(".{token}"),
        format!("{token}="),
        format!(" {token}"),
        format!("{token}\n"),
        token.replacen('.', ".=", 1),
        token.replace('.', ".."),
    ] {
        assert!(matches!(fails(&broken, &keys), JwsError::Malformed | JwsError::Header), "{broken}");
    }
    let header = r#"{"alg":"EdDSA","kid":"k"}"#;
    let largest = |bytes| key.sign_raw(header, &vec![b' '; bytes]);
    let overhead = largest(0).len();
    let room = (MAX_BYTES - overhead) / 4 * 3;
    assert!(verify(&largest(room), &keys, None).is_ok());
    assert_eq!(fails(&largest(room + 3), &keys), JwsError::TooLarge);
}

#[test]
fn rule_1_a_signature_has_one_spelling() {
    let key = TestKey::generate("k", EdDSA);
    let token = key.sign(&json!({}));
    // 64 bytes leave four bits unused in the last character; with them set it would decode to the same bytes.
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let position = alphabet.find(last).unwrap();
    assert_eq!(position % 16, 0);
    let twin = format!("{}{}", &token[..token.len() - 1], &alphabet[position + 1..position + 2]);
    assert_eq!(fails(&twin, &key.key_set()), JwsError::Malformed);
}

#[test]
fn rule_2_a_header_with_a_member_twice_is_refused() {
    let key = TestKey::generate("k", ES256);
    for header in [
        r#"{"alg":"ES256","alg":"ES256"}"#,
        r#"{"alg":"ES256","kid":"k","kid":"other"}"#,
        r#"{"alg":"ES256","jwk":{"x":1,"x":2}}"#,
        r#"{"kid":"k"}"#,
        r#"{"alg":1}"#,
        r#"{"alg":null}"#,
        r#"{"alg":"ES256","kid":7}"#,
        r#"{"alg":"ES256","typ":[]}"#,
        r#"["ES256"]"#,
        "ES256",
        "",
    ] {
        assert_eq!(fails(&key.sign_raw(header, b"{}"), &key.key_set()), JwsError::Header, "{header}");
    }
}

#[test]
fn rule_3_crit_is_refused_whatever_it_asks_for() {
    let key = TestKey::generate("k", ES256);
    for crit in [r#"["b64"]"#, r#"["exp"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"ES256","kid":"k","b64":true,"crit":{crit}}}"#);
        assert_eq!(fails(&key.sign_raw(&header, b"{}"), &key.key_set()), JwsError::NotUnderstood("crit"));
    }
}

#[test]
fn rule_3_what_makes_the_content_something_else_is_refused() {
    let key = TestKey::generate("k", ES256);
    let verified = |member: &str| {
        let header = format!(r#"{{"alg":"ES256","kid":"k",{member}}}"#);
        verify(&key.sign_raw(&header, b"{}"), &key.key_set(), None).map(drop)
    };
    for (member, name) in [
        (r#""b64":false"#, "b64"),
        (r#""b64":true"#, "b64"),
        (r#""zip":"DEF""#, "zip"),
        (r#""zip":null"#, "zip"),
        (r#""cty":"JWT""#, "cty"),
        (r#""cty":"jwk+json""#, "cty"),
        (r#""cty":"""#, "cty"),
    ] {
        assert_eq!(verified(member), Err(JwsError::NotUnderstood(name)), "{member}");
    }
    for member in [r#""cty":"json""#, r#""cty":"application/JSON""#] {
        assert_eq!(verified(member), Ok(()), "{member}");
    }
    assert_eq!(verified(r#""cty":1"#), Err(JwsError::Header));
}

#[test]
fn rule_4_none_and_hmac_are_refused() {
    let key = TestKey::generate("k", RS256);
    for algorithm in ["none", "NONE", "nOnE", "HS256", "HS384", "HS512", "PS256", "RSA-OAEP", "ES256K", "rs256", ""] {
        let token = key.sign_raw(&format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#), b"{}");
        assert_eq!(fails(&token, &key.key_set()), JwsError::Algorithm(algorithm.to_owned()));
        let unsigned = token.rsplit_once('.').unwrap().0.to_owned() + ".";
        assert_eq!(fails(&unsigned, &key.key_set()), JwsError::Algorithm(algorithm.to_owned()));
    }
}

#[test]
fn rule_5_a_pinned_algorithm_is_the_only_one() {
    let key = TestKey::generate("k", ES256);
    let token = key.sign(&json!({}));
    assert!(verify(&token, &key.key_set(), Some(ES256)).is_ok());
    let error = verify(&token, &key.key_set(), Some(RS256)).unwrap_err();
    assert_eq!(error, JwsError::NotPinned { found: ES256, configured: RS256 });
}

#[test]
fn rule_6_the_key_decides_about_the_algorithm() {
    let key = TestKey::generate("k", RS256);
    let claimed = |algorithm: &str| key.sign_raw(&format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#), b"{}");
    for algorithm in ["RS384", "RS512", "ES256", "EdDSA"] {
        assert_eq!(
            fails(&claimed(algorithm), &key.key_set()),
            JwsError::Key(KeySelectionError::AlgorithmMismatch(SigningAlgorithm::parse(algorithm).unwrap())),
            "{algorithm}"
        );
    }
    let mut free = key.jwk();
    free.as_object_mut().unwrap().remove("alg");
    assert!(verify(&claimed("RS256"), &key_set(&[free.clone()]), None).is_ok());
    assert_eq!(fails(&claimed("RS384"), &key_set(&[free])), JwsError::Signature);
}

#[test]
fn rule_6_a_key_refuses_what_it_is_not_for_even_if_the_signature_is_right() {
    let signer = TestKey::generate("k", RS384);
    let token = signer.sign(&json!({}));
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = base64url::decode(signature).unwrap();
    let key = |algorithm: &str| {
        let mut jwk = signer.jwk();
        jwk["alg"] = json!(algorithm);
        super::super::key::Key::parse(jwk.as_object().unwrap()).unwrap()
    };
    assert!(key("RS384").verifies(RS384, message.as_bytes(), &signature));
    assert!(!key("RS256").verifies(RS384, message.as_bytes(), &signature));
}

#[test]
fn rule_6_a_key_inside_the_token_is_never_looked_at() {
    let (ours, theirs) = (TestKey::generate("k", ES256), TestKey::generate("k", ES256));
    let header = json!({"alg": "ES256", "kid": "k", "jwk": theirs.jwk(), "jku": "https://evil.example"});
    let token = theirs.sign_raw(&header.to_string(), b"{}");
    assert_eq!(fails(&token, &ours.key_set()), JwsError::Signature);
}

#[test]
fn rule_7_a_token_without_a_signature_is_refused() {
    let key = TestKey::generate("k", ES256);
    let token = key.sign(&json!({}));
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(fails(&format!("{message}."), &key.key_set()), JwsError::Signature);
    let half = &signature[..signature.len() / 2 - 3];
    assert_eq!(fails(&format!("{message}.{half}"), &key.key_set()), JwsError::Signature);
    let zeros = base64url::encode(&[0; 64]);
    assert_eq!(fails(&format!("{message}.{zeros}"), &key.key_set()), JwsError::Signature);
}

#[test]
fn the_kind_of_a_token_is_read_in_any_spelling() {
    let key = TestKey::generate("k", EdDSA);
    for (typ, read) in [("JWT", "jwt"), ("at+jwt", "at+jwt"), ("application/AT+JWT", "at+jwt"), ("", "")] {
        let token = key.sign_raw(&json!({"alg": "EdDSA", "kid": "k", "typ": typ}).to_string(), b"{}");
        assert_eq!(verify(&token, &key.key_set(), None).unwrap().typ(), Some(read));
    }
}

#[test]
fn debug_does_not_show_the_content() {
    let key = TestKey::generate("k", EdDSA);
    let payload = verify(&key.sign(&json!({"sub": "canary"})), &key.key_set(), None).unwrap();
    assert_eq!(format!("{payload:?}"), "Payload { algorithm: EdDSA, .. }");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_pass(token in "[A-Za-z0-9_.=-]{0,120}", header in ".{0,60}", rest in ".{0,20}") {
        let keys = key_set(&[published()[3].3.clone()]);
        prop_assert!(verify(&token, &keys, None).is_err());
        let token = format!("{}.{rest}.{}", base64url::encode(header.as_bytes()), base64url::encode(rest.as_bytes()));
        prop_assert!(verify(&token, &keys, None).is_err());
    }
}
