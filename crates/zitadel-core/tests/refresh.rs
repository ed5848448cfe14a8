//! Refresh, exactly once: storms, faults of the provider, roles that change, tokens that die.

mod support;

use support::{Browser, World};
use zitadel_core::Endpoint;
use zitadel_emulator::{EndpointName, Fault};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_at_once_make_one_token_call_and_all_set_the_same_session() {
    let world = World::short_lived();
    let browser = world.signed_in("alice").await;
    let before = world.emulator.count(EndpointName::Token);
    world.advance(601);

    let requests: Vec<_> = (0..200)
        .map(|_| {
            let browser = browser.clone();
            tokio::spawn(async move {
                let authentication = browser.request("GET", "/profile").await;
                assert_eq!(authentication.user().unwrap().name(), Some("Alice Anderson"));
                let mut after = browser.clone();
                after.receive(&authentication);
                after.session_cookie().unwrap().to_owned()
            })
        })
        .collect();
    let mut cookies = Vec::new();
    for request in requests {
        cookies.push(request.await.unwrap());
    }
    assert_eq!(world.emulator.count(EndpointName::Token) - before, 1);
    assert_ne!(Some(cookies[0].as_str()), browser.session_cookie());
    // Whichever of the answers the browser took last: the next request works, without another token call.
    cookies.dedup();
    assert_eq!(cookies.len(), 1, "every answer sets the same session, to the letter");
    for cookie in cookies {
        let mut next = browser.clone();
        next.cookies.insert("zitadel.session".to_owned(), cookie);
        assert_eq!(next.visit("/profile").await.unwrap().session().unwrap().refresh_count(), 1);
    }
    assert_eq!(world.emulator.count(EndpointName::Token) - before, 1);
}

#[tokio::test]
async fn a_request_that_comes_late_with_the_old_cookie_gets_the_successor() {
    let world = World::short_lived();
    let mut first = world.signed_in("alice").await;
    let mut late = first.clone();
    world.advance(601);
    first.visit("/").await.unwrap();
    world.advance(299);
    assert_eq!(late.visit("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(late.session_cookie(), first.session_cookie(), "the very same cookie");
    assert_eq!(world.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_lose_the_rotated_token() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.advance(601);
    {
        let head = browser.head("GET", "/");
        let request = browser.zitadel.authenticate(head);
        // Polled once, then dropped: the browser is gone before the answer came.
        tokio::select! {
            biased;
            _ = request => panic!("it cannot be that fast"),
            () = tokio::task::yield_now() => {}
        }
    }
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert_eq!(browser.visit("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(world.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn two_replicas_that_share_a_store_refresh_once() {
    let world = World::short_lived();
    let mut here = world.signed_in("alice").await;
    world.advance(601);
    let mut there = Browser { zitadel: world.replica().zitadel, ..here.clone() };
    let (a, b) = tokio::join!(here.visit("/"), there.visit("/"));
    assert_eq!(a.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(b.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(world.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn a_session_that_ended_on_one_replica_has_ended_on_the_other_within_the_lag() {
    let world = World::new();
    let mut here = world.signed_in("alice").await;
    let mut there = Browser { zitadel: world.replica().zitadel, ..here.clone() };
    there.visit("/").await.unwrap();
    here.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    world.advance(5);
    assert!(there.visit("/").await.is_err());
}

#[tokio::test]
async fn a_role_taken_away_is_gone_at_the_next_refresh() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    assert!(browser.visit("/").await.unwrap().roles().has("admin"));
    world.emulator.set_roles("alice", &["user"]);
    world.advance(601);
    let user = browser.visit("/").await.unwrap();
    assert!(!user.roles().has("admin") && user.roles().has("user"));
    assert_eq!(user.email(), Some("alice@example.com"), "the other claims are still there");
}

#[tokio::test]
async fn someone_deactivated_is_signed_out_at_the_next_refresh() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.emulator.deactivate("alice");
    world.advance(601);
    assert!(browser.visit("/").await.is_err());
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn a_dead_refresh_token_ends_the_session_and_is_asked_for_once() {
    let world = World::short_lived();
    let browser = world.signed_in("alice").await;
    world.emulator.restart();
    world.advance(601);
    for _ in 0..5 {
        let mut copy = browser.clone();
        assert_eq!(copy.visit("/").await.err(), Some(302));
        assert_eq!(copy.session_cookie(), None);
    }
    assert_eq!(world.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn a_provider_in_trouble_keeps_the_session_and_recovers() {
    for fault in [Fault::Status(500), Fault::Html, Fault::Status(503), Fault::Status(429), Fault::Drop] {
        let world = World::short_lived();
        let mut browser = world.signed_in("alice").await;
        // Due for a refresh, not expired yet.
        world.advance(580);
        world.emulator.fault(EndpointName::Token, fault.clone());
        assert!(browser.visit("/").await.is_ok(), "{fault:?}: the access token still lives");
        world.advance(21);
        assert_eq!(browser.visit("/").await.err(), Some(503), "{fault:?}: now it does not");
        assert!(browser.session_cookie().is_some(), "{fault:?}: the session is kept");
        world.emulator.clear_faults();
        world.advance(3);
        assert!(browser.visit("/").await.is_ok(), "{fault:?}: all is well again");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_flooded_with_refreshes() {
    let world = World::short_lived();
    let browser = world.signed_in("alice").await;
    world.advance(601);
    world.pull_the_plug(true);
    world.wire.seen.lock().unwrap().clear();
    for _ in 0..20 {
        assert_eq!(browser.clone().visit("/").await.err(), Some(503));
    }
    assert_eq!(world.wire.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn userinfo_that_fails_after_a_rotation_costs_nothing_but_time() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.emulator.set_roles("alice", &["user"]);
    world.advance(601);
    world.emulator.fault(EndpointName::UserInfo, Fault::Status(500));
    let user = browser.visit("/").await.unwrap();
    assert!(user.roles().has("admin"), "the claims of before");
    world.emulator.clear_faults();
    world.advance(60);
    assert!(!browser.visit("/").await.unwrap().roles().has("admin"), "caught up a minute later");
}

#[tokio::test]
async fn claims_about_somebody_else_end_the_session() {
    let world = World::short_lived();
    let mut browser = world.signed_in("alice").await;
    world.advance(601);
    world.emulator.fault(EndpointName::UserInfo, Fault::WrongSubject);
    assert!(browser.visit("/").await.is_err());
    assert_eq!(browser.session_cookie(), None);
}

#[tokio::test]
async fn live_userinfo_with_a_token_that_died_in_a_refresh_tries_once_more_with_its_successor() {
    let world = World::short_lived();
    let mut here = world.signed_in("alice").await;
    let mut there = here.clone();
    world.advance(580);
    here.visit("/").await.unwrap();
    // The same moment for the other tab: its cookie holds the token that the refresh killed.
    let reply = there.serve(Endpoint::UserInfo, "GET", "/auth/userinfo", "").await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(world.emulator.count(EndpointName::Token), 2);
    assert!(there.visit("/").await.is_ok());
}
