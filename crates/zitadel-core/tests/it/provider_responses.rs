//! Responses of the provider that are not acceptable, and a provider that does not respond: the status says whose fault it
//! is, and nothing of the response is shown.

use std::time::Duration;

use zitadel_core::{Endpoint, environment::TransportError};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, assert_page, incident, location};

/// A page about a provider that cannot be reached.
#[track_caller]
fn assert_unavailable(reply: &zitadel_core::Reply) {
    assert_page(reply, 503, "The identity provider cannot be reached");
    assert_eq!(reply.header("retry-after"), Some("5"));
    incident(reply);
}

fn json_body(status: u16, body: &str) -> Fault {
    Fault::StatusBody { status, content_type: "application/json".to_owned(), body: body.as_bytes().to_vec() }
}

#[tokio::test]
async fn unacceptable_token_response_creates_no_session() {
    let app = App::new();
    for fault in [
        Fault::Html,
        Fault::Huge(100_000),
        json_body(200, "{}"),
        json_body(200, "[]"),
        json_body(200, r#"{"access_token":1}"#),
        json_body(200, r#"{"access_token":"a","access_token":"b","token_type":"Bearer","id_token":"x"}"#),
        json_body(200, r#"{"access_token":"SECRET-a","token_type":"Bearer","id_token":"SECRET-x"}"#),
        json_body(400, r#"{"SECRET":1}"#),
        json_body(200, "\u{0}\u{1}"),
    ] {
        let mut browser = app.browser();
        app.emulator.fault(EndpointName::Token, fault.clone());
        let reply = browser.login("alice", "/profile").await;
        assert_eq!(reply.status, 502, "{fault:?}: {}", reply.body);
        incident(&reply);
        assert!(browser.cookies.is_empty() && !reply.body.contains("SECRET"), "{fault:?}");
    }
}

#[tokio::test]
async fn unacceptable_userinfo_creates_no_session() {
    let app = App::new();
    for fault in [Fault::WrongSubject, Fault::MissingSub, Fault::Html] {
        let mut browser = app.browser();
        app.emulator.fault(EndpointName::UserInfo, fault.clone());
        assert_page(&browser.login("alice", "/").await, 502, "could not be verified");
        assert!(browser.cookies.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn token_or_userinfo_request_without_response_is_503() {
    let app = App::new();
    for (endpoint, fault) in [
        (EndpointName::Token, Fault::Status(500)),
        (EndpointName::Token, Fault::Status(503)),
        (EndpointName::Token, Fault::Drop),
        (EndpointName::Token, Fault::LoseResponse),
        (EndpointName::UserInfo, Fault::Status(500)),
        (EndpointName::UserInfo, Fault::Drop),
    ] {
        let mut browser = app.browser();
        app.emulator.fault(endpoint, fault.clone());
        assert_unavailable(&browser.login("alice", "/profile").await);
        assert!(browser.cookies.is_empty(), "{endpoint:?} {fault:?}");
        app.emulator.clear_faults();
        assert_eq!(browser.login("alice", "/profile").await.status, 302, "{endpoint:?} {fault:?}: it recovers");
    }
}

#[tokio::test]
async fn metadata_or_keys_that_are_not_available_are_503() {
    let faults = [
        Fault::Status(404),
        Fault::Status(500),
        Fault::Status(503),
        Fault::Html,
        Fault::Huge(2 * 1024 * 1024),
        Fault::Drop,
    ];
    for fault in faults {
        for endpoint in [EndpointName::Discovery, EndpointName::Keys] {
            let app = App::new();
            let mut browser = app.browser();
            app.emulator.fault(endpoint, fault.clone());
            let mut reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
            if endpoint == EndpointName::Keys {
                let callback = app.emulator.authorize_as(location(&reply), "alice");
                reply = browser.callback(&callback).await;
            }
            assert_unavailable(&reply);
            assert_eq!(browser.session_cookies(), [], "{endpoint:?} {fault:?}");
            assert_eq!(app.emulator.count(EndpointName::Token), 0, "a code that cannot be used is not spent");
            app.emulator.clear_faults();
            app.advance(2);
            assert_eq!(browser.login("alice", "/").await.status, 302, "{endpoint:?} {fault:?}: it recovers");
        }
    }
}

#[tokio::test]
async fn key_set_without_keys_creates_no_session() {
    let app = App::new();
    app.emulator.fault(EndpointName::Keys, Fault::NoKeys);
    let mut browser = app.browser();
    let reply = browser.login("alice", "/").await;
    assert!(matches!(reply.status, 502 | 503), "{}", reply.body);
    incident(&reply);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn transport_error_is_503() {
    let app = App::new();
    // Metadata and keys are cached now.
    app.logged_in("bob").await;
    for error in [TransportError::Connect, TransportError::Timeout, TransportError::TooLarge, TransportError::Broken] {
        let mut browser = app.browser();
        let callback = browser.authorize_as("alice").await;
        app.transport.fail(error);
        assert_unavailable(&browser.callback(&callback).await);
        assert!(browser.cookies.is_empty(), "{error}");
        app.transport.recover();
    }
}

#[tokio::test]
async fn code_of_a_provider_that_was_restarted_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.emulator.restart();
    assert_page(&browser.callback(&callback).await, 400, "ZITADEL did not complete this sign-in");
    assert!(browser.cookies.is_empty());
    app.logged_in("alice").await;
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn slow_token_response_is_waited_for() {
    let app = App::new();
    app.emulator.fault(EndpointName::Token, Fault::Delay(Duration::from_secs(7)));
    app.logged_in("alice").await;
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn login_that_waits_for_the_provider_delays_no_other_request() {
    let app = App::new();
    let mut bob = app.logged_in("bob").await;
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.emulator.fault(EndpointName::Token, Fault::Hang);
    let waiting = tokio::spawn(async move { browser.callback(&callback).await });
    crate::support::run_background_tasks().await;
    let page = tokio::time::timeout(Duration::from_millis(10), bob.open("/profile")).await.unwrap();
    assert_eq!(page.unwrap().name(), Some("Bob Brown"));
    assert!(!waiting.is_finished());
    assert_unavailable(&waiting.await.unwrap());
}
