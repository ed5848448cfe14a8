//! `authorization_code` at the token endpoint.

use std::time::Duration;

use crate::support::*;
use zitadel_emulator::{AccessTokenType, AuthMethod, Client, GrantType, Person};

fn assert_error(response: &TestResponse, status: u16, error: &str, description: &str) {
    assert_eq!(response.error(), (status, error.to_owned(), description.to_owned()));
}

#[test]
fn a_token_response_has_zitadels_order_and_token_lengths() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    assert_eq!(member_names(&tokens), ["access_token", "token_type", "refresh_token", "expires_in", "id_token"]);
    assert_eq!(tokens["access_token"].as_str().unwrap().len(), 104);
    assert_eq!(tokens["refresh_token"].as_str().unwrap().len(), 104);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 43_199, "one second less than 12 hours");
}

#[test]
fn a_code_has_fifty_characters_and_is_single_use() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    assert_eq!(code.len(), 50);
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
    assert_error(&redeem(&emulator, &code, &[]), 400, "invalid_request", "Errors.AuthRequest.NoCode");
}

#[test]
fn missing_parameters_are_reported() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    assert_error(&redeem(&emulator, "", &[]), 400, "invalid_request", "code missing");
    assert_error(&redeem(&emulator, &code, &[("redirect_uri", "")]), 400, "invalid_request", "redirect_uri missing");
    assert_error(&redeem(&emulator, &code, &[("code_verifier", "")]), 400, "invalid_request", "code_verifier required");
    assert_error(&redeem(&emulator, &code, &[("grant_type", "")]), 400, "invalid_request", "grant_type missing");
}

#[test]
fn an_unknown_code_is_rejected() {
    let emulator = emulator();
    assert_error(&redeem(&emulator, "garbage", &[]), 400, "invalid_request", "Errors.User.Code.Invalid");
    let unknown = "A".repeat(50);
    assert_error(&redeem(&emulator, &unknown, &[]), 400, "invalid_request", "Errors.AuthRequest.NoCode");
}

#[test]
fn a_wrong_verifier_or_redirect_uri_is_rejected_without_using_up_the_code() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    let wrong = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";
    assert_error(&redeem(&emulator, &code, &[("code_verifier", wrong)]), 400, "invalid_grant", "invalid code_verifier");
    let elsewhere = format!("{CALLBACK}/");
    let response = redeem(&emulator, &code, &[("redirect_uri", &elsewhere)]);
    assert_error(&response, 400, "invalid_grant", "redirect_uri does not correspond");
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_challenge_without_s256_uses_the_plain_method() {
    let emulator = emulator();
    let changes = [("code_challenge", "plain-plain-plain"), ("code_challenge_method", "")];
    let code = code_for(&emulator, "alice", &changes);
    assert_eq!(redeem(&emulator, &code, &[("code_verifier", "plain-plain-plain")]).status, 200);
}

#[test]
fn a_public_client_must_not_send_a_verifier_without_a_challenge() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[("code_challenge", "")]);
    assert_error(&redeem(&emulator, &code, &[]), 400, "invalid_request", "code_verifier unexpectedly provided");
    assert_eq!(redeem(&emulator, &code, &[("code_verifier", "")]).status, 200);
}

#[test]
fn a_confidential_client_may_send_a_verifier_without_a_challenge() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Post);
    let code = code_for(&emulator, "alice", &[("code_challenge", "")]);
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_code_of_another_client_is_rejected() {
    let emulator = emulator();
    let other = emulator.add_client(Client::web("Other"));
    let code = code_for(&emulator, "alice", &[]);
    assert_error(&redeem(&emulator, &code, &[("client_id", other.id())]), 400, "invalid_grant", "");
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_code_is_invalid_after_its_session_was_terminated() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let first = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&first, "code").unwrap(), &[]).json();
    let second = browser.open(&authorize_query(&emulator, &[])).location().to_owned();
    let hint = tokens["id_token"].as_str().unwrap();
    browser.get(&format!("/oidc/v1/end_session?id_token_hint={hint}"));
    let response = redeem(&emulator, &parameter(&second, "code").unwrap(), &[]);
    assert_error(&response, 400, "invalid_request", "Errors.Session.Terminated");
}

#[test]
fn a_user_deactivated_before_the_token_request_gets_no_tokens() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    emulator.deactivate("alice");
    assert_error(&redeem(&emulator, &code, &[]), 400, "invalid_request", "Errors.User.NotActive");
}

#[test]
fn a_code_does_not_expire() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(24 * 3600));
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn id_tokens_require_openid_and_refresh_tokens_require_offline_access() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[("scope", "profile")]);
    assert_eq!(member_names(&tokens), ["access_token", "token_type", "expires_in"]);
}

#[test]
fn a_client_without_the_refresh_token_grant_gets_no_refresh_token() {
    let emulator = emulator();
    emulator.client().update(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    let tokens = login(&emulator, "alice", &[]);
    assert!(tokens.get("refresh_token").is_none());
}

#[test]
fn jwt_access_tokens_are_issued_if_configured() {
    let emulator = emulator();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let tokens = login(&emulator, "alice", &[]);
    assert_eq!(tokens["access_token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 200);
}

#[test]
fn unknown_and_disallowed_grant_types_are_rejected() {
    let emulator = emulator();
    let response = redeem(&emulator, "x", &[("grant_type", "password")]);
    assert_error(&response, 400, "unsupported_grant_type", "password not supported");
    emulator.client().update(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    let response = redeem(&emulator, "x", &[("grant_type", "refresh_token")]);
    assert_error(&response, 400, "unauthorized_client", "grant_type \"refresh_token\" not allowed");
}

#[test]
fn a_user_who_was_never_activated_logs_in_and_is_not_found_at_the_exchange() {
    let emulator = emulator();
    emulator.add_person(Person { never_activated: true, ..Person::named("irene", "Irene", "Initial") });
    let code = code_for(&emulator, "irene", &[]);
    let expected = (404, "invalid_request".to_owned(), "Errors.User.NotFound".to_owned());
    assert_eq!(redeem(&emulator, &code, &[]).error(), expected);
    emulator.update_person("irene", |irene| irene.never_activated = false);
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}
