//! Refreshes that fail for now keep the session.

use std::time::Duration;

use zitadel_core::environment::TransportError;
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Hold, Log, json, refreshes};

#[tokio::test]
async fn provider_failure_keeps_the_session_and_is_recovered_from() {
    for fault in [Fault::Status(500), Fault::Html, Fault::Status(503), Fault::Status(429), Fault::Drop] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        // Due for a refresh, not expired yet.
        app.advance(580);
        app.emulator.fault(EndpointName::Token, fault.clone());
        assert!(browser.open("/").await.is_ok(), "{fault:?}: the access token is still valid");
        app.advance(21);
        assert_eq!(browser.open("/").await.err(), Some(503), "{fault:?}: it has expired");
        let reply = browser.session().await;
        assert_eq!(json(&reply, 503)["error"], "provider_unavailable", "{fault:?}: `null` would mean logged out");
        assert_eq!(reply.header("retry-after"), Some("5"));
        assert_eq!(browser.session_cookies().len(), 1, "{fault:?}");
        app.emulator.clear_faults();
        app.advance(3);
        assert!(browser.open("/").await.is_ok(), "{fault:?}: it recovers");
    }
}

#[tokio::test]
async fn provider_that_is_down_gets_one_refresh_request() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    app.advance(601);
    app.transport.fail(TransportError::Connect);
    let before = app.transport.sent().len();
    for _ in 0..20 {
        assert_eq!(browser.clone().open("/").await.err(), Some(503));
    }
    assert_eq!(app.transport.sent().len() - before, 1);
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn request_with_a_valid_access_token_waits_at_most_two_seconds_for_a_refresh() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(580);
    app.transport.hold(Hold::Response, "token");
    let early = tokio::time::timeout(Duration::from_millis(2_100), browser.open("/")).await.unwrap();
    assert_eq!(early.unwrap().session().unwrap().refresh_count(), 0);
    app.transport.release.add_permits(1);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1, "the refresh continued");
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn active_user_is_not_logged_out_by_the_idle_limit_while_the_provider_is_down() {
    let app = App::new();
    app.emulator.client().set_access_token_lifetime(Duration::from_secs(6 * 3600));
    let mut browser = app.logged_in("alice").await;
    // Refreshed, but userinfo failed: it is read again and again, with an access token that is valid for six hours.
    app.emulator.fault(EndpointName::UserInfo, Fault::Status(503));
    for _ in 0..12 {
        app.advance(1795);
        browser.open("/").await.unwrap();
    }
    app.advance(50);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    app.transport.fail(TransportError::Connect);
    for minute in 0..70 {
        app.advance(60);
        assert_eq!(browser.open("/").await.err(), None, "logged out after {minute} minutes of use");
    }
}

fn error(status: u16, code: &str) -> Fault {
    let body = format!(r#"{{"error":"{code}"}}"#).into_bytes();
    Fault::StatusBody { status, content_type: "application/json".to_owned(), body }
}

#[tokio::test]
async fn refresh_refused_for_its_token_ends_the_session() {
    for code in ["invalid_grant", "invalid_request"] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        app.advance(601);
        app.emulator.fault(EndpointName::Token, error(400, code));
        assert_eq!(browser.open("/").await.err(), Some(302), "{code}");
        assert_eq!(browser.session_cookies(), [], "{code}");
    }
}

#[tokio::test]
async fn refresh_refused_for_its_client_signs_nobody_out_and_is_an_error_in_the_log() {
    for (status, code) in [
        (401, "invalid_client"),
        (400, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "unsupported_grant_type"),
        (400, "invalid_scope"),
    ] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        app.advance(580);
        app.emulator.fault(EndpointName::Token, error(status, code));
        let log = Log::collect();
        assert!(browser.open("/").await.is_ok(), "{code}: the access token is still valid");
        let event = log.event("client_misconfigured");
        assert!(event.contains("ERROR") && event.contains(code) && event.contains("ZITADEL_CLIENT_SECRET"), "{event}");
        app.advance(21);
        // The second request comes while the token endpoint is not asked again yet.
        for _ in 0..2 {
            let reply = browser.session().await;
            assert_eq!(json(&reply, 503)["error"], "misconfigured", "{code}: it has expired");
            assert_eq!(reply.header("retry-after"), None, "no retry heals it");
            let reply = browser.user_info().await;
            assert_eq!(json(&reply, 503)["error"], "misconfigured", "{code}");
        }
        assert_eq!(browser.session_cookies().len(), 1, "{code}");
        // The secret is corrected.
        app.emulator.clear_faults();
        app.advance(2);
        assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1, "{code}");
    }
}

#[tokio::test]
async fn refresh_answered_with_a_passing_trouble_keeps_the_session_whatever_the_status() {
    for fault in [
        error(400, "temporarily_unavailable"),
        error(400, "server_error"),
        error(400, "slow_down"),
        error(429, "slow_down"),
        error(500, "invalid_grant"),
        // A firewall in between.
        error(403, "blocked"),
        Fault::Status(408),
        Fault::Status(429),
    ] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        app.advance(601);
        app.emulator.fault(EndpointName::Token, fault.clone());
        assert_eq!(browser.open("/").await.err(), Some(503), "{fault:?}");
        app.emulator.clear_faults();
        app.advance(2);
        assert!(browser.open("/").await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn retry_after_of_the_token_endpoint_is_respected_up_to_five_minutes() {
    for (retry_after, pause) in [("60", 60), ("86400", 300), ("nonsense", 2)] {
        let app = App::with_short_lived_tokens();
        let mut browser = app.logged_in("alice").await;
        app.advance(601);
        app.emulator.fault(EndpointName::Token, Fault::Status(429));
        *app.transport.retry_after.lock().unwrap() = Some(retry_after);
        assert_eq!(browser.open("/").await.err(), Some(503));
        app.emulator.clear_faults();
        let asked = app.emulator.count(EndpointName::Token);
        app.advance(pause - 1);
        assert_eq!(browser.open("/").await.err(), Some(503), "{retry_after}");
        assert_eq!(app.emulator.count(EndpointName::Token), asked, "{retry_after}");
        app.advance(1);
        assert!(browser.open("/").await.is_ok(), "{retry_after}");
    }
}
