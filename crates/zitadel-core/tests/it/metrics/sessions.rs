//! Logouts, and sessions that give no user.

use zitadel_core::{Endpoint, RequestHead, environment::TransportError};

use super::{LOGOUTS, REJECTED, failing};
use crate::support::{AnnouncingStore, App, Metrics};

#[tokio::test]
async fn logout_is_counted_by_whether_all_replicas_know_it() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    app.logged_in("alice").await.logout().await;
    assert_eq!(metrics.counted(LOGOUTS), "outcome=ok");
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = failing(&app, |call| call == "put" || call == "put_and_announce");
    browser.logout().await;
    assert_eq!(metrics.counted(LOGOUTS), "outcome=failed");
    // Without a session nothing ends.
    app.browser().logout().await;
    assert_eq!(metrics.changes_of(LOGOUTS), []);

    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.replica();
    app.transport.fail(TransportError::Refused);
    browser.logout().await;
    assert_eq!(metrics.counted("zitadel_provider_logout_failures_total"), "reason=provider_unavailable");
}

#[tokio::test]
async fn logout_token_is_counted_by_what_came_of_it() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    let store = AnnouncingStore::new(&app.store);
    let mut browser = app.browser_of(app.builder().store(store.clone()).build().unwrap());
    browser.login("alice", "/").await;
    let sid = app.emulator.session_ids("alice").pop().unwrap();
    let token = || app.emulator.logout_token_for("alice", &sid).build();
    let (first, second) = (token(), token());
    for (token, is_down, labels) in [
        (first.as_str(), false, "outcome=ok"),
        (first.as_str(), false, "outcome=repeated"),
        ("x.y.z", false, "outcome=refused"),
        (second.as_str(), true, "outcome=failed"),
    ] {
        store.set_down(is_down);
        let mut head = RequestHead::new("POST", "/auth/backchannel-logout");
        head.header("content-type", b"application/x-www-form-urlencoded");
        let form = format!("logout_token={token}");
        browser.zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(form) }).await;
        assert_eq!(metrics.counted("zitadel_back_channel_logouts_total"), labels);
    }
    assert!(metrics.text().contains(r#"zitadel_flow_duration_seconds_count{flow="back_channel_logout"} 4"#));
}

#[tokio::test]
async fn session_that_gives_no_user_is_counted_by_reason() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    let mut alice = app.logged_in("alice").await;
    metrics.changes();

    let mut forged = alice.clone();
    let altered = format!("{}AAAA", forged.session_cookie().unwrap());
    forged.set_session_cookie(&altered);
    forged.open("/").await.unwrap_err();
    assert_eq!(metrics.counted(REJECTED), "reason=cookie");

    let mut cross_site = alice.request("POST", "/");
    cross_site.header("sec-fetch-site", b"cross-site");
    app.zitadel.authenticate(cross_site).await;
    assert_eq!(metrics.counted(REJECTED), "reason=cross_site");

    let mut other = alice.clone();
    other.zitadel = failing(&app, |_| true);
    assert_eq!(other.open("/").await.err(), Some(503));
    assert_eq!(metrics.counted(REJECTED), "reason=store_unavailable");

    let mut copy = alice.clone();
    alice.logout().await;
    metrics.changes();
    copy.open("/").await.unwrap_err();
    assert_eq!(metrics.counted(REJECTED), "reason=revoked");

    let mut late = app.logged_in("alice").await;
    metrics.changes();
    app.advance(24 * 3600);
    late.open("/").await.unwrap_err();
    assert_eq!(metrics.counted(REJECTED), "reason=expired");
}

#[tokio::test]
async fn request_with_a_session_in_memory_counts_nothing() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    browser.open("/").await.unwrap();
    let mut metrics = Metrics::collect();
    for _ in 0..10 {
        browser.open("/").await.unwrap();
        assert!(app.zitadel.authenticate_cached(browser.navigation("GET", "/")).is_ok());
    }
    app.browser().open("/").await.unwrap_err();
    assert_eq!(metrics.changes(), []);
}
