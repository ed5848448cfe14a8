//! Refresh: once for all requests, and what it changes.

use zitadel_core::Endpoint;
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Browser, Log, NoRotation, refreshes, run_background_tasks};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_concurrent_requests_refresh_once_and_set_the_same_session() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    app.advance(601);
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let mut browser = browser.clone();
            tokio::spawn(async move {
                assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
                browser.session_cookie().unwrap().to_owned()
            })
        })
        .collect();
    let mut cookies = Vec::new();
    for request in requests {
        cookies.push(request.await.unwrap());
    }
    assert_eq!(refreshes(&app.emulator), 1);
    assert_ne!(Some(cookies[0].as_str()), browser.session_cookie());
    cookies.dedup();
    assert_eq!(cookies.len(), 1, "every response sets the same session, byte for byte");
    let mut next = browser.clone();
    next.set_session_cookie(&cookies.remove(0));
    assert_eq!(next.open("/profile").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn late_request_with_the_old_cookie_gets_the_refreshed_session() {
    let app = App::with_short_lived_tokens();
    let mut first = app.logged_in("alice").await;
    let mut late = first.clone();
    app.advance(601);
    first.open("/").await.unwrap();
    app.advance(299);
    assert_eq!(late.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(late.session_cookie(), first.session_cookie());
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn client_that_disconnects_during_a_refresh_does_not_lose_the_rotated_token() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    {
        let request = browser.authenticate("GET", "/");
        // Polled once, then dropped.
        tokio::select! {
            biased;
            _ = request => panic!("the response came at once"),
            () = tokio::task::yield_now() => {}
        }
    }
    run_background_tasks().await;
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn two_replicas_with_a_shared_store_refresh_once() {
    let app = App::with_short_lived_tokens();
    let mut here = app.logged_in("alice").await;
    app.advance(601);
    let mut there = Browser { zitadel: app.replica(), ..here.clone() };
    let (a, b) = tokio::join!(here.open("/"), there.open("/"));
    assert_eq!(a.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(b.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn roles_follow_the_provider_at_the_next_refresh() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    assert!(browser.open("/").await.unwrap().roles().has("admin"));
    app.emulator.set_roles("alice", &["user"]);
    app.advance(601);
    let user = browser.open("/").await.unwrap();
    assert!(!user.roles().has("admin") && user.roles().has("user"));
    assert_eq!(user.email(), Some("alice@example.com"), "the other claims are still there");
    app.emulator.set_roles("alice", &["admin"]);
    app.advance(601);
    assert!(browser.open("/").await.unwrap().roles().has("admin"));
}

/// An application whose ID tokens hold the claims too, at a provider that sends none at a refresh (OIDC Core §12.2).
#[tokio::test]
async fn claim_that_userinfo_no_longer_has_does_not_come_back_from_an_older_id_token() {
    let app = App::with_short_lived_tokens();
    app.emulator.client().set_id_token_userinfo_assertion(true);
    let mut browser = app.logged_in("alice").await;
    let user = browser.open("/").await.unwrap();
    assert!(user.nickname().is_some() && user.email_verified() && user.metadata().next().is_some());
    app.emulator.update_person("alice", |person| {
        person.nickname.clear();
        person.metadata.clear();
        person.email = "new@example.com".to_owned();
        person.email_verified = false;
    });
    app.emulator.fault(EndpointName::Token, Fault::NoIdToken);
    app.advance(601);
    let user = browser.open("/").await.unwrap();
    assert_eq!((user.nickname(), user.email(), user.email_verified()), (None, Some("new@example.com"), false));
    assert_eq!(user.metadata().next(), None);
    assert_eq!(user.name(), Some("Alice Anderson"));
}

#[tokio::test]
async fn auth_time_that_changes_at_a_refresh_is_logged_and_not_taken_over() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let authenticated_at = async |browser: &mut Browser| {
        let user = browser.open("/").await.unwrap();
        let session = user.session().unwrap();
        (session.refresh_count(), session.authenticated_at().unwrap())
    };
    let (_, at_login) = authenticated_at(&mut browser).await;
    let log = Log::collect();
    app.advance(601);
    assert_eq!(authenticated_at(&mut browser).await, (1, at_login));
    assert!(!log.text().contains("auth_time_changed"));
    app.emulator.fault(EndpointName::Token, Fault::ChangedAuthTime);
    app.advance(601);
    assert_eq!(authenticated_at(&mut browser).await, (2, at_login));
    let event = log.event("auth_time_changed");
    assert!(event.contains("WARN") && event.contains(&format!("before={at_login}")), "{event}");
}

#[tokio::test]
async fn deactivated_user_is_logged_out_at_the_next_refresh() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("bob").await;
    let mut copy = browser.clone();
    app.emulator.deactivate("bob");
    app.advance(601);
    assert_eq!(browser.open("/").await.err(), Some(302));
    assert_eq!(browser.session_cookies(), []);
    assert_eq!(copy.clone().session().await.body, "null");
    assert_eq!(copy.open("/").await.err(), Some(302), "the session of the copy ended too");
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn revoked_refresh_token_ends_the_session_and_is_sent_once() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    app.emulator.restart();
    app.advance(601);
    for _ in 0..5 {
        let mut copy = browser.clone();
        assert_eq!(copy.open("/").await.err(), Some(302));
        assert_eq!(copy.session_cookies(), []);
    }
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn callback_without_pending_login_sets_the_session_it_refreshed() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    let reply = browser.get(Endpoint::Callback, "/auth/callback?code=x&state=12345678910").await;
    assert_eq!((reply.status, refreshes(&app.emulator)), (302, 1));
    assert!(reply.header("set-cookie").is_some(), "the rotated token does not reach the browser");
}

#[tokio::test]
async fn provider_that_does_not_rotate_is_asked_again_when_the_next_token_is_due() {
    let app = App::with_short_lived_tokens();
    app.emulator.client().set_access_token_lifetime(std::time::Duration::from_secs(40));
    let mut browser = app.browser_of(NoRotation::replica(&app));
    browser.login("alice", "/profile").await;
    for round in 1..=5 {
        app.advance(41);
        assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), round);
    }
}

#[tokio::test]
async fn two_sessions_with_the_same_refresh_token_stay_two_sessions() {
    let app = App::with_short_lived_tokens();
    let zitadel = NoRotation::replica(&app);
    let mut alice = app.browser_of(zitadel.clone());
    alice.login("alice", "/profile").await;
    let mut bob = app.browser_of(zitadel);
    bob.login("bob", "/profile").await;
    app.advance(601);
    let _ = alice.open("/").await;
    let user = bob.open("/").await;
    assert!(user.is_err() || user.unwrap().name() == Some("Bob Brown"));
}

#[tokio::test]
async fn session_with_an_unverifiable_refresh_response_ends() {
    for (endpoint, fault) in [
        (EndpointName::UserInfo, Fault::WrongSubject),
        (EndpointName::Token, Fault::WrongSubject),
        (EndpointName::Token, Fault::WrongIssuer),
        (EndpointName::Token, Fault::WrongAudience),
        (EndpointName::Token, Fault::WrongNonce),
        (EndpointName::Token, Fault::TamperedSignature),
    ] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        app.advance(601);
        app.emulator.fault(endpoint, fault.clone());
        assert_eq!(browser.open("/profile").await.err(), Some(302), "{endpoint:?} {fault:?}");
        assert_eq!(browser.session_cookies(), [], "{endpoint:?} {fault:?}");
    }
}
