//! Current userinfo: the endpoint for scripts, and `Zitadel::user_info` for handlers.

use std::sync::atomic::Ordering;

use zitadel_core::{Endpoint, ErrorCode, environment::TransportError};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Log, emulator, json, refreshes};

#[tokio::test]
async fn userinfo_is_what_the_provider_returns_now() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.emulator.update_person("alice", |person| person.nickname = "Wonder".to_owned());
    let reply = browser.user_info().await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let claims = json(&reply, 200);
    assert_eq!((&claims["nickname"], &claims["email"]), (&"Wonder".into(), &"alice@example.com".into()));
}

#[tokio::test]
async fn userinfo_without_a_session_is_401_json_for_navigations_too() {
    let app = App::new();
    let mut browser = app.browser();
    for reply in [browser.user_info().await, browser.get(Endpoint::UserInfo, "/auth/userinfo").await] {
        assert_eq!(json(&reply, 401)["error"], "unauthenticated");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
}

#[tokio::test]
async fn userinfo_failure_is_502_or_503_json_and_keeps_the_session() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    for (fault, status) in [
        (Fault::Html, 502),
        (Fault::WrongSubject, 502),
        (Fault::MissingSub, 502),
        (Fault::Status(500), 503),
        (Fault::Status(503), 503),
        (Fault::Drop, 503),
    ] {
        app.emulator.fault(EndpointName::UserInfo, fault.clone());
        let reply = browser.user_info().await;
        json(&reply, status);
        assert_eq!(reply.header("retry-after").is_some(), status == 503, "{fault:?}");
        assert!(!reply.body.contains("310000000000009997"), "{fault:?}: the subject of another user");
        assert!(browser.open("/profile").await.is_ok(), "{fault:?}");
    }
}

#[tokio::test]
async fn userinfo_failure_is_logged_with_the_status_or_the_reason() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    for status in [500, 502, 429, 404, 302] {
        let log = Log::collect();
        app.emulator.fault(EndpointName::UserInfo, Fault::Status(status));
        let reply = browser.user_info().await;
        assert_eq!(reply.status, if matches!(status, 404 | 302) { 502 } else { 503 });
        let event = log.event("user_info_failed");
        assert!(event.contains(&format!("responded with status {status}")), "{event}");
    }
    app.emulator.clear_faults();
    let log = Log::collect();
    app.transport.fail(TransportError::Certificate);
    json(&browser.user_info().await, 503);
    assert!(log.event("user_info_failed").contains("TLS certificate"), "{}", log.text());
}

/// A login needs it, too.
#[tokio::test]
async fn login_without_userinfo_is_logged_with_the_status_of_userinfo() {
    let (app, log) = (App::new(), Log::collect());
    app.emulator.fault(EndpointName::UserInfo, Fault::Status(503));
    assert_eq!(app.browser().login("alice", "/").await.status, 503);
    assert!(log.event("login_failed").contains("userinfo endpoint responded with status 503"), "{}", log.text());
}

#[tokio::test]
async fn provider_outage_affects_userinfo_and_no_page() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.transport.fail(TransportError::Connect);
    assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
    assert_eq!(json(&browser.session().await, 200)["user"]["name"], "Alice Anderson");
    let reply = browser.user_info().await;
    assert_eq!(json(&reply, 503)["error"], "provider_unavailable");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert!(browser.open("/profile").await.is_ok());
    app.transport.recover();
    assert_eq!(browser.user_info().await.status, 200);
}

#[tokio::test]
async fn userinfo_at_a_provider_that_was_restarted_ends_the_session() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.emulator.restart();
    assert!(browser.open("/profile").await.is_ok(), "pages do not depend on the provider");
    app.logged_in("bob").await;
    // The provider forgot every token.
    assert_eq!(json(&browser.user_info().await, 401)["error"], "session_expired");
    assert_eq!(browser.session_cookies(), []);
    assert_eq!(browser.open("/profile").await.err(), Some(302));
}

#[tokio::test]
async fn userinfo_with_a_token_revoked_by_a_refresh_is_retried_with_its_successor() {
    let app = App::with_short_lived_tokens();
    let mut here = app.logged_in("alice").await;
    let mut there = here.clone();
    app.advance(580);
    here.open("/").await.unwrap();
    // The same moment in another tab: its cookie has the token that the refresh revoked.
    let reply = there.user_info().await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(app.emulator.count(EndpointName::Token), 2);
    assert!(there.open("/").await.is_ok());
}

#[tokio::test]
async fn userinfo_that_fails_after_a_refresh_still_sets_the_refreshed_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    // The token is revoked early: by another tab, or an administrator.
    app.emulator.fault_times(EndpointName::UserInfo, Fault::Status(401), 1);
    // The first request is rejected, the second is part of the refresh, the third fails.
    app.transport.user_info_limit.store(2, Ordering::Relaxed);
    let reply = browser.user_info().await;
    assert_eq!((reply.status, refreshes(&app.emulator)), (503, 1));
    assert!(reply.header("set-cookie").is_some(), "the rotated token does not reach the browser");
}

#[tokio::test]
async fn userinfo_without_a_valid_access_token_is_401_and_keeps_a_session_without_refresh() {
    let app = App::new();
    app.emulator.client().set_access_token_lifetime(std::time::Duration::from_secs(600));
    app.emulator.fault(EndpointName::Token, Fault::NoRefreshToken);
    let mut browser = app.logged_in("alice").await;
    assert_eq!(browser.user_info().await.status, 200);
    app.advance(601);
    assert_eq!(browser.user_info().await.status, 401);
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn user_info_of_a_handler_returns_claims_or_an_error_code() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let user = browser.open("/").await.unwrap();
    assert_eq!(app.zitadel.user_info(&user).await.unwrap()["email"], "alice@example.com");
    app.transport.fail(TransportError::Connect);
    assert_eq!(app.zitadel.user_info(&user).await.unwrap_err().code(), ErrorCode::ProviderUnavailable);
    app.transport.recover();
    app.emulator.restart();
    assert_eq!(app.zitadel.user_info(&user).await.unwrap_err().code(), ErrorCode::SessionExpired);
}

/// The response of a handler cannot carry a new cookie.
#[tokio::test]
async fn user_info_of_a_handler_refreshes_nothing() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let user = browser.open("/").await.unwrap();
    // The token is revoked early, by an administrator.
    app.emulator.fault_times(EndpointName::UserInfo, Fault::Status(401), 1);
    assert!(app.zitadel.user_info(&user).await.is_err());
    assert_eq!(refreshes(&app.emulator), 0);
    app.advance(601);
    assert_eq!(browser.open("/").await.err(), None, "the only copy of the rotated token is lost");
}

#[tokio::test]
async fn userinfo_is_requested_neither_at_login_nor_at_a_refresh_if_it_is_skipped() {
    let emulator = emulator();
    emulator.client().set_access_token_lifetime(std::time::Duration::from_secs(600));
    let app = App::with(emulator, &[("ZITADEL_USER_INFO", "skip")]);
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    browser.open("/").await.unwrap();
    assert_eq!((refreshes(&app.emulator), app.emulator.count(EndpointName::UserInfo)), (1, 0));
    assert_eq!(browser.user_info().await.status, 200, "asked for, it is fetched");
}
