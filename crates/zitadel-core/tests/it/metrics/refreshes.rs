//! Refreshes, by how they end.

use std::sync::atomic::Ordering;

use zitadel_core::environment::TransportError;
use zitadel_emulator::{EndpointName, Fault};

use super::{REFRESHES, failing, json_fault};
use crate::support::{App, Browser, Metrics, noise, run_background_tasks};

/// Alice, whose tokens are due; the counters so far are known.
async fn due(metrics: &mut Metrics) -> (App, Browser) {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    app.advance(601);
    metrics.changes();
    (app, browser)
}

#[tokio::test]
async fn refresh_is_counted_once_by_its_outcome() {
    let mut metrics = Metrics::collect();
    let (_app, mut browser) = due(&mut metrics).await;
    assert!(browser.open("/").await.is_ok());
    assert_eq!(metrics.counted(REFRESHES), "outcome=ok,reason=none");
    for (fault, labels, status) in [
        (Fault::Status(500), "outcome=failed,reason=provider_unavailable", 503),
        (json_fault(400, r#"{"error":"invalid_client"}"#), "outcome=failed,reason=misconfigured", 503),
        (json_fault(400, r#"{"error":"invalid_grant"}"#), "outcome=ended,reason=refused", 302),
        (Fault::WrongSubject, "outcome=ended,reason=rejected", 302),
    ] {
        let (app, mut browser) = due(&mut metrics).await;
        app.emulator.fault(EndpointName::Token, fault);
        assert_eq!(browser.open("/").await.err(), Some(status), "{labels}");
        assert_eq!(metrics.counted(REFRESHES), labels);
    }
    let (app, mut browser) = due(&mut metrics).await;
    app.transport.user_info_padding.store(300 * 1024, Ordering::Relaxed);
    assert_eq!(browser.open("/").await.err(), Some(502));
    assert_eq!(metrics.counted(REFRESHES), "outcome=ended,reason=session_too_large");
}

#[tokio::test]
async fn refresh_that_grows_beyond_the_cookies_is_counted_once() {
    let mut metrics = Metrics::collect();
    let (app, mut browser) = due(&mut metrics).await;
    // It fits into the store, and not into cookies.
    app.emulator.update_person("alice", |alice| alice.metadata.push(("noise".to_owned(), noise(10_000))));
    assert_eq!(browser.open("/").await.err(), Some(502));
    assert_eq!(metrics.counted(REFRESHES), "outcome=ended,reason=session_too_large");
}

#[tokio::test(start_paused = true)]
async fn refresh_that_cannot_begin_is_counted_by_what_is_missing() {
    let mut metrics = Metrics::collect();
    let (app, mut browser) = due(&mut metrics).await;
    browser.zitadel = failing(&app, |call| call == "put_if_absent");
    assert_eq!(browser.open("/").await.err(), Some(503));
    assert_eq!(metrics.counted(REFRESHES), "outcome=failed,reason=store_unavailable");

    browser.zitadel = app.replica();
    app.transport.fail(TransportError::Timeout);
    assert_eq!(browser.open("/").await.err(), Some(503));
    assert_eq!(metrics.counted(REFRESHES), "outcome=failed,reason=provider_unavailable");

    app.transport.recover();
    app.advance(5);
    browser.zitadel = failing(&app, |call| call == "lease");
    assert_eq!(browser.open("/").await.err(), Some(503));
    run_background_tasks().await;
    assert_eq!(metrics.counted(REFRESHES), "outcome=failed,reason=lease_timed_out");
}

#[tokio::test]
async fn claims_that_are_read_again_are_counted() {
    let mut metrics = Metrics::collect();
    let (app, mut browser) = due(&mut metrics).await;
    app.emulator.fault(EndpointName::UserInfo, Fault::Status(503));
    browser.open("/").await.unwrap();
    assert_eq!(metrics.counted(REFRESHES), "outcome=ok,reason=none");
    app.advance(60);
    browser.open("/").await.unwrap();
    assert_eq!(metrics.counted("zitadel_claim_updates_total"), "outcome=failed");
    app.emulator.clear_faults();
    app.advance(60);
    browser.open("/").await.unwrap();
    assert_eq!(metrics.counted("zitadel_claim_updates_total"), "outcome=ok");
}
