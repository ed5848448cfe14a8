//! Refreshes and requests that overlap, arrive late, or lose their runtime.

use std::task::Poll;

use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Browser, Hold};

#[tokio::test]
async fn slow_userinfo_after_a_rotation_does_not_let_another_replica_end_the_session() {
    let app = App::with_short_lived_tokens();
    let mut here = app.browser_of(app.replica());
    here.login("alice", "/profile").await;
    let mut there = Browser { zitadel: app.replica(), ..here.clone() };
    app.advance(601);
    app.transport.hold(Hold::Request, "userinfo");
    let first = tokio::spawn({
        let mut here = here.clone();
        async move { (here.open("/").await.err(), here) }
    });
    // The tokens are rotated, userinfo is slow (metadata, token, keys and userinfo may take 8 s each).
    app.transport.wait_until_held().await;
    app.advance(11);
    let other = there.open("/").await.err();
    app.transport.release.add_permits(1);
    let (first, mut here) = first.await.unwrap();
    app.advance(6);
    let after = here.open("/").await.err();
    assert_eq!((first, other, after), (None, None, None), "(first, other replica, first afterwards)");
}

#[tokio::test]
async fn access_token_that_expires_before_userinfo_is_read_with_it_does_not_end_the_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    app.transport.hold(Hold::Request, "userinfo");
    let page = tokio::spawn(async move { (browser.open("/").await.err(), browser) });
    app.transport.wait_until_held().await;
    app.advance(600);
    app.transport.release.add_permits(1);
    let (page, mut browser) = page.await.unwrap();
    assert_eq!(page, None);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 2);
}

#[tokio::test]
async fn stale_cookie_does_not_end_the_session_that_was_refreshed_from_it() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let mut late = browser.clone();
    app.advance(601);
    browser.open("/").await.unwrap();
    app.advance(61);
    let _ = late.open("/").await;
    assert_eq!(browser.open("/").await.err(), None);
}

#[tokio::test]
async fn late_response_that_overwrites_a_newer_cookie_does_not_end_the_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(500);
    // A slow page: its cookie is decided now and arrives last.
    let slow = browser.authenticate("GET", "/report").await;
    app.advance(101);
    browser.open("/").await.unwrap();
    browser.receive(&slow);
    app.advance(61);
    assert_eq!(browser.open("/").await.err(), None);
}

#[test]
fn runtime_that_ends_before_its_refresh_began_does_not_block_the_next() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = App::with_short_lived_tokens();
    let mut browser = runtime().block_on(app.logged_in("alice"));
    app.advance(601);
    // The runtime of one actix-web worker: it ends right after the refresh was spawned there.
    let first = runtime();
    first.block_on(async {
        let mut request = Box::pin(browser.authenticate("GET", "/"));
        let is_pending = std::future::poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
    });
    drop(first);
    app.advance(30);
    assert_eq!(runtime().block_on(browser.open("/")).err(), None);
}

#[tokio::test]
async fn wrong_userinfo_after_a_rotation_ends_the_session_of_a_replica_that_already_has_the_new_tokens() {
    let app = App::with_short_lived_tokens();
    let mut here = app.logged_in("alice").await;
    let mut there = Browser { zitadel: app.replica(), ..here.clone() };
    app.advance(601);
    app.transport.hold(Hold::Request, "userinfo");
    let first = tokio::spawn(async move { here.open("/").await.err() });
    app.transport.wait_until_held().await;
    assert_eq!(there.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    app.emulator.fault(EndpointName::UserInfo, Fault::WrongSubject);
    app.transport.release.add_permits(1);
    assert_eq!(first.await.unwrap(), Some(302));
    app.emulator.clear_faults();
    app.advance(5);
    assert_eq!(there.open("/").await.err(), Some(302));
    assert_eq!(there.session_cookies(), []);
    assert!(app.transport.revoked_a_current_token());
}
