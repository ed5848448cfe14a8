//! Which logout tokens are due, and when. Without a socket.

use std::time::Duration;

use http::Request;
use serde_json::{Value, json};
use zitadel_emulator::{Emulator, LoginVersion, LogoutToken, SigningAlgorithm};

use crate::{backchannel_delivery::*, support::*};

const URI: &str = "http://localhost:3000/auth/backchannel-logout";
fn log_out(emulator: &Emulator, tokens: &Value) {
    let hint = tokens["id_token"].as_str().unwrap();
    assert_eq!(get(emulator, &format!("/oidc/v1/end_session?id_token_hint={hint}")).status, 302);
}

fn sid(tokens: &Value) -> String {
    claims(&tokens["id_token"])["sid"].as_str().unwrap().to_owned()
}

/// The sessions of the tokens that wait.
fn sessions(emulator: &Emulator) -> Vec<String> {
    emulator.take_logout_tokens().iter().map(|token| token.session_id().to_owned()).collect()
}

fn part(token: &LogoutToken, index: usize) -> Value {
    token_part(&Value::from(token.token()), index)
}

#[test]
fn a_logout_makes_a_token_due_with_zitadels_header_and_claims() {
    let emulator = stopped();
    let tokens = login(&emulator, "alice", &[]);
    log_out(&emulator, &tokens);
    let due = emulator.take_logout_tokens();
    let [token] = due.as_slice() else { panic!("{due:?}") };
    let key = token_part(&tokens["id_token"], 0)["kid"].clone();
    assert_eq!(part(token, 0).to_string(), format!(r#"{{"alg":"EdDSA","kid":{key},"typ":"JWT"}}"#));
    let found = part(token, 1);
    let jti = found["jti"].as_str().unwrap();
    assert!(jti.len() == 18 && jti.bytes().all(|byte| byte.is_ascii_digit()), "{jti}");
    let expected = format!(
        r#"{{"iss":"{}","sub":"310000000000000301","aud":["{}"],"iat":1899999999,"exp":1900000900,"jti":"{jti}","events":{{"http://schemas.openid.net/event/backchannel-logout":{{}}}},"sid":"{}"}}"#,
        emulator.issuer(),
        emulator.client().id(),
        sid(&tokens)
    );
    assert_eq!(found.to_string(), expected);
    assert_eq!((token.due(), token.attempt(), token.uri()), (at(10), 1, URI));
    assert_eq!((token.client_id(), token.session_id()), (emulator.client().id(), sid(&tokens).as_str()));
    assert!(emulator.take_logout_tokens().is_empty(), "a token is taken once");
    assert!(!format!("{token:?}").contains(token.token()), "it is enough to end the session");
}

#[test]
fn a_session_that_ended_is_not_announced_again() {
    let emulator = stopped();
    let tokens = login(&emulator, "alice", &[]);
    log_out(&emulator, &tokens);
    log_out(&emulator, &tokens);
    assert!(!emulator.end_session(&sid(&tokens)));
    assert_eq!(emulator.take_logout_tokens().len(), 1);
}

#[test]
fn two_logins_in_one_session_get_a_token_each_one_millisecond_apart() {
    let emulator = stopped();
    let mut browser = Browser::new(&emulator);
    let first = browser.login(&authorize_query(&emulator, &[]), "alice");
    let second = browser.open(&authorize_query(&emulator, &[("state", "2")])).location().to_owned();
    for callback in [&first, &second] {
        assert_eq!(redeem(&emulator, &parameter(callback, "code").unwrap(), &[]).status, 200);
    }
    let [session] = emulator.session_ids("alice").try_into().unwrap();
    assert!(emulator.end_session(&session));
    let due = emulator.take_logout_tokens();
    assert_eq!(due.iter().map(LogoutToken::due).collect::<Vec<_>>(), [at(10), at(11)]);
    assert!(due.iter().all(|token| part(token, 1)["sid"] == session.as_str()));
    assert_ne!(part(&due[0], 1)["jti"], part(&due[1], 1)["jti"]);
}

#[test]
fn each_application_of_a_session_gets_a_token_for_itself() {
    let emulator = stopped();
    let other = emulator.client_by_id("310000000000000202").unwrap();
    other.register("http://localhost:3001");
    let mut browser = Browser::new(&emulator);
    let first = browser.login(&authorize_query(&emulator, &[]), "alice");
    let callback = "http://localhost:3001/auth/callback";
    let changes = [("client_id", other.id()), ("redirect_uri", callback)];
    let second = browser.open(&authorize_query(&emulator, &changes)).location().to_owned();
    redeem(&emulator, &parameter(&first, "code").unwrap(), &[]);
    let tokens = redeem(&emulator, &parameter(&second, "code").unwrap(), &changes);
    log_out(&emulator, &tokens.json());
    let due = emulator.take_logout_tokens();
    let found: Vec<_> = due.iter().map(|token| (token.uri(), part(token, 1)["aud"].clone())).collect();
    let expected = [
        (URI, json!([emulator.client().id()])),
        ("http://localhost:3001/auth/backchannel-logout", json!([other.id()])),
    ];
    assert_eq!(found, expected, "the initiator is told, too");
}

#[test]
fn an_administrator_ends_one_session_or_all_of_a_user() {
    let emulator = stopped();
    let (one, two) = (login(&emulator, "alice", &[]), login(&emulator, "alice", &[]));
    let bobs = login(&emulator, "bob", &[]);
    assert_eq!(emulator.session_ids("alice"), [sid(&one), sid(&two)]);
    assert!(emulator.end_session(&sid(&two)));
    assert_eq!(emulator.session_ids("alice"), [sid(&one)]);
    assert_eq!(user_info(&emulator, two["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(refresh(&emulator, two["refresh_token"].as_str().unwrap()).status, 200, "lives on, as in ZITADEL");
    let three = login(&emulator, "alice", &[]);
    assert_eq!(emulator.end_sessions("alice"), 2);
    assert_eq!(sessions(&emulator), [sid(&two), sid(&one), sid(&three)]);
    assert_eq!(emulator.session_ids("bob"), [sid(&bobs)]);
    assert!(!emulator.end_session("310000000000009999"));
}

#[test]
fn an_administrator_ends_one_version_1_session_a_logout_all_of_the_browser() {
    let emulator =
        Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).login_version(LoginVersion::V1).build();
    let two_users = || {
        let mut browser = Browser::new(&emulator);
        ["alice", "bob"].map(|person| {
            let callback = browser.login(&authorize_query(&emulator, &[("prompt", "login")]), person);
            redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).json()
        })
    };
    let [alice, bob] = two_users();
    log_out(&emulator, &alice);
    assert_eq!(sessions(&emulator), [sid(&alice), sid(&bob)]);
    assert!(sid(&alice).starts_with("V1_"));
    let [alice, bob] = two_users();
    assert!(emulator.end_session(&sid(&alice)));
    assert_eq!((sessions(&emulator), emulator.session_ids("bob")), (vec![sid(&alice)], vec![sid(&bob)]));
}

#[test]
fn the_logout_page_announces_the_sessions_that_it_ends() {
    let emulator = stopped();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]);
    browser.get("/ui/v2/login/logout");
    assert!(emulator.take_logout_tokens().is_empty(), "looking at the page ends nothing");
    browser.post("/ui/v2/login/logout", &[]);
    assert_eq!(emulator.take_logout_tokens().len(), 1);
}

#[test]
fn what_ends_no_session_sends_nothing() {
    let emulator = stopped();
    let tokens = login(&emulator, "alice", &[]);
    let token = tokens["refresh_token"].as_str().unwrap();
    let client = emulator.client();
    assert_eq!(post(&emulator, "/oauth/v2/revoke", &[("token", token), ("client_id", client.id())]).status, 200);
    emulator.deactivate("alice");
    emulator.advance(Duration::from_secs(100 * 24 * 3600));
    assert!(emulator.take_logout_tokens().is_empty());
}

#[test]
fn a_login_keeps_the_uri_of_its_time_and_a_refresh_registers_none() {
    let emulator = stopped();
    let client = emulator.client();
    client.set_backchannel_logout_uri(None);
    let without = login(&emulator, "alice", &[]);
    client.set_backchannel_logout_uri(Some("http://localhost:1/one"));
    let with = login(&emulator, "alice", &[]);
    client.set_backchannel_logout_uri(Some("http://localhost:1/two"));
    for tokens in [&without, &with] {
        assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 200);
        log_out(&emulator, tokens);
    }
    let uris: Vec<_> = emulator.take_logout_tokens().iter().map(|token| token.uri().to_owned()).collect();
    assert_eq!(uris, ["http://localhost:1/one"]);
}

