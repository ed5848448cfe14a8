//! A provider that does not respond, and a clock that was wrong.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use zitadel_core::{
    Endpoint,
    environment::{BoxFuture, Transport, TransportError},
};
use zitadel_emulator::{Emulator, EndpointName, Fault};

use crate::support::{App, Browser, MovedClock, location, no_body};

#[tokio::test]
async fn application_starts_without_its_provider_and_needs_no_restart() {
    let app = App::new();
    app.transport.fail(TransportError::Connect);
    let mut browser = app.browser();
    assert_eq!(browser.open("/profile").await.err(), Some(302));
    let reply = browser.get(Endpoint::Login, "/auth/login").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")));
    app.transport.recover();
    app.advance(2);
    assert_eq!(browser.login("alice", "/profile").await.status, 302);
}

#[tokio::test]
async fn clock_that_is_set_back_does_not_prolong_a_pause() {
    let app = App::new();
    let mut browser = app.browser();
    app.emulator.fault_times(EndpointName::Discovery, Fault::Status(503), 1);
    assert_eq!(browser.get(Endpoint::Login, "/auth/login").await.status, 503);
    // NTP corrects a clock that was an hour ahead; ten minutes pass.
    app.clock.set_back(3600);
    app.advance(600);
    let status = browser.get(Endpoint::Login, "/auth/login").await.status;
    assert_eq!(status, 302, "a pause of one second lasts an hour");
}

#[tokio::test]
async fn clock_that_jumps_ahead_and_comes_back_revives_no_session() {
    const DAYS: u64 = 3 * 24 * 3600;
    let app = App::new();
    let (mut before, mut meanwhile) = (app.logged_in("alice").await, app.logged_in("bob").await);
    // Another process, which has only the store to know it from.
    let copies = [&before, &meanwhile].map(|browser| Browser { zitadel: app.replica(), ..browser.clone() });
    before.logout().await;
    app.clock.jump_ahead(DAYS);
    // To this clock the session has expired already.
    meanwhile.logout().await;
    for _ in 0..20 {
        let mut busy = app.browser();
        busy.login("carol", "/profile").await;
        busy.logout().await;
    }
    app.clock.set_back(DAYS);
    app.advance(60);
    for mut copy in copies {
        assert_eq!(copy.open("/").await.err(), Some(302));
    }
}

#[tokio::test]
async fn clock_that_is_set_back_does_not_prolong_the_lease_of_a_refresh() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    app.clock.jump_ahead(1000);
    app.emulator.fault_times(EndpointName::Token, Fault::Status(503), 1);
    assert_eq!(browser.open("/").await.err(), Some(503));
    app.clock.set_back(1000);
    app.advance(3);
    assert_eq!(browser.open("/").await.err(), None);
}

/// A provider that does not respond, for as long as the transport waits.
struct Hanging {
    emulator: Emulator,
    clock: Arc<MovedClock>,
    requests: AtomicU32,
}

impl Transport for Hanging {
    fn send(&self, _: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async {
            self.requests.fetch_add(1, Ordering::Relaxed);
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            self.clock.advance(&self.emulator, 8);
            Err(TransportError::Timeout)
        })
    }
}

#[tokio::test]
async fn concurrent_requests_share_one_timeout_of_the_provider() {
    let app = App::new();
    let transport =
        Arc::new(Hanging { emulator: app.emulator.clone(), clock: app.clock.clone(), requests: AtomicU32::new(0) });
    let zitadel = app.builder().transport(transport.clone()).build().unwrap();
    let requests: Vec<_> = (0..10)
        .map(|_| {
            let (zitadel, head) = (zitadel.clone(), app.browser().navigation("GET", "/auth/login"));
            tokio::spawn(async move { zitadel.serve(Endpoint::Login, &head, no_body()).await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 503);
    }
    assert_eq!(transport.requests.load(Ordering::Relaxed), 1, "eight seconds each, one after the other");
}

/// Keys are fresh for five minutes, metadata for an hour.
#[tokio::test]
async fn stale_metadata_and_keys_are_used_for_24_hours_and_then_the_response_is_503() {
    for (endpoint, lifetime) in [(EndpointName::Keys, 300), (EndpointName::Discovery, 3600)] {
        let app = App::new();
        app.logged_in("alice").await;
        app.emulator.fault(endpoint, Fault::Status(503));
        app.advance(lifetime + 24 * 3600 - 1);
        app.logged_in("bob").await;
        app.advance(6);
        let mut browser = app.browser();
        let mut reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
        if endpoint == EndpointName::Keys {
            let callback = app.emulator.authorize_as(location(&reply), "carol");
            reply = browser.callback(&callback).await;
        }
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("5")), "{endpoint:?}");
        app.emulator.clear_faults();
        app.advance(6);
        app.logged_in("carol").await;
    }
}
