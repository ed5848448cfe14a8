//! Numbers, scopes and choices from a list.

use super::*;

#[test]
fn sessions_last_an_hour_idle_and_twelve_in_all() {
    let config = accepted(&[]);
    assert_eq!(config.session.limits.idle_timeout, Duration::from_secs(3_600));
    assert_eq!(config.session.limits.lifetime, Duration::from_secs(43_200));
    assert_eq!(config.session.revocation_lag, Duration::from_secs(5));
}

#[test]
fn durations_are_whole_seconds_within_limits() {
    for odd in ["59", "2592001", "an hour", "3600s", "-1", "1e3", "99999999999999999999"] {
        assert!(problem_names(&[("SESSION_DURATION", odd)]).contains(&"SESSION_DURATION".to_owned()), "{odd}");
    }
    accepted(&[("SESSION_DURATION", " 60 ")]);
    accepted(&[("SESSION_DURATION", "2592000"), ("SESSION_MAX_DURATION", "7776000")]);
    assert_eq!(problem_names(&[("SESSION_MAX_DURATION", "7776001")]), ["SESSION_MAX_DURATION"]);
    let cut = builder().session_idle_timeout(Duration::from_millis(61_900)).build().map(login).unwrap();
    assert_eq!(cut.session.limits.idle_timeout, Duration::from_secs(61));
    assert!(problem(builder().revocation_lag(Duration::from_secs(301)).build()).starts_with(".revocation_lag()"));
}

#[test]
fn the_absolute_limit_is_not_below_the_idle_limit() {
    assert_eq!(problem_names(&[("SESSION_DURATION", "86400")]), ["SESSION_MAX_DURATION"]);
    accepted(&[("SESSION_DURATION", "86400"), ("SESSION_MAX_DURATION", "86400")]);
}

#[test]
fn the_default_scopes_request_profile_refresh_token_metadata_organization_and_roles() {
    assert_eq!(
        accepted(&[]).scopes,
        [
            "openid",
            "profile",
            "email",
            "offline_access",
            "urn:zitadel:iam:user:metadata",
            "urn:zitadel:iam:user:resourceowner",
            "urn:zitadel:iam:org:projects:roles",
        ]
    );
}

#[test]
fn scopes_are_tokens_none_twice_and_openid_among_them() {
    assert_eq!(accepted(&[("ZITADEL_SCOPES", "openid  email\topenid")]).scopes, ["openid", "email"]);
    for odd in ["email", "openid \"email\"", "openid a\\b", "openid é", "OpenID"] {
        assert_eq!(problem_names(&[("ZITADEL_SCOPES", odd)]), ["ZITADEL_SCOPES"], "{odd}");
    }
    let config = builder().scopes(["openid"]).add_scope("urn:x").build().map(login).unwrap();
    assert_eq!(config.scopes, ["openid", "urn:x"]);
    assert!(problem(builder().add_scope("a b").build()).starts_with(".scopes()"));
}

#[test]
fn an_algorithm_is_one_of_seven() {
    assert_eq!(accepted(&[]).signing_algorithm, None);
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!(accepted(&[("ZITADEL_SIGNING_ALG", algorithm.name())]).signing_algorithm, Some(algorithm));
    }
    for odd in ["none", "HS256", "rs256", "PS256"] {
        assert_eq!(problem_names(&[("ZITADEL_SIGNING_ALG", odd)]), ["ZITADEL_SIGNING_ALG"], "{odd}");
    }
}

#[test]
fn a_store_is_handed_to_the_application_as_it_was_given() {
    let url = |value| with(&[("SESSION_STORE", value)]).unwrap().store_url().map(|url| url.expose().clone());
    assert_eq!(url(""), None);
    assert_eq!(url(" cookie "), None);
    for value in ["redis://u:p@h/1", "rediss+sentinel://h,i/main", "redis+cluster://h", "redb:/var/lib/app/store"] {
        assert_eq!(url(value).as_deref(), Some(value));
    }
    for odd in ["memory", "redis", "Redis://user:pass@host", "valkey://user:pass@host", "redis+tls://user:pass@host"] {
        let message = problem(with(&[("SESSION_STORE", odd)]));
        assert!(message.starts_with("SESSION_STORE: must be `cookie`, or begin with"), "{message}");
        assert!(!message.contains("pass"), "{message}");
    }
}

#[test]
fn a_store_that_the_application_does_not_bring_is_an_error_at_the_start() {
    let config = || with(&[("SESSION_STORE", "redis://user:pass@host")]).unwrap();
    let message = crate::Zitadel::builder(config()).build().unwrap_err().to_string();
    assert!(message.starts_with("SESSION_STORE: names a store") && !message.contains("pass"), "{message}");
    let store = crate::environment::MemoryStore::new(crate::environment::SystemClock);
    assert!(crate::Zitadel::builder(config()).store(store).build().is_ok());
    assert!(!format!("{:?}", config()).contains("pass"));
}

#[test]
fn a_prompt_is_one_that_allows_a_first_login() {
    assert_eq!(accepted(&[]).prompt, None);
    assert_eq!(accepted(&[("ZITADEL_PROMPT", " consent ")]).prompt, Some(Prompt::Consent));
    for name in ["login", "select_account", "create"] {
        assert_eq!(accepted(&[("ZITADEL_PROMPT", name)]).prompt, Prompt::parse(name));
    }
    for odd in ["Consent", "login consent", "nothing"] {
        assert_eq!(problem_names(&[("ZITADEL_PROMPT", odd)]), ["ZITADEL_PROMPT"], "{odd}");
    }
    let message = problem(with(&[("ZITADEL_PROMPT", "none")]));
    assert!(message.starts_with("ZITADEL_PROMPT: is `none`, with which nobody could log in"), "{message}");
    assert_eq!(builder().prompt(Prompt::Login).build().map(login).unwrap().prompt, Some(Prompt::Login));
    assert!(problem(builder().prompt(Prompt::None).build()).starts_with(".prompt(): "));
}
