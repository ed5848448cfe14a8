//! A provider or a store that is down; a provider that came back different; a clock that was wrong.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use support::{
    MovedClock, World,
    rig::{Hold, Rig},
};
use zitadel_core::{
    Config, Endpoint, Zitadel,
    edge::{BoxFuture, Edge, InProcessStore, Key, Store, StoreError, Transport, TransportError},
};
use zitadel_emulator::{Emulator, EndpointName, Fault};

#[tokio::test]
async fn an_active_user_is_not_signed_out_by_the_idle_limit_while_the_provider_is_down() {
    // The access token lives 12 hours.
    let world = World::new();
    world.emulator.client().set_access_token_lifetime(Duration::from_secs(6 * 3600));
    let mut browser = world.signed_in("alice").await;
    for _ in 0..12 {
        world.advance(1795);
        browser.visit("/").await.unwrap();
    }
    world.advance(50);
    // Refreshed, but userinfo failed: due again in 60 s, with an access token good for six hours.
    world.emulator.fault(EndpointName::UserInfo, Fault::Status(503));
    browser.visit("/").await.unwrap();
    world.pull_the_plug(true);
    for minute in 0..70 {
        world.advance(60);
        assert_eq!(browser.visit("/").await.err(), None, "signed out after {minute} minutes of steady use");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_stop_sign_in() {
    let rig = Rig::new(Hold::Request);
    let mut browser = rig.browser(rig.replica());
    rig.emulator.fault_times(EndpointName::Discovery, Fault::Status(503), 1);
    let reply = browser.serve(Endpoint::Login, "GET", "/auth/login", "").await;
    assert_eq!(reply.status, 503);
    // NTP corrects a clock that was an hour ahead; ten minutes pass.
    rig.clock.set_back(3600);
    rig.advance(600);
    let reply = browser.serve(Endpoint::Login, "GET", "/auth/login", "").await;
    assert_eq!(reply.status, 302, "a pause of one second lasts an hour");
}

/// A provider that answers nobody, each time for as long as the transport waits.
struct Hanging {
    emulator: Emulator,
    clock: Arc<MovedClock>,
    asked: AtomicU32,
}

impl Transport for Hanging {
    fn send(&self, _: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::Relaxed);
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            self.clock.advance(&self.emulator, 8);
            Err(TransportError::Timeout)
        })
    }
}

#[tokio::test]
async fn nobody_waits_for_a_provider_that_just_kept_somebody_else_waiting() {
    let world = World::new();
    let transport =
        Arc::new(Hanging { emulator: world.emulator.clone(), clock: world.clock.clone(), asked: AtomicU32::new(0) });
    let edge = Edge::with_transport(transport.clone()).with_clock(world.clock.clone());
    let zitadel = Zitadel::with_edge(Config::from_vars(world.vars.clone()).unwrap(), edge);
    let visits: Vec<_> = (0..10)
        .map(|_| {
            let (zitadel, head) = (zitadel.clone(), world.browser().head("GET", "/auth/login"));
            tokio::spawn(async move { zitadel.serve(Endpoint::Login, &head, b"").await.status })
        })
        .collect();
    for visit in visits {
        assert_eq!(visit.await.unwrap(), 503);
    }
    assert_eq!(transport.asked.load(Ordering::Relaxed), 1, "eight seconds each, one after the other");
}

#[tokio::test]
async fn a_restart_with_new_keys_under_old_names_does_not_keep_people_out() {
    let world = World::new();
    world.signed_in("alice").await;
    world.emulator.fault_times(EndpointName::Token, Fault::TamperedSignature, 1);
    assert_eq!(world.browser().sign_in("alice", "/").await.status, 502);
    assert_eq!(world.emulator.count(EndpointName::Keys), 2, "a signature that does not fit is worth one look");
}

/// A store that nobody can ask.
struct Dead;

impl Dead {
    fn verb<T: Send>() -> BoxFuture<'static, Result<T, StoreError>> {
        Box::pin(async { Err(StoreError::new("unplugged")) })
    }
}

impl Store for Dead {
    fn get(&self, _: &Key) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        Self::verb()
    }
    fn put(&self, _: &Key, _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        Self::verb()
    }
    fn put_new(&self, _: &Key, _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        Self::verb()
    }
    fn swap(&self, _: &Key, _: &[u8], _: Vec<u8>, _: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        Self::verb()
    }
    fn remove(&self, _: &Key) -> BoxFuture<'_, Result<(), StoreError>> {
        Self::verb()
    }
}

/// A store that goes away for two questions, right after a refreshed session was published in it.
struct Flaky {
    inner: Arc<InProcessStore>,
    refusals: AtomicU32,
}

impl Store for Flaky {
    fn get(&self, key: &Key) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let refuse = |left: u32| left.checked_sub(1).filter(|_| left != u32::MAX);
        match self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refuse) {
            Ok(_) => Dead::verb(),
            Err(_) => self.inner.get(key),
        }
    }
    fn put(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        if key.as_str().starts_with("successor/") {
            let _ = self.refusals.compare_exchange(u32::MAX, 2, Ordering::Relaxed, Ordering::Relaxed);
        }
        self.inner.put(key, value, ttl)
    }
    fn put_new(&self, key: &Key, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.put_new(key, value, ttl)
    }
    fn swap(&self, key: &Key, seen: &[u8], value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.swap(key, seen, value, ttl)
    }
    fn remove(&self, key: &Key) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}

#[tokio::test]
async fn a_store_that_fails_after_the_tokens_were_rotated_does_not_lose_them() {
    let rig = Rig::new(Hold::Request);
    let world = World::with(rig.emulator.clone(), &[]);
    let mut browser = world.signed_in("alice").await;
    let store = Arc::new(Flaky { inner: world.store.clone(), refusals: AtomicU32::new(u32::MAX) });
    let edge = Edge::with_transport(world.wire.clone()).with_clock(world.clock.clone()).with_store(store);
    browser.zitadel = Zitadel::with_edge(Config::from_vars(world.vars.clone()).unwrap(), edge);
    world.advance(601);
    assert_eq!(browser.visit("/").await.unwrap().session().unwrap().refresh_count(), 1);
    world.advance(301);
    assert_eq!(browser.visit("/").await.err(), None, "the rotated token is in the cookie");
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_ends_no_session_and_admits_nobody_and_a_sign_out_says_so() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    let edge = Edge::with_transport(world.wire.clone()).with_clock(world.clock.clone()).with_store(Arc::new(Dead));
    browser.zitadel = Zitadel::with_edge(Config::from_vars(world.vars.clone()).unwrap(), edge);
    let before = browser.session_cookie().map(str::to_owned);
    assert_eq!(browser.visit("/").await.err(), Some(503));
    assert_eq!(browser.session_cookie().map(str::to_owned), before);
    assert_eq!(browser.zitadel.ready().await.status, 503);

    let mut visitor = world.browser();
    visitor.zitadel = browser.zitadel.clone();
    assert_eq!(visitor.visit("/").await.err(), Some(302), "who has no session needs no store");

    let reply = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(reply.header("location"), Some("/auth/logout/error?reason=provider_unavailable"));
    assert_eq!(browser.session_cookie(), None);
}
