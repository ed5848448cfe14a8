//! Client authentication by `private_key_jwt`, with key files as ZITADEL offers them for download.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use zitadel_emulator::{AssertionKey, AuthMethod, Client, Emulator};

use crate::support::*;

/// An emulator whose default application has a key, and the key file.
fn with_key() -> (Emulator, Value) {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::PrivateKeyJwt);
    let file = serde_json::from_str(&emulator.client().create_key()).unwrap();
    (emulator, file)
}

/// The claims of a valid assertion, with some changed; `null` removes a claim.
fn claims_with(emulator: &Emulator, file: &Value, changes: &Value) -> Value {
    let now = emulator.unix_now();
    let id = &file["clientId"];
    let mut claims = json!({ "iss": id, "sub": id, "aud": [emulator.issuer()], "iat": now, "exp": now + 60 });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A token request that fails after client authentication, because of its refresh token.
fn attempt(emulator: &Emulator, assertion: &str) -> (u16, String, String) {
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "garbled")];
    post(emulator, "/oauth/v2/token", &[refresh.as_slice(), &client_assertion(assertion)].concat()).error()
}

fn authenticated() -> (u16, String, String) {
    (400, "invalid_request".to_owned(), "Errors.User.RefreshToken.Invalid".to_owned())
}

fn refused(text: &str) -> (u16, String, String) {
    (400, "invalid_client".to_owned(), text.to_owned())
}

#[test]
fn a_key_file_has_the_members_and_the_key_format_of_zitadel() {
    let (emulator, file) = with_key();
    assert_eq!(member_names(&file), ["type", "keyId", "key", "appId", "clientId"]);
    let client = emulator.client().snapshot();
    assert_eq!(file["type"], "application");
    assert_eq!(file["clientId"], client.id.as_str());
    assert_eq!(file["appId"], client.app_id.as_str());
    assert_ne!(client.app_id, client.id);
    assert_eq!((client.app_id.len(), file["keyId"].as_str().unwrap().len()), (18, 18));
    let key = file["key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"), "{key}");
    assert!(key.ends_with("\n-----END RSA PRIVATE KEY-----\n"), "{key}");
    assert!(key.lines().all(|line| line.len() <= 64), "{key}");
    let debug = format!("{client:?}");
    assert!(debug.contains(file["keyId"].as_str().unwrap()) && !debug.contains("PRIVATE"), "{debug}");
}

#[test]
fn every_check_of_an_assertion_refuses_what_breaks_it() {
    let (emulator, file) = with_key();
    let now = emulator.unix_now();
    emulator.set_time(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now));
    let with = |changes: &Value| attempt(&emulator, &sign(&file, &claims_with(&emulator, &file, changes)));
    for accepted in [
        json!({}),
        json!({ "aud": emulator.issuer() }),
        json!({ "aud": ["x", emulator.issuer()] }),
        json!({ "exp": now + 1 }),
        json!({ "exp": now + 864_000 }),
        json!({ "iat": now - 3600 }),
    ] {
        assert_eq!(with(&accepted), authenticated(), "{accepted}");
    }
    for broken in [
        json!({ "aud": null }),
        json!({ "aud": format!("{}/oauth/v2/token", emulator.issuer()) }),
        json!({ "aud": [] }),
        json!({ "exp": null }),
        json!({ "exp": now }),
        json!({ "iat": null }),
        json!({ "iat": now + 1 }),
        json!({ "iat": now - 3601 }),
        json!({ "sub": null }),
        json!({ "sub": "x" }),
    ] {
        assert_eq!(with(&broken), refused("invalid assertion"), "{broken}");
    }
    let valid = claims_with(&emulator, &file, &json!({}));
    let other_id = json!({ "keyId": "1", "key": file["key"] });
    assert_eq!(attempt(&emulator, &sign(&other_id, &valid)), refused("invalid assertion"));
    let other_key = AssertionKey::generate(file["keyId"].as_str().unwrap());
    let other_key = json!({ "keyId": other_key.id(), "key": other_key.private_key_pem() });
    assert_eq!(attempt(&emulator, &sign(&other_key, &valid)), refused("invalid assertion"));
}

