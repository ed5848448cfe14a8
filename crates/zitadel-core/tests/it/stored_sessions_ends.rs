//! A stored session that ended is over on every replica, and its body is gone.

use zitadel_core::{
    Endpoint, RequestHead,
    environment::{Store as _, StoreKey},
};
use zitadel_emulator::EndpointName;

use crate::{
    stored_sessions::{Stored, refreshes},
    support::{Browser, Hold, location, run_background_tasks},
};

/// The keys of all bodies that were ever written.
fn bodies(stored: &Stored) -> Vec<StoreKey> {
    let mut keys: Vec<StoreKey> = Vec::new();
    for (key, _) in stored.store.written("session/") {
        if !key.as_str().starts_with("session/list") && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

async fn has_body(stored: &Stored, number: usize) -> bool {
    stored.app.store.get(&bodies(stored)[number]).await.unwrap().is_some()
}

async fn back_channel(browser: &Browser, token: &str) -> u16 {
    let mut head = RequestHead::new("POST", "/auth/backchannel-logout");
    head.header("content-type", b"application/x-www-form-urlencoded");
    let body = format!("logout_token={token}");
    browser.zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(body.as_bytes()) }).await.status
}

#[tokio::test]
async fn copy_of_a_cookie_is_refused_everywhere_after_a_logout_and_the_body_is_removed() {
    let stored = Stored::new();
    let mut here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    assert!(there.open("/").await.is_ok());
    let copy = here.clone();
    assert!(has_body(&stored, 0).await);
    here.logout().await;
    assert!(!has_body(&stored, 0).await);
    assert_eq!(copy.clone().open("/").await.err(), Some(302), "where it was logged out");
    assert_eq!(stored.elsewhere(&copy).open("/").await.err(), Some(302), "a replica that never saw it");
    stored.app.advance(6);
    assert_eq!(there.open("/").await.err(), Some(302), "a replica that has it in memory, after the lag");
    assert_eq!(there.session_cookies(), []);
    assert_eq!(stored.app.emulator.count(EndpointName::Revoke), 1);
}

/// The replica of the logout remembers tokens from before two refreshes.
#[tokio::test]
async fn logout_revokes_the_tokens_that_another_replica_got() {
    let stored = Stored::new();
    let mut here = stored.logged_in("alice").await;
    let mut there = stored.elsewhere(&here);
    for expected in 1..=2 {
        stored.app.advance(601);
        assert_eq!(refreshes(&mut there).await, Ok(expected));
    }
    stored.app.advance(301);
    here.logout().await;
    assert!(stored.app.transport.revoked_a_current_token());
}

#[tokio::test]
async fn known_end_needs_no_call_of_the_store() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let copy = browser.clone();
    browser.logout().await;
    let calls = stored.store.calls();
    assert_eq!(copy.clone().open("/").await.err(), Some(302));
    assert_eq!(stored.store.calls(), calls);
}

#[tokio::test]
async fn end_of_a_session_of_the_provider_ends_the_sessions_that_belong_to_it() {
    for names_user in [true, false] {
        let stored = Stored::new();
        let mut here = stored.logged_in("alice").await;
        let sid = stored.app.emulator.session_ids("alice").pop().unwrap();
        let mut there = stored.elsewhere(&here);
        assert!(there.open("/").await.is_ok());
        let mut bob = stored.logged_in("bob").await;
        let mut token = stored.app.emulator.logout_token_for("alice", &sid);
        if !names_user {
            token = token.without_claim("sub");
        }
        assert_eq!(back_channel(&here, &token.build()).await, 200);
        assert_eq!(here.open("/").await.err(), Some(302));
        stored.app.advance(6);
        assert_eq!(has_body(&stored, 0).await, !names_user, "removed, or when it is asked for");
        assert_eq!(there.open("/").await.err(), Some(302));
        assert!(!has_body(&stored, 0).await);
        assert!(bob.open("/").await.is_ok());
        assert!(has_body(&stored, 1).await);
    }
}

