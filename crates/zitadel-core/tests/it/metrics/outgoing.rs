//! Requests to the provider and calls of the store.

use zitadel_core::{Endpoint, environment::StoreEvent};
use zitadel_emulator::{EndpointName, Fault};

use super::{DOCUMENTS, REQUESTS, STORE_CALLS, failing};
use crate::support::{AnnouncingStore, App, Hold, Metrics, run_background_tasks};

#[tokio::test]
async fn interrupted_subscription_of_the_store_is_counted() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    let store = AnnouncingStore::new(&app.store);
    let mut browser = app.browser_of(app.builder().store(store.clone()).build().unwrap());
    browser.login("alice", "/").await;
    browser.open("/").await.unwrap();
    metrics.changes();
    store.tell(&StoreEvent::Interrupted).await;
    assert_eq!(metrics.counted("zitadel_store_subscription_interruptions_total"), "");
}

#[tokio::test]
async fn request_to_the_provider_is_counted_by_its_answer_and_measured_by_the_clock() {
    let mut metrics = Metrics::collect();
    for (fault, labels) in [
        (Fault::Status(503), "endpoint=userinfo,outcome=failed,reason=http_status"),
        (Fault::Status(429), "endpoint=userinfo,outcome=refused,reason=http_status"),
        (Fault::Status(302), "endpoint=userinfo,outcome=failed,reason=http_status"),
        (Fault::Drop, "endpoint=userinfo,outcome=failed,reason=connection_broken"),
    ] {
        let app = App::new();
        let mut browser = app.logged_in("alice").await;
        app.emulator.fault(EndpointName::UserInfo, fault);
        metrics.changes();
        browser.user_info().await;
        assert_eq!(metrics.counted(REQUESTS), labels);
    }
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.transport.hold(Hold::Response, "userinfo");
    metrics.changes();
    let slow = async {
        app.transport.wait_until_held().await;
        app.advance(3);
        app.transport.release.add_permits(1);
    };
    tokio::join!(browser.user_info(), slow);
    let changes = metrics.changes();
    let of = |series: &str| changes.iter().find(|(name, _)| name == series).map_or(0.0, |(_, by)| *by);
    assert_eq!(of(r#"zitadel_provider_request_duration_seconds_sum{endpoint="userinfo"}"#), 3.0);
    assert_eq!(of(r#"zitadel_flow_duration_seconds_sum{flow="userinfo"}"#), 3.0);
    assert_eq!(of(r#"zitadel_provider_request_duration_seconds_bucket{endpoint="userinfo",le="2.5"}"#), 0.0);
    assert_eq!(of(r#"zitadel_provider_request_duration_seconds_bucket{endpoint="userinfo",le="5"}"#), 1.0);
    browser.logout().await;
    run_background_tasks().await;
    let revocation = ("endpoint=revocation,outcome=ok,reason=none".to_owned(), 1.0);
    assert!(metrics.changes_of(REQUESTS).contains(&revocation));
}

#[tokio::test]
async fn document_that_cannot_be_used_is_counted_although_its_request_succeeded() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    app.emulator.fault(EndpointName::Discovery, Fault::WrongIssuer);
    app.browser().post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
    assert_eq!(metrics.counted(DOCUMENTS), "document=metadata,outcome=failed,reason=wrong_issuer");
    assert!(
        metrics.text().contains(r#"zitadel_provider_requests_total{endpoint="metadata",outcome="ok",reason="none"} 1"#)
    );
}

#[tokio::test]
async fn call_of_the_store_is_counted_by_whether_it_failed() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let mut metrics = Metrics::collect();
    browser.zitadel = app.replica();
    browser.open("/").await.unwrap();
    assert_eq!(metrics.counted(STORE_CALLS), "operation=get_many,outcome=ok");
    browser.zitadel = failing(&app, |call| call == "get");
    browser.open("/").await.unwrap_err();
    assert_eq!(metrics.counted(STORE_CALLS), "operation=get_many,outcome=failed");
    assert!(metrics.text().contains(r#"zitadel_store_call_duration_seconds_count{operation="get_many"} 2"#));
}
