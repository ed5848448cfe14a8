//! The clock, restarts, the request log, and redaction of credentials.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zitadel_emulator::{AuthMethod, Emulator, EndpointName};

use crate::support::*;

#[test]
fn the_clock_starts_at_the_system_time_and_can_be_moved() {
    let emulator = emulator();
    assert!(emulator.now().duration_since(SystemTime::now()).unwrap_or_default() < Duration::from_secs(5));
    emulator.set_time(UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    emulator.advance(Duration::from_secs(10));
    assert_eq!(emulator.unix_now(), 1_900_000_010);
    assert_eq!(claims(&login(&emulator, "alice", &[])["id_token"])["iat"], 1_900_000_010);
}

#[test]
fn a_restart_clears_sessions_tokens_and_keys_but_keeps_users_and_applications() {
    let emulator = emulator();
    let mut browser = Browser::new(&emulator);
    let callback = browser.login(&authorize_query(&emulator, &[]), "alice");
    let tokens = login(&emulator, "alice", &[]);
    let keys = get(&emulator, "/oauth/v2/keys").body;
    emulator.restart();
    assert_ne!(get(&emulator, "/oauth/v2/keys").body, keys);
    assert_eq!(user_info(&emulator, tokens["access_token"].as_str().unwrap()).status, 401);
    assert_eq!(refresh(&emulator, tokens["refresh_token"].as_str().unwrap()).status, 400);
    assert_eq!(redeem(&emulator, &parameter(&callback, "code").unwrap(), &[]).status, 400);
    assert_eq!(browser.open(&authorize_query(&emulator, &[])).status, 200);
    assert!(emulator.person("alice").is_some());
    login(&emulator, "alice", &[]);
}

#[test]
fn the_request_log_counts_requests_and_redacts_credentials() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Post);
    let tokens = login(&emulator, "alice", &[]);
    assert_eq!(emulator.count(EndpointName::Token), 1);
    let log = emulator.requests();
    let token = log.iter().find(|request| request.endpoint == EndpointName::Token).unwrap();
    assert_eq!((token.method.as_str(), token.path.as_str(), token.status), ("POST", "/oauth/v2/token", Some(200)));
    assert_eq!(token.parameter("grant_type"), Some("authorization_code"));
    for hidden in ["code", "code_verifier", "client_secret"] {
        assert_eq!(token.parameter(hidden), Some("[hidden]"), "{hidden}");
    }
    let printed = format!("{log:?} {emulator:?} {:?}", emulator.client().snapshot());
    assert!(!printed.contains(VERIFIER) && !printed.contains(&emulator.client().secret().unwrap()));
    user_info(&emulator, tokens["access_token"].as_str().unwrap());
    assert_eq!(emulator.requests().last().unwrap().authorization.as_deref(), Some("Bearer"));
    emulator.clear_requests();
    assert_eq!(emulator.count(EndpointName::Token), 0);
}

#[test]
fn env_for_registers_the_callback_urls() {
    let emulator = Emulator::builder().issuer("http://id.localhost:8080/").build();
    let variables: std::collections::BTreeMap<_, _> = emulator.env_for("http://127.0.0.1:41234/").into_iter().collect();
    assert_eq!(variables["ZITADEL_DOMAIN"], "http://id.localhost:8080");
    assert_eq!(variables["ZITADEL_CALLBACK_URL"], "http://127.0.0.1:41234/auth/callback");
    assert_eq!(variables["ZITADEL_POST_LOGOUT_URL"], "http://127.0.0.1:41234/auth/logout/callback");
    assert_eq!(variables["ZITADEL_POST_LOGIN_URL"], "/profile");
    assert!(variables["SESSION_SECRET"].len() >= 32);
    assert!(!variables.contains_key("ZITADEL_CLIENT_SECRET"));
    let url = authorize_query(&emulator, &[("redirect_uri", &variables["ZITADEL_CALLBACK_URL"])]);
    assert!(emulator.authorize_as(&url, "alice").starts_with("http://127.0.0.1:41234/auth/callback?code="));
    emulator.client().set_auth_method(AuthMethod::Basic);
    assert!(emulator.env().iter().any(|(name, value)| name == "ZITADEL_CLIENT_SECRET" && value.len() == 64));
}

#[test]
fn access_token_for_supports_clients_with_a_secret() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Basic);
    assert_eq!(user_info(&emulator, &emulator.access_token_for("bob")).status, 200);
}

#[test]
#[should_panic(expected = "no user matches `alcie`")]
fn an_unknown_user_name_panics() {
    emulator().set_roles("alcie", &[]);
}
