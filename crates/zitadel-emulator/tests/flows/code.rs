//! `authorization_code` at the token endpoint: every row of the table.

use std::time::Duration;

use crate::browser::*;
use zitadel_emulator::{AccessTokenType, AuthMethod, Client, GrantType};

fn refused(answer: &Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.error(), (status, error.to_owned(), description.to_owned()));
}

#[test]
fn a_code_becomes_tokens_in_the_order_and_lengths_of_zitadel() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    assert_eq!(keys(&tokens), ["access_token", "token_type", "refresh_token", "expires_in", "id_token"]);
    assert_eq!(tokens["access_token"].as_str().unwrap().len(), 104);
    assert_eq!(tokens["refresh_token"].as_str().unwrap().len(), 104);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 43_199, "12 hours, and a moment has passed");
}

#[test]
fn a_code_has_fifty_characters_and_works_once() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    assert_eq!(code.len(), 50);
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
    refused(&redeem(&emulator, &code, &[]), 400, "invalid_request", "Errors.AuthRequest.NoCode");
}

#[test]
fn missing_parameters_are_named() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    refused(&redeem(&emulator, "", &[]), 400, "invalid_request", "code missing");
    refused(&redeem(&emulator, &code, &[("redirect_uri", "")]), 400, "invalid_request", "redirect_uri missing");
    refused(&redeem(&emulator, &code, &[("code_verifier", "")]), 400, "invalid_request", "code_verifier required");
    refused(&redeem(&emulator, &code, &[("grant_type", "")]), 400, "invalid_request", "grant_type missing");
}

#[test]
fn a_code_that_was_never_issued_is_refused() {
    let emulator = emulator();
    refused(&redeem(&emulator, "garbage", &[]), 400, "invalid_request", "Errors.User.Code.Invalid");
    let unknown = "A".repeat(50);
    refused(&redeem(&emulator, &unknown, &[]), 400, "invalid_request", "Errors.AuthRequest.NoCode");
}

#[test]
fn a_wrong_verifier_or_redirect_uri_is_refused_but_does_not_burn_the_code() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    let wrong = "wrong-wrong-wrong-wrong-wrong-wrong-wrong-wrong";
    refused(&redeem(&emulator, &code, &[("code_verifier", wrong)]), 400, "invalid_grant", "invalid code_verifier");
    let elsewhere = format!("{CALLBACK}/");
    let answer = redeem(&emulator, &code, &[("redirect_uri", &elsewhere)]);
    refused(&answer, 400, "invalid_grant", "redirect_uri does not correspond");
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_challenge_without_s256_is_compared_as_plain_text() {
    let emulator = emulator();
    let changes = [("code_challenge", "plain-plain-plain"), ("code_challenge_method", "")];
    let code = code_for(&emulator, "alice", &changes);
    assert_eq!(redeem(&emulator, &code, &[("code_verifier", "plain-plain-plain")]).status, 200);
}

#[test]
fn without_a_challenge_a_public_client_must_not_send_a_verifier() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[("code_challenge", "")]);
    refused(&redeem(&emulator, &code, &[]), 400, "invalid_request", "code_verifier unexpectedly provided");
    assert_eq!(redeem(&emulator, &code, &[("code_verifier", "")]).status, 200);
}

#[test]
fn without_a_challenge_a_client_with_a_secret_may_send_a_verifier() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Post);
    let code = code_for(&emulator, "alice", &[("code_challenge", "")]);
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_code_of_another_application_is_refused() {
    let emulator = emulator();
    let other = emulator.add_client(Client::web("Other"));
    let code = code_for(&emulator, "alice", &[]);
    refused(&redeem(&emulator, &code, &[("client_id", other.id())]), 400, "invalid_grant", "");
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn a_code_is_worthless_once_the_session_was_ended() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let first = browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&first, "code").unwrap(), &[]).json();
    let second = browser.open(&authorize_query(&emulator, &[])).location().to_owned();
    let hint = tokens["id_token"].as_str().unwrap();
    browser.get(&format!("/oidc/v1/end_session?id_token_hint={hint}"));
    let answer = redeem(&emulator, &parameter(&second, "code").unwrap(), &[]);
    refused(&answer, 400, "invalid_request", "Errors.Session.Terminated");
}

#[test]
fn somebody_who_was_deactivated_meanwhile_gets_no_tokens() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    emulator.deactivate("alice");
    refused(&redeem(&emulator, &code, &[]), 400, "invalid_request", "Errors.User.NotActive");
}

#[test]
fn a_code_has_no_lifetime_of_its_own() {
    let emulator = emulator();
    let code = code_for(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(24 * 3600));
    assert_eq!(redeem(&emulator, &code, &[]).status, 200);
}

#[test]
fn without_openid_there_is_no_id_token_and_without_offline_access_no_refresh_token() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[("scope", "profile")]);
    assert_eq!(keys(&tokens), ["access_token", "token_type", "expires_in"]);
}

#[test]
fn an_application_without_the_refresh_grant_gets_no_refresh_token() {
    let emulator = emulator();
    emulator.client().update(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    let tokens = sign_in(&emulator, "alice", &[]);
    assert!(tokens.get("refresh_token").is_none());
}

#[test]
fn jwt_access_tokens_come_when_the_application_is_set_to_them() {
    let emulator = emulator();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let tokens = sign_in(&emulator, "alice", &[]);
    assert_eq!(tokens["access_token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 200);
}

#[test]
fn unknown_grant_types_and_grants_the_application_may_not_use_are_refused() {
    let emulator = emulator();
    let answer = redeem(&emulator, "x", &[("grant_type", "password")]);
    refused(&answer, 400, "unsupported_grant_type", "password not supported");
    emulator.client().update(|client| client.grant_types = vec![GrantType::AuthorizationCode]);
    let answer = redeem(&emulator, "x", &[("grant_type", "refresh_token")]);
    refused(&answer, 400, "unauthorized_client", "grant_type \"refresh_token\" not allowed");
}
