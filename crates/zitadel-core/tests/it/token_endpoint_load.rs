//! How much the token endpoint is asked: spread in time, few requests at once, rarely for one session.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use zitadel_core::environment::{BoxFuture, Transport, TransportError};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Browser, refreshes};

const SESSIONS: usize = 1000;

/// A token endpoint that takes a while, and counts the requests that it is working on.
struct Slow {
    inner: Arc<dyn Transport>,
    milliseconds: AtomicU64,
    in_flight: AtomicUsize,
    most: AtomicUsize,
}

impl Transport for Slow {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            if !request.uri().path().ends_with("/token") {
                return self.inner.send(request).await;
            }
            let now = self.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(now, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(self.milliseconds.load(Ordering::Relaxed))).await;
            let response = self.inner.send(request).await;
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            response
        })
    }
}

async fn sessions(app: &App) -> (Arc<Slow>, Vec<Browser>) {
    let transport = Arc::new(Slow {
        inner: app.transport.clone(),
        milliseconds: AtomicU64::new(0),
        in_flight: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    });
    let zitadel = app.builder().transport(transport.clone()).build().unwrap();
    let mut browsers = Vec::new();
    for _ in 0..SESSIONS {
        let mut browser = app.browser_of(zitadel.clone());
        assert_eq!(browser.login("alice", "/profile").await.status, 302);
        browsers.push(browser);
    }
    (transport, browsers)
}

/// Opens a page in all browsers at once: the number of those that get it, and of those that get 503, within `patience`.
async fn open_all(browsers: &mut Vec<Browser>, patience: Duration) -> (usize, usize) {
    let open = |mut browser: Browser| async move {
        let page = tokio::time::timeout(patience, browser.open("/")).await;
        (browser, page.unwrap().err())
    };
    let requests: Vec<_> = browsers.drain(..).map(|browser| tokio::spawn(open(browser))).collect();
    let (mut served, mut unavailable) = (0, 0);
    for request in requests {
        let (browser, status) = request.await.unwrap();
        browsers.push(browser);
        match status {
            None => served += 1,
            Some(503) => unavailable += 1,
            Some(other) => panic!("{other}"),
        }
    }
    (served, unavailable)
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn thousand_sessions_that_are_due_at_once_send_sixteen_token_requests_at_a_time() {
    let app = App::with_short_lived_tokens();
    let (transport, mut browsers) = sessions(&app).await;
    let (short, long) = (Duration::from_millis(2_100), Duration::from_millis(12_100));

    // The access tokens are still valid: everybody is served within two seconds, and the refreshes go on.
    app.advance(580);
    transport.milliseconds.store(100, Ordering::Relaxed);
    assert_eq!(open_all(&mut browsers, short).await, (SESSIONS, 0));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(open_all(&mut browsers, short).await, (SESSIONS, 0));
    assert_eq!((refreshes(&app.emulator), transport.most.load(Ordering::Relaxed)), (SESSIONS, 16));

    // They have expired: a thousand times 100 ms, sixteen at a time, are 6.3 s.
    app.advance(601);
    assert_eq!(open_all(&mut browsers, long).await, (SESSIONS, 0));
    assert_eq!((refreshes(&app.emulator), transport.most.load(Ordering::Relaxed)), (2 * SESSIONS, 16));

    // A provider that is too slow for all of them: nobody waits longer than twelve seconds.
    app.advance(601);
    transport.milliseconds.store(1_000, Ordering::Relaxed);
    let (served, unavailable) = open_all(&mut browsers, long).await;
    assert!(served >= 150 && served + unavailable == SESSIONS, "{served} {unavailable}");
    assert_eq!(transport.most.load(Ordering::Relaxed), 16);
}

#[tokio::test]
async fn sessions_that_began_at_the_same_time_are_due_at_different_times() {
    let app = App::with_short_lived_tokens();
    let mut browsers = Vec::new();
    for _ in 0..20 {
        browsers.push(app.logged_in("alice").await);
    }
    app.advance(539);
    let mut due = BTreeSet::new();
    for second in 540..=570 {
        app.advance(1);
        let before = refreshes(&app.emulator);
        for browser in &mut browsers {
            browser.open("/").await.unwrap();
        }
        if refreshes(&app.emulator) > before {
            due.insert(second);
        }
    }
    assert_eq!(refreshes(&app.emulator), 20, "all in the last tenth of 600 s");
    assert!(due.len() >= 5, "{due:?}");
}

/// The provider says how long its access tokens live.
struct Lifetime {
    inner: Arc<dyn Transport>,
    seconds: u64,
}

impl Transport for Lifetime {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async move {
            let is_token_request = request.uri().path().ends_with("/token");
            let mut response = self.inner.send(request).await?;
            if is_token_request {
                let mut tokens: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
                tokens["expires_in"] = self.seconds.into();
                *response.body_mut() = tokens.to_string().into_bytes();
            }
            Ok(response)
        })
    }
}

#[tokio::test]
async fn session_whose_tokens_live_for_no_time_is_refreshed_every_thirty_seconds_at_most() {
    for seconds in [0, 1, 29] {
        let app = App::new();
        let transport = Lifetime { inner: app.transport.clone(), seconds };
        let mut browser = app.browser_of(app.builder().transport(transport).build().unwrap());
        browser.login("alice", "/profile").await;
        for second in 0..120 {
            browser.open("/").await.unwrap();
            assert_eq!(refreshes(&app.emulator), second / 30, "after {second} s");
            app.advance(1);
        }
    }
}

/// A script asks for current userinfo, whose endpoint refuses every other token.
#[tokio::test]
async fn userinfo_that_is_refused_again_and_again_causes_one_refresh_in_thirty_seconds() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    for round in 1..=3 {
        for _ in 0..10 {
            app.emulator.fault_times(EndpointName::UserInfo, Fault::Status(401), 1);
            let status = browser.user_info().await.status;
            assert!(matches!(status, 200 | 503), "{status}");
        }
        assert_eq!(refreshes(&app.emulator), round);
        app.advance(30);
    }
}
