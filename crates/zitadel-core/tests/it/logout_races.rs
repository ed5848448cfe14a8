//! Logouts that meet refreshes, replicas and clients that disconnect: ended means ended, in every order.

use std::time::Duration;

use zitadel_core::ConfigBuilder;
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Browser, Hold, emulator, run_background_tasks};

#[tokio::test]
async fn logout_with_the_cookie_from_before_a_refresh_revokes_the_rotated_token() {
    let app = App::with_short_lived_tokens();
    let mut tab = app.logged_in("alice").await;
    let mut other = tab.clone();
    app.advance(601);
    tab.open("/").await.unwrap();
    other.logout().await;
    assert!(app.transport.revoked_a_current_token(), "the revoked token was used up; its successor is still valid");
}

#[tokio::test]
async fn cookies_from_before_and_after_a_refresh_end_with_the_logout() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let before = browser.clone();
    app.advance(601);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    let after = browser.clone();
    browser.logout().await;
    for mut copy in [before, after] {
        assert_eq!(copy.clone().session().await.body, "null");
        assert_eq!(copy.open("/profile").await.err(), Some(302));
        assert_eq!(copy.session_cookies(), []);
    }
}

#[tokio::test]
async fn refresh_that_finishes_after_a_logout_sets_no_session_and_its_token_is_revoked() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    app.transport.hold(Hold::Response, "token");
    let page = tokio::spawn({
        let browser = browser.clone();
        async move { browser.authenticate("GET", "/").await }
    });
    app.transport.wait_until_held().await;
    browser.logout().await;
    assert_eq!(browser.session_cookie(), None);
    app.transport.release.add_permits(1);
    let authentication = page.await.unwrap();
    browser.receive(&authentication);
    assert!(authentication.user().is_none());
    assert_eq!(browser.session_cookie(), None, "the cookie is back");
    assert!(app.transport.revoked_a_current_token());
}

#[tokio::test]
async fn logout_among_concurrent_refreshes_ends_the_session_of_all() {
    let app = App::with_short_lived_tokens();
    for _ in 0..5 {
        let mut leaving = app.logged_in("alice").await;
        app.advance(580);
        let requests: Vec<_> = (0..20)
            .map(|_| {
                let mut browser = leaving.clone();
                tokio::spawn(async move {
                    let _ = browser.open("/profile").await;
                    browser
                })
            })
            .collect();
        tokio::task::yield_now().await;
        leaving.logout().await;
        for request in requests {
            assert_eq!(request.await.unwrap().open("/profile").await.err(), Some(302));
        }
    }
}

#[tokio::test]
async fn session_that_ended_on_another_replica_ends_here_within_the_revocation_lag() {
    let app = App::with(emulator(), &[("SESSION_DURATION", "600")]);
    let replica = || app.builder_with(|config: ConfigBuilder| config.revocation_lag(Duration::from_secs(120)));
    let mut here = app.browser_of(replica().build().unwrap());
    here.login("alice", "/profile").await;
    let mut copy = Browser { zitadel: replica().build().unwrap(), ..here.clone() };
    copy.open("/").await.unwrap();
    here.logout().await;
    let mut used = 0;
    while used < 3600 && copy.open("/").await.is_ok() {
        app.advance(60);
        used += 60;
    }
    assert!(used <= 120, "still logged in after {used} s, with a lag of 120 s");
}

#[tokio::test]
async fn session_that_ended_on_another_replica_ends_here_within_the_default_lag() {
    let app = App::new();
    let mut here = app.logged_in("alice").await;
    let mut there = Browser { zitadel: app.replica(), ..here.clone() };
    there.open("/").await.unwrap();
    here.logout().await;
    app.advance(5);
    assert!(there.open("/").await.is_err());
}

/// The result of another replica's refresh says nothing about a logout in the meantime.
#[tokio::test]
async fn revocation_lag_does_not_begin_again_with_the_result_of_a_refresh() {
    let app = App::with_short_lived_tokens();
    let mut here = app.logged_in("alice").await;
    let replica = app.builder_with(|config: ConfigBuilder| config.revocation_lag(Duration::from_secs(120)));
    let mut there = Browser { zitadel: replica.build().unwrap(), ..here.clone() };
    app.advance(500);
    there.open("/").await.unwrap();
    app.advance(71);
    assert_eq!(here.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    here.logout().await;
    app.advance(48);
    assert!(there.open("/").await.is_ok(), "119 s after the last check");
    app.advance(73);
    assert_eq!(there.open("/").await.err(), Some(302), "121 s after the logout");
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn session_that_is_logged_out_while_a_request_waits_for_another_replica_is_not_served() {
    let app = App::with_short_lived_tokens();
    let mut here = app.logged_in("alice").await;
    let there = Browser { zitadel: app.replica(), ..here.clone() };
    app.advance(601);
    app.transport.hold(Hold::Response, "token");
    let refreshing = tokio::spawn({
        let here = here.clone();
        async move { here.authenticate("GET", "/").await }
    });
    app.transport.wait_until_held().await;
    let waiting = tokio::spawn(async move { there.authenticate("GET", "/").await });
    run_background_tasks().await;
    here.logout().await;
    app.advance(6);
    // The other replica publishes the new tokens, and is slow to revoke them.
    app.transport.hold(Hold::Request, "revoke");
    app.transport.release.add_permits(1);
    assert!(waiting.await.unwrap().user().is_none());
    assert!(!refreshing.is_finished());
    app.transport.release.add_permits(1);
    assert!(refreshing.await.unwrap().user().is_none());
}

#[tokio::test]
async fn logout_whose_client_disconnects_still_revokes_the_token() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    app.transport.hold(Hold::Request, "revoke");
    let logout = tokio::spawn({
        let mut browser = browser.clone();
        async move { browser.logout().await.status }
    });
    app.transport.wait_until_held().await;
    assert!(browser.clone().open("/").await.is_err(), "the session ends before the provider is told");
    logout.abort();
    let _ = logout.await;
    app.transport.release.add_permits(1);
    run_background_tasks().await;
    assert_eq!(app.emulator.count(EndpointName::Revoke), 1);
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn revocation_that_fails_or_is_refused_is_tried_again_in_the_background() {
    let refusal = br#"{"error":"invalid_client"}"#.to_vec();
    let refused = Fault::StatusBody { status: 401, content_type: "application/json".to_owned(), body: refusal };
    for fault in [Fault::Status(503), Fault::Drop, refused] {
        let app = App::new();
        let mut browser = app.logged_in("alice").await;
        app.emulator.fault_times(EndpointName::Revoke, fault.clone(), 2);
        assert_eq!(browser.logout().await.status, 302, "{fault:?}");
        assert_eq!(app.emulator.count(EndpointName::Revoke), 1, "{fault:?}: nobody waits for the next attempt");
        tokio::time::sleep(Duration::from_secs(36)).await;
        assert_eq!(app.emulator.count(EndpointName::Revoke), 3, "{fault:?}: after 5 and after 30 seconds");
        let tokens = app.transport.fields("/revoke", "token");
        assert!(tokens.iter().all(|token| *token == tokens[0]));
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(app.emulator.count(EndpointName::Revoke), 3, "{fault:?}: it is done");
    }
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn revocation_that_always_fails_is_given_up() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.emulator.fault(EndpointName::Revoke, Fault::Status(503));
    browser.logout().await;
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(app.emulator.count(EndpointName::Revoke), 5);
}