#[test]
fn the_last_registered_base_url_is_told() {
    let emulator = stopped();
    assert_eq!(emulator.client().snapshot().backchannel_logout_uri.as_deref(), Some(URI));
    drop(emulator.env_for("http://localhost:4000/"));
    let uri = emulator.client().snapshot().backchannel_logout_uri;
    assert_eq!(uri.as_deref(), Some("http://localhost:4000/auth/backchannel-logout"));
}

#[test]
fn the_key_is_the_active_one_at_the_end_of_the_session() {
    for algorithm in SigningAlgorithm::ALL {
        let emulator = stopped();
        let tokens = login(&emulator, "alice", &[]);
        emulator.rotate_keys(algorithm);
        let keys = get(&emulator, "/oauth/v2/keys").json();
        log_out(&emulator, &tokens);
        emulator.rotate_keys(SigningAlgorithm::EdDsa);
        let [token] = emulator.take_logout_tokens().try_into().unwrap();
        let header = part(&token, 0);
        assert_eq!(header["alg"], algorithm.name());
        let published = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]);
        assert_eq!(published.unwrap()["alg"], algorithm.name());
        // The provider verifies its own signature: of a hint, whatever the claims are.
        let sent = format!("/oidc/v1/end_session?id_token_hint={}", token.token());
        assert_ne!(get(&emulator, &sent).body, "id_token_hint invalid");
        assert_eq!(get(&emulator, &sent).status, 302);
    }
}

