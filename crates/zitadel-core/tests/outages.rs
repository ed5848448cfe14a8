//! A provider or a store that is not available; a provider that came back changed; a clock that was wrong.

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use support::{
    MovedClock, World, no_body,
    rig::{Hold, Rig},
};
use zitadel_core::{
    Endpoint,
    environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey, Transport, TransportError},
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
async fn a_clock_that_is_set_back_does_not_prevent_logins() {
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

/// A provider that never answers, each time for as long as the transport waits.
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
async fn requests_do_not_wait_in_turn_for_a_provider_that_just_timed_out() {
    let world = World::new();
    let transport =
        Arc::new(Hanging { emulator: world.emulator.clone(), clock: world.clock.clone(), asked: AtomicU32::new(0) });
    let zitadel = world.builder().transport(transport.clone()).build().unwrap();
    let visits: Vec<_> = (0..10)
        .map(|_| {
            let (zitadel, head) = (zitadel.clone(), world.browser().head("GET", "/auth/login"));
            tokio::spawn(async move { zitadel.serve(Endpoint::Login, &head, no_body()).await.status })
        })
        .collect();
    for visit in visits {
        assert_eq!(visit.await.unwrap(), 503);
    }
    assert_eq!(transport.asked.load(Ordering::Relaxed), 1, "eight seconds each, one after the other");
}

#[tokio::test]
async fn a_restart_with_new_keys_under_old_names_does_not_prevent_logins() {
    let world = World::new();
    world.signed_in("alice").await;
    world.emulator.fault_times(EndpointName::Token, Fault::TamperedSignature, 1);
    assert_eq!(world.browser().sign_in("alice", "/").await.status, 502);
    assert_eq!(world.emulator.count(EndpointName::Keys), 2, "a signature that does not fit is worth one look");
}

/// A store that nobody can ask.
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
struct Flaky {
    inner: Arc<MemoryStore>,
    refusals: AtomicU32,
}

impl Store for Flaky {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let refuse = |left: u32| left.checked_sub(1).filter(|_| left != u32::MAX);
        match self.refusals.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refuse) {
            Ok(_) => Unavailable::fail(),
            Err(_) => self.inner.get(key),
        }
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        if key.as_str().starts_with("successor/") {
            let _ = self.refusals.compare_exchange(u32::MAX, 2, Ordering::Relaxed, Ordering::Relaxed);
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
async fn a_store_that_fails_after_the_tokens_were_rotated_does_not_lose_them() {
    let rig = Rig::new(Hold::Request);
    let world = World::with(rig.emulator.clone(), &[]);
    let mut browser = world.signed_in("alice").await;
    let store = Flaky { inner: world.store.clone(), refusals: AtomicU32::new(u32::MAX) };
    browser.zitadel = world.builder().store(store).build().unwrap();
    world.advance(601);
    assert_eq!(browser.visit("/").await.unwrap().session().unwrap().refresh_count(), 1);
    world.advance(301);
    assert_eq!(browser.visit("/").await.err(), None, "the rotated token is in the cookie");
}

#[tokio::test]
async fn an_unavailable_store_ends_no_session_serves_no_protected_route_and_makes_a_logout_fail() {
    let world = World::new();
    let mut browser = world.signed_in("alice").await;
    browser.zitadel = world.builder().store(Unavailable).build().unwrap();
    let before = browser.session_cookie().map(str::to_owned);
    assert_eq!(browser.visit("/").await.err(), Some(503));
    assert_eq!(browser.session_cookie().map(str::to_owned), before);
    assert_eq!(browser.zitadel.readiness().await.status, 503);

    let mut anonymous = world.browser();
    anonymous.zitadel = browser.zitadel.clone();
    assert_eq!(anonymous.visit("/").await.err(), Some(302), "a request without a session needs no store");

    let reply = browser.serve(Endpoint::Logout, "POST", "/auth/logout", "").await;
    assert_eq!(reply.header("location"), Some("/auth/logout/error?reason=provider_unavailable"));
    assert_eq!(browser.session_cookie(), None);
}