#[tokio::test]
async fn end_of_all_sessions_of_a_user_ends_those_that_began_before() {
    let stored = Stored::new();
    let browsers = [stored.logged_in("alice").await, stored.logged_in("alice").await];
    let mut bob = stored.logged_in("bob").await;
    let subject = browsers[0].clone().open("/").await.unwrap().subject().to_owned();
    stored.app.advance(10);
    browsers[0].zitadel.end_sessions(&subject).await.unwrap();
    for number in 0..2 {
        assert!(!has_body(&stored, number).await);
    }
    stored.app.advance(6);
    let mut later = stored.logged_in("alice").await;
    for browser in &browsers {
        assert_eq!(browser.clone().open("/").await.err(), Some(302));
        assert_eq!(stored.elsewhere(browser).open("/").await.err(), Some(302));
    }
    assert!(bob.open("/").await.is_ok() && later.open("/").await.is_ok());
    assert!(stored.elsewhere(&later).open("/").await.is_ok());
    let user = later.open("/").await.unwrap();
    assert_eq!(later.zitadel.sessions(&user).await.unwrap().len(), 1);
}

#[tokio::test]
async fn session_whose_body_is_gone_is_over_and_the_cookie_is_removed() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    stored.app.store.remove(&bodies(&stored)[0]).await.unwrap();
    let mut elsewhere = stored.elsewhere(&browser);
    assert_eq!(elsewhere.open("/").await.err(), Some(302));
    assert_eq!(elsewhere.session_cookies(), []);
    stored.app.advance(601);
    assert_eq!(browser.open("/").await.err(), Some(302), "no token is spent for it");
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn session_whose_body_is_removed_while_it_is_written_is_over() {
    let stored = Stored::new();
    let browser = stored.logged_in("alice").await;
    stored.app.advance(361);
    stored.store.hold_swap("session/");
    let request = tokio::spawn({
        let mut browser = browser.clone();
        async move { (browser.open("/").await.err(), browser) }
    });
    stored.store.wait_until_held().await;
    stored.app.store.remove(&bodies(&stored)[0]).await.unwrap();
    stored.store.release();
    let (result, browser) = request.await.unwrap();
    assert_eq!((result, browser.session_cookies()), (Some(302), Vec::new()));
    assert!(!has_body(&stored, 0).await);
}

#[tokio::test]
async fn logout_during_a_refresh_ends_the_session_and_revokes_the_new_tokens() {
    let stored = Stored::new();
    let mut here = stored.logged_in("alice").await;
    let there = stored.elsewhere(&here);
    stored.app.advance(601);
    stored.app.transport.hold(Hold::Response, "/token");
    let request = tokio::spawn(async move {
        let mut there = there;
        (refreshes(&mut there).await, there)
    });
    stored.app.transport.wait_until_held().await;
    assert!(location(&here.logout().await).starts_with("https://zitadel.example/"));
    stored.app.transport.release.add_permits(1);
    let (result, there) = request.await.unwrap();
    assert_eq!(result, Err(302));
    run_background_tasks().await;
    assert_eq!(stored.elsewhere(&there).open("/").await.err(), Some(302));
    assert!(stored.app.transport.revoked_a_current_token());
}

#[tokio::test]
async fn login_as_another_user_ends_the_earlier_session() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let copy = browser.clone();
    // The replica of the login has not seen the earlier session.
    browser.zitadel = stored.replica();
    assert_eq!(browser.login("bob", "/").await.status, 302);
    run_background_tasks().await;
    assert_eq!(stored.elsewhere(&copy).open("/").await.err(), Some(302));
    assert_eq!(browser.open("/").await.unwrap().name(), Some("Bob Brown"));
    assert!(stored.app.transport.revoked_a_current_token());
    assert!(!has_body(&stored, 0).await);
}

#[tokio::test]
async fn body_expires_with_the_idle_limit() {
    let stored = Stored::new();
    let _ = stored.logged_in("alice").await;
    stored.app.advance(3_599);
    assert!(has_body(&stored, 0).await);
    stored.app.advance(2);
    assert!(!has_body(&stored, 0).await);
}
