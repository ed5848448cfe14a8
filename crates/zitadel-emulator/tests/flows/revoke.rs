//! Revocation.

use serde_json::Value;
use zitadel_emulator::{AccessTokenType, AuthMethod, Client, Emulator};

use crate::support::*;

fn revoke(emulator: &Emulator, client: &str, token: &Value) -> TestResponse {
    let token = token.as_str().unwrap_or_default();
    post(emulator, "/oauth/v2/revoke", &[("client_id", client), ("token", token)])
}

fn is_active(emulator: &Emulator, tokens: &Value) -> bool {
    user_info(emulator, tokens["access_token"].as_str().unwrap()).status == 200
}

#[test]
fn revoking_the_refresh_token_also_revokes_the_access_token() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let response = revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]);
    assert_eq!(
        (response.status, response.body.as_str(), response.header("content-type")),
        (200, "", "application/json")
    );
    assert!(!is_active(&emulator, &tokens));
    assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 400);
    assert_eq!(
        revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]).status,
        200,
        "revoking again is not an error"
    );
}

#[test]
fn revoking_the_access_token_keeps_the_refresh_token() {
    for kind in [AccessTokenType::Opaque, AccessTokenType::Jwt] {
        let emulator = emulator();
        emulator.client().set_access_token_type(kind);
        let tokens = login(&emulator, "alice", &[]);
        assert_eq!(revoke(&emulator, emulator.client().id(), &tokens["access_token"]).status, 200);
        assert!(!is_active(&emulator, &tokens), "{kind:?}");
        assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 200);
    }
}

#[test]
fn revoking_an_old_access_token_keeps_the_new_one() {
    let emulator = emulator();
    let old = login(&emulator, "alice", &[]);
    let new = refresh(&emulator, old["refresh_token"].as_str().unwrap()).json();
    revoke(&emulator, emulator.client().id(), &old["access_token"]);
    assert!(is_active(&emulator, &new));
}

#[test]
fn unknown_tokens_are_accepted_and_missing_tokens_are_rejected() {
    let emulator = emulator();
    assert_eq!(revoke(&emulator, emulator.client().id(), &Value::from("unknown")).status, 200);
    let response = revoke(&emulator, emulator.client().id(), &Value::Null);
    assert_eq!(response.error(), (400, "invalid_request".to_owned(), "token missing".to_owned()));
}

#[test]
fn clients_of_the_same_project_may_revoke_and_other_clients_may_not() {
    let emulator = emulator();
    let other = emulator.add_client(Client { project_id: "42".to_owned(), ..Client::web("Other") });
    let tokens = login(&emulator, "alice", &[]);
    let response = revoke(&emulator, other.id(), &tokens["access_token"]);
    let expected = (401, "invalid_client".to_owned(), "token was not issued for this client".to_owned());
    assert_eq!(response.error(), expected);
    assert!(is_active(&emulator, &tokens));
    assert_eq!(revoke(&emulator, "310000000000000202", &tokens["access_token"]).status, 200);
    assert!(!is_active(&emulator, &tokens));
}

#[test]
fn a_confidential_client_must_authenticate() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Basic);
    let response = revoke(&emulator, emulator.client().id(), &Value::from("unknown"));
    assert_eq!(response.error(), (400, "invalid_client".to_owned(), "empty client secret".to_owned()));
}

#[test]
fn revocation_does_not_terminate_the_session() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]);
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 302);
}
