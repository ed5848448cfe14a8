//! Logout.

use std::time::Duration;

use serde_json::Value;
use zitadel_emulator::Emulator;

use crate::support::*;

const POST_LOGOUT_REDIRECT_URI: &str = "http://localhost:3000/auth/logout/callback";

fn end_session(emulator: &Emulator, parameters: &[(&str, &str)]) -> TestResponse {
    get(emulator, &format!("/oidc/v1/end_session?{}", form_encode(parameters)))
}

fn hint(tokens: &Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

#[test]
fn a_hint_terminates_the_session_and_redirects_with_the_state() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    let sent =
        [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", POST_LOGOUT_REDIRECT_URI), ("state", "s")];
    let response = end_session(&emulator, &sent);
    assert_eq!((response.status, response.location()), (302, "http://localhost:3000/auth/logout/callback?state=s"));
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 200, "the login page is shown again");
    assert_eq!(end_session(&emulator, &sent).status, 302, "a second request has no effect");
}

#[test]
fn a_posted_hint_of_a_user_with_200_roles_terminates_the_session() {
    let emulator = emulator();
    emulator.client().set_id_token_role_assertion(true);
    let roles: Vec<_> = (0..200).map(|number| format!("role-{number}")).collect();
    emulator.set_roles("alice", &roles.iter().map(String::as_str).collect::<Vec<_>>());
    let tokens = login(&emulator, "alice", &[]);
    assert!(hint(&tokens).len() > 40_000);
    let sent =
        [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", POST_LOGOUT_REDIRECT_URI), ("state", "s")];
    let response = post(&emulator, "/oidc/v1/end_session", &sent);
    assert_eq!((response.status, response.location()), (302, "http://localhost:3000/auth/logout/callback?state=s"));
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
}

#[test]
fn only_the_session_of_the_hint_is_terminated() {
    let emulator = emulator();
    let (one, other) = (login(&emulator, "alice", &[]), login(&emulator, "alice", &[]));
    end_session(&emulator, &[("id_token_hint", hint(&one))]);
    assert_eq!(user_info(&emulator, one["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(user_info(&emulator, other["access_token"].as_str().unwrap()).status, 200);
}

#[test]
fn an_expired_hint_is_accepted() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(48 * 3600));
    let sent = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", POST_LOGOUT_REDIRECT_URI)];
    assert_eq!(end_session(&emulator, &sent).location(), POST_LOGOUT_REDIRECT_URI);
}

#[test]
fn errors_are_json_with_zitadels_descriptions() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let assert_invalid_request = |parameters: &[(&str, &str)], text: &str| {
        let response = end_session(&emulator, parameters);
        assert_eq!(response.error(), (400, "invalid_request".to_owned(), text.to_owned()));
    };
    assert_invalid_request(&[("id_token_hint", "a.b.c")], "id_token_hint invalid");
    let other = [("id_token_hint", hint(&tokens)), ("client_id", "310000000000000202")];
    assert_invalid_request(&other, "client_id does not match azp of id_token_hint");
    let elsewhere = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", "http://elsewhere.example")];
    assert_invalid_request(&elsewhere, "post_logout_redirect_uri invalid");
    assert_invalid_request(&[("client_id", "1")], "Errors.App.NotFound");
    assert_eq!(
        user_info(&emulator, tokens["access_token"].as_str().unwrap()).status,
        200,
        "the session is still active"
    );
}

#[test]
fn without_a_redirect_uri_a_page_is_shown() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let response = end_session(&emulator, &[("id_token_hint", hint(&tokens)), ("state", "s")]);
    assert_eq!(response.location(), "/logout/done?state=s");
    assert!(get(&emulator, response.location()).body.contains("You are signed out"));
}

#[test]
fn without_a_hint_a_confirmation_page_is_shown() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.login(&authorize_query(&emulator, &[]), "alice");
    let client = emulator.client();
    let sent = [("client_id", client.id()), ("post_logout_redirect_uri", POST_LOGOUT_REDIRECT_URI), ("state", "s")];
    let response = browser.get(&format!("/oidc/v1/end_session?{}", form_encode(&sent)));
    let target = parameter(response.location(), "post_logout_redirect").unwrap();
    assert_eq!(target, format!("{POST_LOGOUT_REDIRECT_URI}?state=s"));
    let page = browser.get(response.location());
    assert!(page.body.contains("Alice Anderson"));
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 302, "the session is still active");
    let response = browser.post("/ui/v2/login/logout", &[("post_logout_redirect", &target)]);
    assert_eq!((response.status, response.location()), (303, target.as_str()));
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 200);
}

#[test]
fn without_hint_and_client_id_the_redirect_uri_is_ignored() {
    let emulator = emulator();
    let response = end_session(&emulator, &[("post_logout_redirect_uri", "http://elsewhere.example")]);
    assert_eq!(parameter(response.location(), "post_logout_redirect").as_deref(), Some("/logout/done"));
}

#[test]
fn the_logout_page_does_not_redirect_to_an_unregistered_uri() {
    let emulator = emulator();
    let sent = [("post_logout_redirect", "http://elsewhere.example/auth/logout/callback")];
    assert_eq!(post(&emulator, "/ui/v2/login/logout", &sent).location(), "/logout/done");
}
