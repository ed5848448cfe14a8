//! Several applications on one host share their browser's cookies: each leaves those of the others alone.

use zitadel_core::{Endpoint, RequestHead};
use zitadel_emulator::{Emulator, SigningAlgorithm};

use crate::support::{App, Browser, emulator, location};

fn app(issuer: &str, vars: &[(&str, &str)]) -> App {
    App::with(Emulator::builder().issuer(issuer).signing_algorithm(SigningAlgorithm::Es256).build(), vars)
}

/// The same cookies at another application.
fn at(app: &App, browser: &Browser) -> Browser {
    Browser { cookies: browser.cookies.clone(), ..app.browser() }
}

#[tokio::test]
async fn two_applications_on_one_host_do_not_disturb_each_other() {
    let (one, other) = (app("https://one.example", &[]), app("https://other.example", &[]));
    let mut browser = one.logged_in("alice").await;
    let mut pending = at(&other, &browser);
    let url = pending.start_login("/profile").await;
    browser.cookies = pending.cookies;
    browser.logout().await;
    browser.login("alice", "/profile").await;

    let mut browser = at(&other, &browser);
    assert_eq!(browser.open("/profile").await.err(), Some(302), "not logged in here");
    let callback = other.emulator.authorize_as(&url, "bob");
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
    assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Bob Brown"));
    assert_eq!(at(&one, &browser).open("/profile").await.unwrap().name(), Some("Alice Anderson"));
    browser.logout().await;
    assert_eq!(browser.open("/profile").await.err(), Some(302));
    assert_eq!(at(&one, &browser).open("/profile").await.unwrap().name(), Some("Alice Anderson"));
}

/// Secrets reach replicas one after the other.
#[tokio::test]
async fn replica_that_lacks_the_newest_secret_leaves_the_cookie_alone() {
    let app = App::new();
    let (old, new) = (app.vars["SESSION_SECRET"].clone(), "another-secret-of-more-than-32-bytes-length");
    // One step at once: this replica seals with a secret that the other one does not know.
    let hasty = app.restarted(&[("SESSION_SECRET", new), ("SESSION_SECRET_PREVIOUS", &old)]);
    let mut browser = Browser { zitadel: hasty.clone(), ..app.browser() };
    browser.login("alice", "/profile").await;
    let cookies = browser.cookies.clone();
    browser.zitadel = app.zitadel.clone();
    assert_eq!(browser.open("/profile").await.err(), Some(302));
    assert_eq!(browser.cookies, cookies, "not removed");
    browser.zitadel = hasty;
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn rotation_of_secrets_in_two_phases_signs_nobody_out_on_a_replica_that_lags_behind() {
    let app = App::new();
    let (old, new) = (app.vars["SESSION_SECRET"].clone(), "another-secret-of-more-than-32-bytes-length");
    let phases = [
        app.zitadel.clone(),
        app.restarted(&[("SESSION_SECRET_PREVIOUS", new)]),
        app.restarted(&[("SESSION_SECRET", new), ("SESSION_SECRET_PREVIOUS", &old)]),
        app.restarted(&[("SESSION_SECRET", new)]),
    ];
    for pair in phases.windows(2) {
        // A login at one replica, then the other; each writes the cookie again.
        for (first, second) in [(0, 1), (1, 0)] {
            let mut browser = Browser { zitadel: pair[first].clone(), ..app.browser() };
            browser.login("alice", "/profile").await;
            for replica in [second, first, second] {
                app.advance(400);
                browser.zitadel = pair[replica].clone();
                assert!(browser.open("/profile").await.is_ok());
            }
        }
    }
}

#[tokio::test]
async fn cookie_under_its_earlier_name_that_does_not_open_is_left_alone() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let foreign = "1AdeqKq03w_s3pX8295JJA-U6XlMLTyDzgjqGm4";
    browser.cookies.insert("zitadel.session".to_owned(), foreign.to_owned());
    browser.cookies.insert("zitadel.session.1".to_owned(), "x".to_owned());
    assert!(browser.open("/profile").await.is_ok());
    app.advance(400);
    assert!(browser.open("/profile").await.is_ok());
    browser.logout().await;
    browser.open("/profile").await.unwrap_err();
    assert_eq!(browser.session_cookies(), [("zitadel.session", foreign), ("zitadel.session.1", "x")]);
}

#[tokio::test]
async fn unreadable_logins_are_removed_twenty_at_a_time_and_those_of_another_key_are_kept() {
    let app = App::with(emulator(), &[]);
    let mut browser = app.browser();
    let name = app.zitadel.session_cookie_name().unwrap().replace("session", "login");
    for number in 0..30 {
        browser.cookies.insert(format!("{name}.stale{number:03}"), "garbage".to_owned());
    }
    let reply = browser.clone().post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    let removed = reply.headers.iter().filter(|(_, value)| value.contains("Max-Age=0")).count();
    assert_eq!(removed, 20);
    browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    assert_eq!(browser.pending_logins().len(), 2);

    let secret = [("SESSION_SECRET", "another-secret-of-more-than-32-bytes-length")];
    let cookies = browser.cookies.clone();
    let mut newer = Browser { zitadel: app.restarted(&secret), ..browser };
    newer.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    assert!(cookies.keys().all(|name| newer.cookies.contains_key(name)));
}

/// A late response must not remove the session of a login that finished meanwhile.
#[tokio::test]
async fn dead_session_is_removed_only_in_the_response_to_a_navigation() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    app.advance(100_000);
    let mut fetch: RequestHead = browser.request("GET", "/api");
    fetch.header("sec-fetch-mode", b"cors");
    let authentication = app.zitadel.authenticate(fetch).await;
    let mut other = browser.clone();
    other.receive(&authentication);
    assert!(authentication.user().is_none());
    assert_eq!(other.cookies, browser.cookies);
    assert_eq!(other.open("/profile").await.err(), Some(302));
    assert_eq!(other.session_cookies(), []);
}
