//! Client authentication at the token endpoint.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use zitadel_emulator::{AuthMethod, ClientSecret, Emulator};

use crate::support::*;

fn attempt(emulator: &Emulator, parameters: &[(&str, &str)], authorization: Option<&str>) -> (u16, String, String) {
    let mut all = vec![("grant_type", "refresh_token"), ("refresh_token", "garbled")];
    all.extend(parameters);
    post_as(emulator, "/oauth/v2/token", &all, authorization).error()
}

fn error(code: &str, description: &str) -> (u16, String, String) {
    (400, code.to_owned(), description.to_owned())
}

/// The error after successful client authentication, because the refresh token is malformed.
fn authenticated() -> (u16, String, String) {
    error("invalid_request", "Errors.User.RefreshToken.Invalid")
}

fn with_secret(method: AuthMethod) -> (Emulator, String, String) {
    let emulator = emulator();
    emulator.client().set_auth_method(method);
    let (id, secret) = (emulator.client().id().to_owned(), emulator.client().secret().unwrap());
    (emulator, id, secret)
}

#[test]
fn a_missing_client_id_is_an_invalid_request() {
    let expected = error("invalid_request", "client_id or client_assertion must be provided");
    assert_eq!(attempt(&emulator(), &[], None), expected);
}

#[test]
fn an_unknown_client_is_invalid_client_with_status_400() {
    let expected = error("invalid_client", "no active client not found");
    assert_eq!(attempt(&emulator(), &[("client_id", "1")], None), expected);
}

#[test]
fn a_public_client_needs_only_its_id_and_a_secret_is_ignored() {
    let emulator = emulator();
    let client = emulator.client();
    assert_eq!(attempt(&emulator, &[("client_id", client.id())], None), authenticated());
    assert_eq!(attempt(&emulator, &[("client_id", client.id()), ("client_secret", "x")], None), authenticated());
}

#[test]
fn basic_and_post_are_accepted_for_either_auth_method() {
    for method in [AuthMethod::Basic, AuthMethod::Post] {
        let (emulator, id, secret) = with_secret(method);
        assert_eq!(secret.len(), 64);
        assert_eq!(attempt(&emulator, &[], Some(&basic(&id, &secret))), authenticated());
        assert_eq!(attempt(&emulator, &[("client_id", &id), ("client_secret", &secret)], None), authenticated());
    }
}

#[test]
fn missing_and_wrong_secrets_have_different_errors() {
    let (emulator, id, _) = with_secret(AuthMethod::Basic);
    assert_eq!(attempt(&emulator, &[("client_id", &id)], None), error("invalid_client", "empty client secret"));
    let expected = error("invalid_client", "invalid secret");
    assert_eq!(attempt(&emulator, &[], Some(&basic(&id, "wrong"))), expected);
}

#[test]
fn basic_credentials_are_url_decoded_and_malformed_ones_are_rejected() {
    let (emulator, id, _) = with_secret(AuthMethod::Basic);
    emulator.client().update(|client| client.secret = Some(ClientSecret::new("a:b c%")));
    assert_eq!(attempt(&emulator, &[], Some(&basic(&id, "a%3Ab+c%25"))), authenticated());
    let expected = error("invalid_client", "invalid basic auth header");
    assert_eq!(attempt(&emulator, &[], Some(&basic(&id, "a%"))), expected);
    assert_eq!(attempt(&emulator, &[], Some("Basic !")), expected);
}

#[test]
fn two_authentication_methods_in_one_request_are_rejected() {
    let (emulator, id, secret) = with_secret(AuthMethod::Basic);
    let expected = error("invalid_request", "client authentication must not use more than one method");
    assert_eq!(attempt(&emulator, &[("client_secret", &secret)], Some(&basic(&id, &secret))), expected);
    let id_too = [("client_id", id.as_str())];
    assert_eq!(
        attempt(&emulator, &id_too, Some(&basic(&id, &secret))),
        authenticated(),
        "an id in the body is no method"
    );
}

/// A client assertion that was not signed.
fn assertion(issuer: &str) -> String {
    let claims = BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"iss\":\"{issuer}\",\"sub\":\"{issuer}\"}}"));
    format!("e30.{claims}.c2lnbmF0dXJl")
}

#[test]
fn client_assertions_are_refused_at_applications_with_another_method() {
    let (emulator, id, _) = with_secret(AuthMethod::Basic);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let attempt_with = |client_id: &str, assertion: &str| {
        let sent = [("client_id", client_id), ("client_assertion", assertion), ("client_assertion_type", kind)];
        attempt(&emulator, &sent, None)
    };
    assert_eq!(attempt_with("", &assertion(&id)), error("invalid_client", "empty client secret"));
    assert_eq!(attempt_with(&id, &assertion("1")), error("invalid_client", "no active client not found"));
    for unparsable in ["a.b.c", "a", "e30.e30"] {
        assert_eq!(attempt_with(&id, unparsable), error("invalid_client", ""), "{unparsable}");
    }
    emulator.client().set_auth_method(AuthMethod::None);
    assert_eq!(attempt_with(&id, &assertion(&id)), error("invalid_client", "invalid assertion"));
    let sent = [("client_assertion", "a.b.c"), ("client_assertion_type", "other")];
    assert_eq!(attempt(&emulator, &sent, None), error("invalid_request", "invalid client_assertion_type other"));
}
