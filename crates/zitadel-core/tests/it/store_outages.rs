//! A store that does not respond.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use zitadel_core::{
    Endpoint,
    environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey},
};

use crate::support::{AnnouncingStore, App, BASE, Browser, Hold, Log, assert_page, json, location, query};

/// A store that is not available.
struct Unavailable;

impl Unavailable {
    fn fail<T: Send>() -> BoxFuture<'static, Result<T, StoreError>> {
        Box::pin(async { Err(StoreError::new("unplugged")) })
    }
}

impl Store for Unavailable {
    fn get(&self, _: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        Self::fail()
    }
    fn put(&self, _: &StoreKey, _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        Self::fail()
    }
    fn put_if_absent(&self, _: &StoreKey, _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        Self::fail()
    }
    fn compare_and_swap(
        &self,
        _: &StoreKey,
        _: &[u8],
        _: Vec<u8>,
        _: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        Self::fail()
    }
    fn remove(&self, _: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        Self::fail()
    }
}

/// A store that fails twice, right after a refreshed session was published in it.
struct FailsAfterPublication {
    inner: Arc<MemoryStore>,
    /// `u32::MAX` before the publication.
    failures_left: AtomicU32,
}

impl Store for FailsAfterPublication {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let take = |left: u32| left.checked_sub(1).filter(|_| left != u32::MAX);
        match self.failures_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Unavailable::fail(),
            Err(_) => self.inner.get(key),
        }
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        if key.as_str().starts_with("successor/") {
            let _ = self.failures_left.compare_exchange(u32::MAX, 2, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.inner.put(key, value, ttl)
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.put_if_absent(key, value, ttl)
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.compare_and_swap(key, expected, value, ttl)
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}

#[tokio::test]
async fn store_failure_after_a_rotation_does_not_lose_the_tokens() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let store = FailsAfterPublication { inner: app.store.clone(), failures_left: AtomicU32::new(u32::MAX) };
    browser.zitadel = app.builder().store(store).build().unwrap();
    app.advance(601);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    app.advance(301);
    assert_eq!(browser.open("/").await.err(), None, "the rotated token is in the cookie");
}

#[tokio::test(start_paused = true)]
async fn store_that_is_down_when_tokens_arrive_learns_of_them_before_another_replica_spends_the_old_one() {
    let app = App::with_short_lived_tokens();
    let store = AnnouncingStore::new(&app.store);
    let replica = || app.builder().store(store.clone()).build().unwrap();
    let mut here = app.browser_of(replica());
    here.login("alice", "/profile").await;
    let mut there = Browser { zitadel: replica(), ..here.clone() };
    app.advance(601);
    app.transport.hold(Hold::Response, "/token");
    let first = tokio::spawn(async move { (here.open("/").await.err(), here) });
    app.transport.wait_until_held().await;
    store.set_down(true);
    app.transport.release.add_permits(1);
    let (_, mut here) = first.await.unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    store.set_down(false);
    // The lease has ended meanwhile.
    app.advance(11);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(there.open("/").await.map(|user| user.session().unwrap().refresh_count()), Ok(1));
    assert_eq!(here.open("/").await.err(), None);
    assert_eq!(app.transport.fields("/token", "refresh_token").len(), 1);
}

#[tokio::test]
async fn unavailable_store_ends_no_session_serves_no_protected_route_and_makes_a_logout_fail() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.builder().store(Unavailable).build().unwrap();
    let before = browser.session_cookie().map(str::to_owned);
    assert_eq!(browser.open("/").await.err(), Some(503));
    assert_eq!(browser.session_cookie().map(str::to_owned), before);
    let reply = browser.session().await;
    assert_eq!(json(&reply, 503)["error"], "store_unavailable", "the provider is not to blame");
    assert_eq!(reply.header("retry-after"), Some("5"));
    let readiness = json(&browser.zitadel.readiness().await, 503);
    assert_eq!(readiness["dependencies"], serde_json::json!({"zitadel": "ok", "store": "unavailable"}));
    assert_eq!(readiness["reasons"], serde_json::json!({"store": "store_unavailable"}));

    let mut anonymous = app.browser_of(browser.zitadel.clone());
    assert_eq!(anonymous.open("/").await.err(), Some(302), "a request without a session needs no store");

    let reply = browser.logout().await;
    assert_eq!(location(&reply), "/auth/logout/error?reason=store_unavailable");
    assert_eq!(browser.session_cookie(), None);
}

