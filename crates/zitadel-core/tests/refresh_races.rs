//! What a refresh must survive: requests that come at the same time, late, or with a provider that does not rotate.

mod support;

use std::{sync::atomic::Ordering, time::Duration};

use support::{
    Browser, World,
    rig::{Hold, NoRotation, Rig, tokens_used},
};
use zitadel_core::Endpoint;
use zitadel_emulator::{EndpointName, Fault};

#[tokio::test]
async fn a_slow_userinfo_after_a_rotation_does_not_let_another_replica_end_the_session() {
    let rig = Rig::new(Hold::Request);
    let mut here = rig.browser(rig.replica());
    here.sign_in("alice", "/profile").await;
    let mut there = Browser { zitadel: rig.replica(), ..here.clone() };
    rig.advance(601);
    rig.gate.hold("userinfo");
    let first = tokio::spawn({
        let mut here = here.clone();
        async move { (here.visit("/").await.err(), here) }
    });
    // The tokens are rotated; userinfo takes its time (metadata 8 s + token 8 s + keys 8 s + userinfo 8 s may pass).
    rig.gate.arrived.acquire().await.unwrap().forget();
    rig.advance(11);
    let loser = there.visit("/").await.err();
    rig.gate.open.add_permits(1);
    let (winner, mut here) = first.await.unwrap();
    rig.advance(6);
    let after = here.visit("/").await.err();
    assert_eq!((winner, loser, after), (None, None, None), "(winner, other replica, winner afterwards)");
}

#[tokio::test]
async fn a_stale_cookie_does_not_end_the_session_that_was_refreshed_from_it() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    let mut late = browser.clone();
    world.advance(601);
    browser.visit("/").await.unwrap();
    world.advance(61);
    let _ = late.visit("/").await;
    assert_eq!(browser.visit("/").await.err(), None, "whoever holds the newest cookie stays signed in");
}

#[tokio::test]
async fn a_late_answer_that_overwrites_a_newer_cookie_costs_nobody_the_session() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.advance(500);
    // A page that takes long: its cookie was decided on now and arrives last.
    let slow = browser.request("GET", "/report").await;
    world.advance(101);
    browser.visit("/").await.unwrap();
    browser.receive(&slow);
    world.advance(61);
    assert_eq!(browser.visit("/").await.err(), None);
}

#[test]
fn a_runtime_that_ends_before_a_refresh_began_does_not_block_the_next() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = World::short_lived();
    let mut browser = runtime().block_on(world.signed_in("alice"));
    world.advance(601);
    // The runtime of one actix-web worker: it ends right after the refresh was handed to it.
    let first = runtime();
    first.block_on(async {
        let head = browser.head("GET", "/");
        let mut request = Box::pin(browser.zitadel.authenticate(head));
        let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(request.as_mut().poll(cx).is_pending())).await;
        assert!(poll);
    });
    drop(first);
    world.advance(30);
    assert_eq!(runtime().block_on(browser.visit("/")).err(), None);
}

#[tokio::test]
async fn live_user_info_of_a_handler_does_not_lose_a_rotated_token() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    let user = browser.visit("/").await.unwrap();
    // The token died early: an administrator revoked it. The handler's answer cannot carry a new cookie.
    world.emulator.fault_times(EndpointName::UserInfo, Fault::Status(401), 1);
    assert!(world.zitadel.user_info(&user).await.is_err());
    assert_eq!(tokens_used(&world.emulator).len(), 0, "nothing was rotated");
    world.advance(601);
    assert_eq!(browser.visit("/").await.err(), None, "the only copy of the rotated token is gone");
}

#[tokio::test]
async fn an_answer_that_fails_after_a_refresh_still_carries_the_refreshed_session() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    // The token dies early: another tab, or an administrator.
    rig.emulator.fault_times(EndpointName::UserInfo, Fault::Status(401), 1);
    // 1: refused; 2: within the refresh; 3: the second try, which fails.
    rig.gate.fail_user_info_after.store(2, Ordering::Relaxed);
    let reply = browser.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!((reply.status, tokens_used(&rig.emulator).len()), (503, 1));
    assert!(reply.header("set-cookie").is_some(), "the rotated token does not reach the browser");
}

#[tokio::test]
async fn a_callback_without_its_attempt_carries_the_session_it_refreshed() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.advance(601);
    let reply = browser.callback("/auth/callback?code=x&state=12345678910").await;
    assert_eq!((reply.status, tokens_used(&world.emulator).len()), (302, 1));
    assert!(reply.header("set-cookie").is_some(), "the rotated token does not reach the browser");
}

/// Time that nobody moves passes by itself here, as soon as everyone waits.
#[tokio::test(start_paused = true)]
async fn nobody_whose_access_token_lives_waits_longer_than_two_seconds_for_a_refresh() {
    let rig = Rig::new(Hold::Answer);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    rig.advance(580);
    rig.gate.hold("token");
    let early = tokio::time::timeout(Duration::from_millis(2_100), browser.visit("/")).await.unwrap();
    assert_eq!(early.unwrap().session().unwrap().refresh_count(), 0);
    rig.gate.open.add_permits(1);
    assert_eq!(browser.visit("/").await.unwrap().session().unwrap().refresh_count(), 1, "the refresh went on");
    assert_eq!(tokens_used(&rig.emulator).len(), 1);
}

#[tokio::test]
async fn a_session_that_outgrows_its_cookies_is_ended_and_its_tokens_are_revoked() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    browser.sign_in("alice", "/profile").await;
    rig.advance(601);
    rig.gate.inflate.store(300 * 1024, Ordering::Relaxed);
    assert_eq!(browser.visit("/").await.err(), Some(502));
    assert_eq!(browser.session_cookies(), [], "or the browser is sent in circles");
    assert!(rig.gate.revoked_a_live_token());
}

#[tokio::test]
async fn a_provider_that_does_not_rotate_is_asked_again_when_the_next_token_is_due() {
    let (rig, zitadel) = NoRotation::rig();
    rig.emulator.client().set_access_token_lifetime(Duration::from_secs(20));
    let mut browser = rig.browser(zitadel);
    browser.sign_in("alice", "/profile").await;
    for round in 1..=5 {
        rig.advance(21);
        assert_eq!(browser.visit("/").await.unwrap().session().unwrap().refresh_count(), round);
    }
}

#[tokio::test]
async fn one_refresh_token_in_two_sessions_does_not_make_them_one() {
    let (rig, zitadel) = NoRotation::rig();
    let mut alice = rig.browser(zitadel.clone());
    alice.sign_in("alice", "/profile").await;
    let mut bob = rig.browser(zitadel);
    bob.sign_in("bob", "/profile").await;
    rig.advance(601);
    let _ = alice.visit("/").await;
    let user = bob.visit("/").await;
    assert!(user.is_err() || user.unwrap().name() == Some("Bob Brown"));
}
