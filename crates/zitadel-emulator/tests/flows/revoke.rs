//! Revocation.

use serde_json::Value;
use zitadel_emulator::{AccessTokenType, AuthMethod, Client, Emulator};

use crate::browser::*;

fn revoke(emulator: &Emulator, client: &str, token: &Value) -> Answer {
    let token = token.as_str().unwrap_or_default();
    post(emulator, "/oauth/v2/revoke", &[("client_id", client), ("token", token)])
}

fn is_alive(emulator: &Emulator, tokens: &Value) -> bool {
    user_info(emulator, tokens["access_token"].as_str().unwrap()).status == 200
}

#[test]
fn revoking_the_refresh_token_kills_the_access_token_too() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    let answer = revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]);
    assert_eq!((answer.status, answer.body.as_str(), answer.header("content-type")), (200, "", "application/json"));
    assert!(!is_alive(&emulator, &tokens));
    assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 400);
    assert_eq!(revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]).status, 200, "and again");
}

#[test]
fn revoking_the_access_token_leaves_the_refresh_token() {
    for kind in [AccessTokenType::Opaque, AccessTokenType::Jwt] {
        let emulator = emulator();
        emulator.client().set_access_token_type(kind);
        let tokens = sign_in(&emulator, "alice", &[]);
        assert_eq!(revoke(&emulator, emulator.client().id(), &tokens["access_token"]).status, 200);
        assert!(!is_alive(&emulator, &tokens), "{kind:?}");
        assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 200);
    }
}

#[test]
fn an_old_access_token_does_not_take_the_new_one_with_it() {
    let emulator = emulator();
    let old = sign_in(&emulator, "alice", &[]);
    let new = refresh(&emulator, old["refresh_token"].as_str().unwrap()).json();
    revoke(&emulator, emulator.client().id(), &old["access_token"]);
    assert!(is_alive(&emulator, &new));
}

#[test]
fn unknown_tokens_are_fine_and_missing_ones_are_not() {
    let emulator = emulator();
    assert_eq!(revoke(&emulator, emulator.client().id(), &Value::from("unknown")).status, 200);
    let answer = revoke(&emulator, emulator.client().id(), &Value::Null);
    assert_eq!(answer.error(), (400, "invalid_request".to_owned(), "token missing".to_owned()));
}

#[test]
fn siblings_of_the_project_may_revoke_and_strangers_may_not() {
    let emulator = emulator();
    let stranger = emulator.add_client(Client { project_id: "42".to_owned(), ..Client::web("Stranger") });
    let tokens = sign_in(&emulator, "alice", &[]);
    let answer = revoke(&emulator, stranger.id(), &tokens["access_token"]);
    let expected = (401, "invalid_client".to_owned(), "token was not issued for this client".to_owned());
    assert_eq!(answer.error(), expected);
    assert!(is_alive(&emulator, &tokens));
    assert_eq!(revoke(&emulator, "310000000000000202", &tokens["access_token"]).status, 200);
    assert!(!is_alive(&emulator, &tokens));
}

#[test]
fn an_application_with_a_secret_must_prove_itself() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Basic);
    let answer = revoke(&emulator, emulator.client().id(), &Value::from("unknown"));
    assert_eq!(answer.error(), (400, "invalid_client".to_owned(), "empty client secret".to_owned()));
}

#[test]
fn revocation_does_not_sign_anyone_out() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    revoke(&emulator, emulator.client().id(), &tokens["refresh_token"]);
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 302);
}