/// A store that fails as soon as replicas agree on a refresh.
struct FailsAtTheLease(Arc<MemoryStore>);

impl Store for FailsAtTheLease {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.0.get(key)
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.put(key, value, ttl)
    }
    fn put_if_absent(&self, _: &StoreKey, _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        Unavailable::fail()
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.0.compare_and_swap(key, expected, value, ttl)
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.0.remove(key)
    }
}

#[tokio::test]
async fn refresh_that_the_store_prevents_is_called_the_stores() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.builder().store(FailsAtTheLease(app.store.clone())).build().unwrap();
    app.advance(601);
    assert_eq!(json(&browser.session().await, 503)["error"], "store_unavailable");
    assert_eq!(json(&browser.user_info().await, 503)["error"], "store_unavailable");
    let page = browser.get(Endpoint::Session, "/auth/session").await;
    assert_page(&page, 503, "The session store cannot be reached");
}

#[tokio::test]
async fn login_without_a_store_is_called_the_stores_on_the_page_and_in_the_log() {
    let app = App::new();
    let mut browser = app.browser_of(app.builder().store(Unavailable).build().unwrap());
    let callback = browser.authorize_as("alice").await;
    let log = Log::collect();
    let reply = browser.callback(&callback).await;
    assert_page(&reply, 503, "The session store cannot be reached");
    assert_eq!(reply.header("retry-after"), Some("5"));
    let event = log.event("login_failed");
    assert!(event.contains("WARN") && event.contains(r#"code="store_unavailable""#), "{event}");
    assert!(event.contains("the store is not available: unplugged"), "{event}");
}

/// Room for 700 entries that last, of which one user gets 43.
fn small_store(app: &App) -> zitadel_core::Zitadel {
    app.builder().store(MemoryStore::with_capacity(app.clock.clone(), 800)).build().unwrap()
}

#[tokio::test]
async fn user_who_logs_out_again_and_again_does_not_fill_the_store() {
    let app = App::new();
    let zitadel = small_store(&app);
    let mut refused = 0;
    for _ in 0..60 {
        let mut alice = app.browser_of(zitadel.clone());
        alice.login("alice", "/profile").await;
        refused += usize::from(location(&alice.logout().await).starts_with("/auth/logout/error"));
        app.advance(20);
    }
    assert_eq!(refused, 60 - 43);
    let mut bob = app.browser_of(zitadel);
    bob.login("bob", "/profile").await;
    let mut copy = bob.clone();
    assert!(location(&bob.logout().await).starts_with("https://zitadel.example/"));
    assert_eq!(copy.open("/").await.err(), Some(302));
}

/// A login that failed takes room for a minute, not for as long as a login may take.
#[tokio::test]
async fn logins_that_fail_do_not_keep_others_from_logging_in() {
    let app = App::new();
    let zitadel = small_store(&app);
    for _ in 0..100 {
        let mut stranger = app.browser_of(zitadel.clone());
        let url = stranger.start_login("/").await;
        stranger.callback(&format!("{BASE}/auth/callback?code=x&state={}", query(&url)["state"])).await;
        app.advance(5);
    }
    assert_eq!(app.browser_of(zitadel).login("bob", "/profile").await.status, 302);
}

#[tokio::test]
async fn logins_that_are_not_completed_leave_room_for_logouts_and_refreshes() {
    let app = App::with_short_lived_tokens();
    let zitadel = small_store(&app);
    let mut alice = app.browser_of(zitadel.clone());
    alice.login("alice", "/profile").await;
    app.advance(601);
    for _ in 0..100 {
        let mut stranger = app.browser_of(zitadel.clone());
        let url = stranger.start_login("/").await;
        stranger.callback(&format!("{BASE}/auth/callback?code=x&state={}", query(&url)["state"])).await;
    }
    assert_eq!(alice.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert!(location(&alice.logout().await).starts_with("https://zitadel.example/"));
    app.advance(601);
    assert_eq!(app.browser_of(zitadel).login("bob", "/profile").await.status, 302, "their claims expire");
}
