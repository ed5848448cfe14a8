//! Sessions: how long they live, and which cookies are accepted.

use std::time::Duration;

use zitadel_emulator::{Emulator, EndpointName, SigningAlgorithm};

use crate::support::{App, Browser, emulator, json};

#[tokio::test]
async fn session_ends_after_an_hour_without_a_request_and_twelve_hours_at_most() {
    let app = App::new();
    let mut idle = app.logged_in("alice").await;
    let mut busy = idle.clone();
    app.advance(3599);
    assert!(busy.open("/").await.is_ok(), "one second before the limit");
    app.advance(1);
    assert!(idle.open("/").await.is_err(), "the copy that sent no request");
    assert_eq!(idle.session_cookie(), None, "its cookie is removed");
    for half_hour in 0..21 {
        app.advance(1800);
        assert_eq!(busy.open("/").await.err(), None, "after {half_hour} half hours");
    }
    app.advance(1800);
    assert!(busy.open("/").await.is_err(), "after twelve hours");
}

#[tokio::test]
async fn session_limits_are_those_of_the_configuration() {
    for (vars, idle, lifetime) in [
        (&[][..], 3_600, 43_200),
        (&[("SESSION_DURATION", "60")][..], 60, 43_200),
        (&[("SESSION_DURATION", "60"), ("SESSION_MAX_DURATION", "600")][..], 60, 600),
    ] {
        let app = App::with(emulator(), vars);
        let session = json(&app.logged_in("alice").await.session().await, 200);
        let at = |name: &str| session[name].as_u64().unwrap();
        assert_eq!(at("idle_expires_at") - at("started_at"), idle);
        assert_eq!(at("expires_at") - at("started_at"), lifetime);
    }
}

#[tokio::test]
async fn session_without_a_refresh_token_lives_to_its_limits_with_its_first_roles() {
    let app = App::with(emulator(), &[("ZITADEL_SCOPES", "openid profile"), ("SESSION_DURATION", "43200")]);
    app.emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    let mut browser = app.logged_in("alice").await;
    let first = browser.open("/profile").await.unwrap();
    assert!(!first.session().unwrap().is_refreshable());
    app.emulator.set_roles("alice", &[]);
    app.advance(43_199);
    let user = browser.open("/profile").await.unwrap();
    assert_eq!(user.roles(), first.roles());
    let session = user.session().unwrap();
    assert!(session.access_token_expires_at().is_some_and(|at| at < session.expires_at()));
    assert_eq!(app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn session_cookie_is_renewed_after_a_tenth_of_the_idle_limit() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let before = browser.session_cookie().unwrap().to_owned();
    app.advance(359);
    browser.open("/").await.unwrap();
    assert_eq!(browser.session_cookie(), Some(before.as_str()));
    app.advance(1);
    browser.open("/").await.unwrap();
    assert_ne!(browser.session_cookie(), Some(before.as_str()));
}

#[tokio::test]
async fn session_cookie_that_was_changed_is_ignored_and_removed() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    let valid = browser.session_cookie().unwrap().to_owned();
    let changed_at = |index: usize| {
        let mut bytes = valid.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let mut invalid: Vec<String> = (0..valid.len()).step_by(61).map(changed_at).collect();
    // The first characters are the number of chunks, the version and the id of the key; an unknown key is left alone.
    let (header, rest) = valid.split_at(9);
    invalid.extend(
        [&valid[..valid.len() - 1], &valid[1..], &format!("{header}{}", rest.to_uppercase())].map(str::to_owned),
    );
    invalid.extend([format!("{valid}A"), format!("{valid}{valid}"), "A".repeat(4_000)]);
    invalid.extend(["", "1", "2abc", "garbage", "%00%ff", "..../...."].map(str::to_owned));
    for value in invalid {
        let mut browser = browser.clone();
        browser.set_session_cookie(&value);
        assert_eq!(browser.open("/profile").await.err(), Some(302), "{value:?}");
        assert_eq!(browser.session_cookies(), [], "{value:?} is not removed");
        assert_eq!(browser.session().await.body, "null");
    }
    assert_eq!(app.emulator.count(EndpointName::Token), 1, "the provider is not asked");
}

#[tokio::test]
async fn sealed_cookie_is_ignored_under_another_name() {
    let app = App::new();
    let mut pending = app.browser();
    pending.start_login("/").await;
    let login_cookie = pending.pending_logins()[0].1.to_owned();
    let session = app.logged_in("alice").await.session_cookie().unwrap().to_owned();
    let known = app.zitadel.session_cookie_name().unwrap();
    for (name, value) in [
        (known, &login_cookie),
        (&known.to_uppercase(), &session),
        (&format!("__Host-{known}"), &session),
        (&format!("{known}.1"), &session),
        (&format!("x{known}"), &session),
        ("zitadel.session", &session),
    ] {
        let mut browser = app.browser();
        browser.cookies.insert(name.to_owned(), value.to_owned());
        assert_eq!(browser.open("/profile").await.err(), Some(302), "{name}");
    }
}

#[tokio::test]
async fn session_of_another_application_is_ignored() {
    let secret = ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA");
    let app = |issuer: &str| {
        App::with(Emulator::builder().issuer(issuer).signing_algorithm(SigningAlgorithm::Es256).build(), &[secret])
    };
    let (staging, production) = (app("https://staging.example"), app("https://prod.example"));
    for other in [production.zitadel.clone(), App::new().zitadel] {
        let mut browser = Browser { zitadel: other, ..staging.logged_in("alice").await };
        assert_eq!(browser.open("/admin").await.err(), Some(302));
        // Under the name of its own, too.
        let session = browser.session_cookies()[0].1.to_owned();
        browser.set_session_cookie(&session);
        assert_eq!(browser.open("/admin").await.err(), Some(302));
    }
}

#[tokio::test]
async fn session_survives_a_new_secret_while_the_previous_one_is_configured() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let new = "another-secret-of-more-than-32-bytes-length";
    browser.zitadel =
        app.restarted(&[("SESSION_SECRET", new), ("SESSION_SECRET_PREVIOUS", &app.vars["SESSION_SECRET"])]);
    assert!(browser.open("/profile").await.is_ok());
    browser.zitadel = app.restarted(&[("SESSION_SECRET", new)]);
    assert!(browser.open("/profile").await.is_err());
}

#[tokio::test]
async fn session_survives_a_restart_of_the_application() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.restarted(&[]);
    assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
}

#[tokio::test]
async fn roles_that_only_userinfo_contains_are_in_the_session() {
    let app = App::new();
    app.emulator.client().set_id_token_role_assertion(false);
    assert!(app.logged_in("alice").await.open("/admin").await.unwrap().roles().has("admin"));
    assert!(!app.logged_in("bob").await.open("/admin").await.unwrap().roles().has("admin"));
}
