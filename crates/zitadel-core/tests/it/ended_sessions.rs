//! Ended means ended, on every replica: told by the store, or asked.

use std::{sync::Arc, time::Duration};

use zitadel_core::{ErrorCode, Zitadel, environment::StoreEvent};
use zitadel_emulator::EndpointName;

use crate::support::{AnnouncingStore, App, Browser};

/// Replicas of one application that share a store.
struct Replicas {
    app: App,
    store: Arc<AnnouncingStore>,
}

impl Replicas {
    fn new() -> Self {
        let app = App::new();
        let store = AnnouncingStore::new(&app.store);
        Self { app, store }
    }

    fn replica(&self) -> Zitadel {
        self.app.builder().store(self.store.clone()).build().unwrap()
    }

    /// The browser of a user who logged in at a replica, and the same browser at another one.
    async fn at_two(&self, user: &str) -> (Browser, Browser) {
        let mut one = self.app.browser_of(self.replica());
        assert_eq!(one.login(user, "/profile").await.status, 302);
        let mut other = Browser { zitadel: self.replica(), ..one.clone() };
        assert!(other.open("/").await.is_ok());
        // Both subscribed with their first question; the next one is answered while they are told.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.app.advance(6);
        assert!(one.open("/").await.is_ok() && other.open("/").await.is_ok());
        (one, other)
    }
}

#[tokio::test]
async fn logout_is_known_to_other_replicas_at_once_and_without_a_question() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    let reads = replicas.store.reads();
    for _ in 0..100 {
        replicas.app.advance(30);
        assert!(other.open("/").await.is_ok(), "far beyond the revocation lag");
    }
    assert_eq!(replicas.store.reads(), reads, "while it is told, a replica does not ask");
    one.logout().await;
    assert_eq!(other.open("/").await.err(), Some(302));
    assert_eq!(other.session_cookies(), []);
}

#[tokio::test]
async fn replica_that_is_not_told_asks_within_the_lag_and_does_not_guess() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    replicas.store.tell(&StoreEvent::Interrupted).await;
    let reads = replicas.store.reads();
    replicas.app.advance(6);
    assert!(other.open("/").await.is_ok());
    assert!(replicas.store.reads() > reads, "it asks");
    // What it does not know: the store is down beyond the lag.
    replicas.store.set_down(true);
    assert!(other.open("/").await.is_ok(), "within the lag");
    replicas.app.advance(6);
    assert_eq!(other.open("/").await.err(), Some(503));
    replicas.store.set_down(false);
    assert!(other.open("/").await.is_ok());
    // It is told again.
    replicas.store.tell(&StoreEvent::Subscribed).await;
    replicas.app.advance(6);
    assert!(other.open("/").await.is_ok(), "asks once more: it was not told in between");
    let reads = replicas.store.reads();
    // Just before the session would be dropped from memory.
    replicas.app.advance(599);
    assert!(other.open("/").await.is_ok());
    assert_eq!(replicas.store.reads(), reads);
    one.logout().await;
    assert_eq!(other.open("/").await.err(), Some(302));
}

/// A session that a replica has not seen since the end, too.
#[tokio::test]
async fn end_during_an_interruption_is_found_when_the_replica_asks() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    // Only the subscriber of the other one is lost; the logout is announced to nobody.
    replicas.store.tell(&StoreEvent::Interrupted).await;
    let quiet = replicas.app.builder().store(replicas.app.store.clone()).build().unwrap();
    one.zitadel = quiet;
    one.logout().await;
    replicas.store.tell(&StoreEvent::Subscribed).await;
    replicas.app.advance(6);
    assert_eq!(other.open("/").await.err(), Some(302));
}

/// It may have lost announcements for two seconds when it is interrupted; the lag is five.
#[tokio::test]
async fn interruption_costs_nobody_an_answer_for_three_seconds_and_nobody_is_let_in_beyond_the_lag() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    let mut copy = other.clone();
    // Far beyond the lag. A session that nobody asks for is dropped from memory after ten minutes.
    for _ in 0..2 {
        replicas.app.advance(599);
        assert!(other.open("/").await.is_ok());
    }
    let quiet = replicas.app.builder().store(replicas.app.store.clone()).build().unwrap();
    one.zitadel = quiet;
    one.logout().await;
    replicas.app.advance(2);
    replicas.store.tell(&StoreEvent::Interrupted).await;
    replicas.store.set_down(true);
    assert!(other.open("/").await.is_ok(), "it was told of every end until two seconds ago");
    replicas.app.advance(2);
    assert!(other.open("/").await.is_ok());
    // Five seconds after the end, of which nobody told.
    replicas.app.advance(1);
    assert_eq!(other.open("/").await.err(), Some(503));
    replicas.store.set_down(false);
    assert_eq!(other.open("/").await.err(), Some(302));
    // A subscription that comes back says nothing about the time before it.
    replicas.store.tell(&StoreEvent::Subscribed).await;
    assert_eq!(copy.open("/").await.err(), Some(302));
}

#[tokio::test]
async fn second_interruption_lets_in_nobody_whose_end_may_have_been_lost_in_the_first() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    replicas.app.advance(600);
    replicas.store.tell(&StoreEvent::Interrupted).await;
    one.zitadel = replicas.app.builder().store(replicas.app.store.clone()).build().unwrap();
    one.logout().await;
    replicas.store.tell(&StoreEvent::Subscribed).await;
    replicas.app.advance(600);
    replicas.store.tell(&StoreEvent::Interrupted).await;
    replicas.store.set_down(true);
    assert_eq!(other.open("/").await.err(), Some(503));
}