#[test]
fn rs256_and_ps256_are_accepted_and_no_other_algorithm() {
    let (emulator, file) = with_key();
    let valid = claims_with(&emulator, &file, &json!({}));
    let with = |algorithm| attempt(&emulator, &sign_with(algorithm, &file, &valid));
    assert_eq!((with(Algorithm::RS256), with(Algorithm::PS256)), (authenticated(), authenticated()));
    for algorithm in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS384, Algorithm::PS512] {
        assert_eq!(with(algorithm), refused("invalid assertion"), "{algorithm:?}");
    }
    let signed = sign(&file, &valid);
    let (_, rest) = signed.split_once('.').unwrap();
    let (claims, _) = rest.split_once('.').unwrap();
    let header = json!({ "alg": "none", "kid": file["keyId"] }).to_string();
    let unsigned = format!("{}.{claims}.", BASE64_URL_SAFE_NO_PAD.encode(header));
    assert_eq!(attempt(&emulator, &unsigned), refused("invalid assertion"));
}

#[test]
fn an_assertion_can_be_sent_again_and_the_clock_skew_of_the_application_counts() {
    let (emulator, file) = with_key();
    let now = emulator.unix_now();
    emulator.set_time(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now));
    let early = sign(&file, &claims_with(&emulator, &file, &json!({ "iat": now + 5 })));
    assert_eq!(attempt(&emulator, &early), refused("invalid assertion"));
    emulator.client().update(|client| client.clock_skew = 5);
    assert_eq!(attempt(&emulator, &early), authenticated());
    assert_eq!(attempt(&emulator, &early), authenticated());
}

#[test]
fn several_keys_are_valid_until_they_expire_or_are_removed() {
    let (emulator, first) = with_key();
    let second: Value = serde_json::from_str(&emulator.client().create_key()).unwrap();
    let with = |file: &Value| attempt(&emulator, &sign(file, &claims_with(&emulator, file, &json!({}))));
    assert_eq!((with(&first), with(&second)), (authenticated(), authenticated()));
    let now = emulator.unix_now();
    emulator.client().update(|client| client.keys[0].expires_at = Some(now));
    assert_eq!((with(&first), with(&second)), (refused("invalid assertion"), authenticated()));
    emulator.client().update(|client| client.keys.clear());
    assert_eq!(with(&second), refused("invalid assertion"));
}

#[test]
fn an_application_with_a_key_cannot_use_a_secret_and_the_client_id_of_the_body_is_ignored() {
    let (emulator, file) = with_key();
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "garbled")];
    let id = emulator.client().id().to_owned();
    let secret = [("client_id", id.as_str()), ("client_secret", "x")];
    let answer = post(&emulator, "/oauth/v2/token", &[refresh, secret].concat());
    assert_eq!(answer.error(), refused("empty client assertion"));
    let assertion = sign(&file, &claims_with(&emulator, &file, &json!({})));
    let other = [("client_id", "310000000000000202")];
    let sent = [refresh.as_slice(), &client_assertion(&assertion), &other].concat();
    assert_eq!(post(&emulator, "/oauth/v2/token", &sent).error(), authenticated());
}

#[test]
fn a_code_is_redeemed_and_a_token_revoked_with_an_assertion() {
    let (emulator, file) = with_key();
    let assertion = sign(&file, &claims_with(&emulator, &file, &json!({})));
    let callback = Browser::new(&emulator).login(&authorize_query(&emulator, &[]), "alice");
    let code = parameter(&callback, "code").unwrap();
    let grant = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
    let verifier = [("code_verifier", VERIFIER)];
    let sent = [grant.as_slice(), &verifier, &client_assertion(&assertion)].concat();
    let tokens = post(&emulator, "/oauth/v2/token", &sent).json();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(user_info(&emulator, token).status, 200);
    let sent = [[("token", token)].as_slice(), &client_assertion(&assertion)].concat();
    assert_eq!(post(&emulator, "/oauth/v2/revoke", &sent).status, 200);
    assert_eq!(user_info(&emulator, token).status, 401);
}

#[test]
fn introspection_accepts_the_key_of_any_application_and_one_second_of_difference() {
    let emulator = emulator();
    let api = emulator.add_client(Client::api("API"));
    let file: Value = serde_json::from_str(&api.create_key()).unwrap();
    let token = emulator.access_token_for("alice");
    let now = emulator.unix_now();
    emulator.set_time(std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(now));
    let introspect = |changes: &Value| {
        let assertion = sign(&file, &claims_with(&emulator, &file, changes));
        post(
            &emulator,
            "/oauth/v2/introspect",
            &[[("token", token.as_str())].as_slice(), &client_assertion(&assertion)].concat(),
        )
    };
    assert_eq!(introspect(&json!({ "iat": now + 1 })).json()["active"], true);
    for broken in [json!({ "iat": now + 2 }), json!({ "exp": now + 1 }), json!({ "aud": "x" })] {
        let expected = (400, "unauthorized_client".to_owned(), String::new());
        assert_eq!(introspect(&broken).error(), expected, "{broken}");
    }
}
