//! Sign-out.

use std::time::Duration;

use serde_json::Value;
use zitadel_emulator::Emulator;

use crate::browser::*;

const SIGNED_OUT: &str = "http://localhost:3000/auth/logout/callback";

fn end_session(emulator: &Emulator, parameters: &[(&str, &str)]) -> Answer {
    get(emulator, &format!("/oidc/v1/end_session?{}", encoded(parameters)))
}

fn hint(tokens: &Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

#[test]
fn with_a_hint_the_session_ends_and_the_browser_goes_back_with_its_state() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let tokens = redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json();
    let sent = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
    let answer = end_session(&emulator, &sent);
    assert_eq!((answer.status, answer.location()), (302, "http://localhost:3000/auth/logout/callback?state=s"));
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 200, "the browser is asked again");
    assert_eq!(end_session(&emulator, &sent).status, 302, "once more does no harm");
}

#[test]
fn only_the_session_of_the_hint_ends() {
    let emulator = emulator();
    let (one, other) = (sign_in(&emulator, "alice", &[]), sign_in(&emulator, "alice", &[]));
    end_session(&emulator, &[("id_token_hint", hint(&one))]);
    assert_eq!(user_info(&emulator, one["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(user_info(&emulator, other["access_token"].as_str().unwrap()).status, 200);
}

#[test]
fn an_expired_hint_is_as_good_as_a_fresh_one() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    emulator.advance(Duration::from_secs(48 * 3600));
    let sent = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", SIGNED_OUT)];
    assert_eq!(end_session(&emulator, &sent).location(), SIGNED_OUT);
}

#[test]
fn mistakes_are_json_in_the_words_of_zitadel() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    let refused = |parameters: &[(&str, &str)], text: &str| {
        let answer = end_session(&emulator, parameters);
        assert_eq!(answer.error(), (400, "invalid_request".to_owned(), text.to_owned()));
    };
    refused(&[("id_token_hint", "a.b.c")], "id_token_hint invalid");
    let other = [("id_token_hint", hint(&tokens)), ("client_id", "310000000000000202")];
    refused(&other, "client_id does not match azp of id_token_hint");
    let elsewhere = [("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", "http://elsewhere.example")];
    refused(&elsewhere, "post_logout_redirect_uri invalid");
    refused(&[("client_id", "1")], "Errors.App.NotFound");
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 200, "nobody was signed out");
}

#[test]
fn without_an_address_of_the_application_there_is_a_page() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    let answer = end_session(&emulator, &[("id_token_hint", hint(&tokens)), ("state", "s")]);
    assert_eq!(answer.location(), "/logout/done?state=s");
    assert!(get(&emulator, answer.location()).body.contains("You are signed out"));
}

#[test]
fn without_a_hint_a_page_asks_first() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    browser.sign_in(&authorize_query(&emulator, &[]), "alice");
    let client = emulator.client();
    let sent = [("client_id", client.id()), ("post_logout_redirect_uri", SIGNED_OUT), ("state", "s")];
    let answer = browser.get(&format!("/oidc/v1/end_session?{}", encoded(&sent)));
    let target = parameter(answer.location(), "post_logout_redirect").unwrap();
    assert_eq!(target, format!("{SIGNED_OUT}?state=s"));
    let page = browser.get(answer.location());
    assert!(page.body.contains("Alice Anderson"));
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 302, "still signed in");
    let answer = browser.post("/ui/v2/login/logout", &[("post_logout_redirect", &target)]);
    assert_eq!((answer.status, answer.location()), (303, target.as_str()));
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 200);
}

#[test]
fn without_hint_and_client_the_address_is_ignored() {
    let emulator = emulator();
    let answer = end_session(&emulator, &[("post_logout_redirect_uri", "http://elsewhere.example")]);
    assert_eq!(parameter(answer.location(), "post_logout_redirect").as_deref(), Some("/logout/done"));
}

#[test]
fn the_sign_out_page_sends_nobody_to_an_unregistered_address() {
    let emulator = emulator();
    let sent = [("post_logout_redirect", "http://elsewhere.example/auth/logout/callback")];
    assert_eq!(post(&emulator, "/ui/v2/login/logout", &sent).location(), "/logout/done");
}