#[tokio::test]
async fn administrator_ends_all_sessions_of_a_user_that_began_before() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    let (mut third, _) = replicas.at_two("alice").await;
    let (mut bob, _) = replicas.at_two("bob").await;
    let subject = one.open("/").await.unwrap().subject().to_owned();
    replicas.app.advance(10);
    replicas.replica().end_sessions(&subject).await.unwrap();
    for browser in [&mut one, &mut other, &mut third] {
        assert_eq!(browser.open("/").await.err(), Some(302));
    }
    assert!(bob.open("/").await.is_ok());
    replicas.app.advance(1);
    one.login("alice", "/").await;
    assert!(one.open("/").await.is_ok(), "a session that began later");
    let mut fresh = Browser { zitadel: replicas.replica(), ..one.clone() };
    assert!(fresh.open("/").await.is_ok(), "at a replica that asks the store");
    assert_eq!(replicas.app.emulator.count(EndpointName::Revoke), 0);
}

#[tokio::test]
async fn logout_everywhere_ends_all_sessions_of_the_user_and_of_nobody_else() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    let (mut third, _) = replicas.at_two("alice").await;
    let (mut bob, _) = replicas.at_two("bob").await;
    one.logout_with("everywhere=false").await;
    assert!(third.open("/").await.is_ok());
    one.login("alice", "/").await;
    let reply = one.logout_with("everywhere=true").await;
    assert!(reply.header("location").unwrap().contains("end_session"), "at the provider as usual");
    for browser in [&mut one, &mut other, &mut third] {
        assert_eq!(browser.open("/").await.err(), Some(302));
    }
    assert!(bob.open("/").await.is_ok());
}

#[tokio::test]
async fn logout_everywhere_that_the_store_does_not_take_is_reported() {
    let replicas = Replicas::new();
    let (mut one, _) = replicas.at_two("alice").await;
    replicas.store.set_down(true);
    let reply = one.logout_with("everywhere=true").await;
    assert_eq!(reply.header("location"), Some("/auth/logout/error?reason=store_unavailable"));
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn end_that_the_store_does_not_take_is_written_as_soon_as_it_does() {
    let replicas = Replicas::new();
    let (mut one, mut other) = replicas.at_two("alice").await;
    let subject = one.open("/").await.unwrap().subject().to_owned();
    replicas.store.set_down(true);
    let error = one.zitadel.end_sessions(&subject).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::StoreUnavailable);
    assert_eq!(one.open("/").await.err(), Some(302), "this replica knows");
    assert!(other.open("/").await.is_ok(), "another replica cannot know yet");
    replicas.store.set_down(false);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(other.open("/").await.err(), Some(302));
    assert_eq!(one.open("/").await.err(), Some(302));
}

/// A replica that could not reach the store is behind: of two moments for one user the later one counts.
#[tokio::test(start_paused = true)]
async fn end_that_is_written_late_does_not_undo_a_later_one() {
    let replicas = Replicas::new();
    let (one, _) = replicas.at_two("alice").await;
    let subject = one.clone().open("/").await.unwrap().subject().to_owned();
    let cut_off = AnnouncingStore::new(&replicas.app.store);
    let behind = replicas.app.builder().store(cut_off.clone()).build().unwrap();
    cut_off.set_down(true);
    behind.end_sessions(&subject).await.unwrap_err();
    replicas.app.advance(10);
    let mut between = replicas.app.browser_of(replicas.replica());
    between.login("alice", "/").await;
    replicas.app.advance(10);
    replicas.replica().end_sessions(&subject).await.unwrap();
    cut_off.set_down(false);
    tokio::time::sleep(Duration::from_secs(1)).await;
    for replica in [replicas.replica(), behind] {
        let mut browser = Browser { zitadel: replica, ..between.clone() };
        assert_eq!(browser.open("/").await.err(), Some(302));
    }
    assert_eq!(one.clone().open("/").await.err(), Some(302));
}

#[tokio::test]
async fn revocation_lag_of_zero_asks_for_every_request_although_it_is_told() {
    let replicas = Replicas::new();
    let builder = replicas.app.builder_with(|config| config.revocation_lag(Duration::ZERO));
    let mut browser = replicas.app.browser_of(builder.store(replicas.store.clone()).build().unwrap());
    browser.login("alice", "/").await;
    for _ in 0..3 {
        let reads = replicas.store.reads();
        assert!(browser.open("/").await.is_ok());
        assert!(replicas.store.reads() > reads);
    }
}

/// Two applications of one provider that share a store: their users have the same ids.
#[tokio::test]
async fn end_of_all_sessions_of_a_user_is_that_of_one_application() {
    let replicas = Replicas::new();
    let (mut one, _) = replicas.at_two("alice").await;
    let subject = one.open("/").await.unwrap().subject().to_owned();
    let other = App::new();
    let config = zitadel_core::Config::from_vars({
        let mut vars = other.vars.clone();
        vars.insert("ZITADEL_CLIENT_ID".to_owned(), "another-application".to_owned());
        vars
    });
    let other = Zitadel::builder(config.unwrap()).transport(other.transport.clone()).clock(replicas.app.clock.clone());
    other.store(replicas.store.clone()).build().unwrap().end_sessions(&subject).await.unwrap();
    assert!(one.open("/").await.is_ok());
}
