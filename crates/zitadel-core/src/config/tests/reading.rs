//! Variables, builder methods, and which parts a configuration has.

use super::*;

#[test]
fn everything_that_is_missing_is_listed_at_once_in_the_order_of_the_example() {
    let error = Config::from_vars([("PATH", "/bin"), ("ZITADEL_CLIENT_ID", " ")]).unwrap_err();
    let required =
        ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "ZITADEL_POST_LOGOUT_URL", "SESSION_SECRET"];
    assert_eq!(names(&error), required);
    assert_eq!(error.to_string().lines().count(), 5);
    assert!(error.problems().all(|problem| problem.message().starts_with("is missing; set ")), "{error}");
}

#[test]
fn in_code_problems_name_the_method() {
    let message = problem(Config::builder("", "x").redirect_uri("https://app.example.com/cb").build());
    let names: Vec<_> = message.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(names, ["issuer", ".post_logout_redirect_uri()", ".session_secret()"]);
}

#[test]
fn empty_values_are_unset_and_white_space_around_values_is_ignored() {
    let config = accepted(&[
        ("ZITADEL_CLIENT_ID", " 42 "),
        ("ZITADEL_INTERNAL_URL", ""),
        ("ZITADEL_SCOPES", "  "),
        ("SESSION_DURATION", ""),
        ("SESSION_SECRET_FILE", " "),
        ("SESSION_SECRET_PREVIOUS", ""),
    ]);
    assert_eq!(config.client.id, "42");
    assert_eq!(config.scopes.len(), 7);
}

#[test]
fn a_client_id_is_visible_ascii_and_spaces() {
    assert_eq!(accepted(&[("ZITADEL_CLIENT_ID", "my first app/~!")]).client.id, "my first app/~!");
    for odd in ["1700\t8682", "1700\n8682", "17\u{a0}00", "ä", "a\u{7f}"] {
        assert_eq!(problem_names(&[("ZITADEL_CLIENT_ID", odd)]), ["ZITADEL_CLIENT_ID"], "{odd:?}");
    }
}

#[test]
fn userinfo_is_fetched_by_default() {
    assert_eq!(accepted(&[]).user_info, UserInfoSource::Endpoint);
    let config = builder().user_info(UserInfoSource::IdTokenOnly).build().map(login).unwrap();
    assert_eq!(config.user_info, UserInfoSource::IdTokenOnly);
    assert_eq!(accepted(&[("ZITADEL_USER_INFO", "fetch")]).user_info, UserInfoSource::Endpoint);
    assert_eq!(accepted(&[("ZITADEL_USER_INFO", "skip")]).user_info, UserInfoSource::IdTokenOnly);
    for odd in ["Skip", "no", "false", "0"] {
        assert_eq!(problem_names(&[("ZITADEL_USER_INFO", odd)]), ["ZITADEL_USER_INFO"], "{odd}");
    }
}

#[test]
fn sessions_are_in_cookies_by_default() {
    let mode = |changes| accepted(changes).session.mode;
    assert_eq!(mode(&[]), SessionMode::Cookie);
    assert_eq!(mode(&[("SESSION_MODE", "cookie")]), SessionMode::Cookie);
    assert_eq!(mode(&[("SESSION_MODE", "stored")]), SessionMode::Stored);
    for odd in ["Stored", "store", "true", "redis"] {
        assert_eq!(problem_names(&[("SESSION_MODE", odd)]), ["SESSION_MODE"], "{odd}");
    }
    let session = builder().session_mode(SessionMode::Stored).build().map(login).unwrap().session;
    assert_eq!((session.mode, session.lists_user_agents), (SessionMode::Stored, false));
    assert!(builder().list_user_agents(true).build().map(login).unwrap().session.lists_user_agents);
}

#[test]
fn an_api_without_login_needs_no_login_settings() {
    let config = Config::api_builder("https://acme.zitadel.cloud").audience("170086774599581953").build().unwrap();
    assert!(config.login.is_none());
    assert_eq!(config.api.unwrap().audiences, ["170086774599581953"]);
    let both = builder().audience("170086774599581953").build().unwrap();
    assert!(both.login.is_some() && both.api.is_some());
    let half = Config::api_builder("https://acme.zitadel.cloud").audience("1").session_secret(SECRET).build();
    let names = names(&half.unwrap_err());
    assert_eq!(names, ["client_id", ".redirect_uri()", ".post_logout_redirect_uri()"], "half a login is a mistake");
    for odd in ["", "a b", "a\n"] {
        let odd = Config::api_builder("https://acme.zitadel.cloud").audience(odd).build();
        assert!(problem(odd).starts_with(".audience(): "));
    }
    let neither = problem(Config::api_builder("https://acme.zitadel.cloud").build());
    assert!(neither.contains(".session_secret()"), "without an audience it is an application with a login: {neither}");
}