#[test]
fn the_issuer_is_that_of_the_request_that_ended_the_session() {
    let emulator = Emulator::builder()
        .issuer("http://id.localhost:8080")
        .issuer_follows_host(true)
        .signing_algorithm(SigningAlgorithm::EdDsa)
        .build();
    let tokens = login(&emulator, "alice", &[]);
    login(&emulator, "bob", &[]);
    let host = "id.localhost:9090";
    let hint = emulator.logout_token_for("alice", &sid(&tokens)).claim("iss", format!("http://{host}")).build();
    let request = Request::get(format!("/oidc/v1/end_session?id_token_hint={hint}")).header("host", host);
    assert_eq!(emulator.handle(request.body(Vec::new()).unwrap()).status(), 302);
    emulator.end_sessions("bob");
    let issuers: Vec<_> = emulator.take_logout_tokens().iter().map(|token| part(token, 1)["iss"].clone()).collect();
    assert_eq!(issuers, ["http://id.localhost:9090", "http://id.localhost:8080"]);
}

#[test]
fn a_restart_forgets_tokens_that_wait() {
    let emulator = stopped();
    login(&emulator, "alice", &[]);
    emulator.end_sessions("alice");
    emulator.restart();
    assert!(emulator.take_logout_tokens().is_empty());
}

#[test]
fn the_lifetime_can_be_set() {
    let emulator = stopped();
    emulator.update_lifetimes(|lifetimes| lifetimes.logout_token = Duration::from_secs(60));
    login(&emulator, "alice", &[]);
    emulator.end_sessions("alice");
    let [token] = emulator.take_logout_tokens().try_into().unwrap();
    assert_eq!(part(&token, 1)["exp"], NOW + 60);
}
