//! A callback counts once and answers the same twice: browsers repeat, prefetch and duplicate it.

use zitadel_core::{Endpoint, Reply};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, BASE, Browser, Hold, assert_page, location};

/// The cookies that a response sets.
fn cookies(reply: &Reply) -> Vec<&str> {
    let cookies = reply.headers.iter().filter(|(name, _)| *name == "set-cookie");
    cookies.map(|(_, line)| line.as_str()).filter(|line| !line.contains("Max-Age=0")).collect()
}

#[track_caller]
fn assert_same(one: &Reply, other: &Reply) {
    assert_eq!((one.status, one.header("location")), (302, Some("/profile")), "{}", one.body);
    assert_eq!((other.status, other.header("location")), (302, Some("/profile")), "{}", other.body);
    assert_eq!(cookies(one).len(), 1);
    assert_eq!(cookies(one), cookies(other));
}

#[tokio::test]
async fn concurrent_callbacks_redeem_the_code_once_and_get_the_same_session() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let requests: Vec<_> = (0..8)
        .map(|_| {
            let (mut browser, callback) = (browser.clone(), callback.clone());
            tokio::spawn(async move { browser.callback(&callback).await })
        })
        .collect();
    let first = browser.callback(&callback).await;
    for request in requests {
        assert_same(&first, &request.await.unwrap());
    }
    assert_eq!(app.emulator.count(EndpointName::Token), 1);
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn callback_after_a_lost_response_gets_the_same_session_within_a_minute() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let lost = browser.clone().callback(&callback).await;
    app.advance(59);
    let mut other_tab = browser.clone();
    assert_same(&lost, &browser.callback(&callback).await);
    assert!(browser.open("/profile").await.is_ok(), "the session of this login is not ended as an earlier one");
    app.advance(2);
    assert_page(&other_tab.callback(&callback).await, 400, "it was already finished");
    assert_eq!(app.emulator.count(EndpointName::Token), 1);
}

/// The two requests of one browser reach two replicas.
#[tokio::test]
async fn callback_on_two_replicas_redeems_the_code_once() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let mut second = Browser { zitadel: app.replica(), ..browser.clone() };
    app.transport.hold(Hold::Response, "/token");
    let first = {
        let (mut browser, callback) = (browser.clone(), callback.clone());
        tokio::spawn(async move { browser.callback(&callback).await })
    };
    app.transport.wait_until_held().await;
    let waiting = {
        let callback = callback.clone();
        tokio::spawn(async move { second.callback(&callback).await })
    };
    // The second one has claimed nothing, and waits.
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    assert!(!waiting.is_finished());
    app.transport.release.add_permits(1);
    let first = first.await.unwrap();
    assert_same(&first, &waiting.await.unwrap());
    let mut third = Browser { zitadel: app.replica(), ..browser };
    assert_same(&first, &third.callback(&callback).await);
    assert_eq!(app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn callback_that_failed_fails_the_same_way_again() {
    let app = App::new();
    app.emulator.fault_times(EndpointName::Token, Fault::Status(500), 1);
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let mut again = browser.clone();
    let first = browser.callback(&callback).await;
    assert!(first.status >= 500, "{}", first.body);
    assert!(first.body.contains("Incident") && first.body.contains("callbackUrl=%2Fprofile"), "{}", first.body);
    let second = again.callback(&callback).await;
    assert_eq!((first.status, first.body), (second.status, second.body));
    assert_eq!(app.emulator.count(EndpointName::Token), 1, "the code may be spent");
}

#[tokio::test]
async fn prefetch_of_the_callback_redeems_nothing() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let target = callback.strip_prefix(BASE).unwrap();
    for (name, value) in [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "Prefetch")] {
        let mut head = browser.navigation("GET", target);
        head.header(name, value.as_bytes());
        let reply = browser.serve(Endpoint::Callback, &head, "").await;
        assert_eq!((reply.status, reply.header("cache-control"), reply.headers.len()), (204, Some("no-store"), 1));
    }
    assert_eq!(app.emulator.count(EndpointName::Token), 0);
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
}

#[tokio::test]
async fn client_that_hangs_up_during_the_callback_can_open_it_again() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.transport.hold(Hold::Response, "/token");
    let hung_up = {
        let (mut browser, callback) = (browser.clone(), callback.clone());
        tokio::spawn(async move { browser.callback(&callback).await })
    };
    app.transport.wait_until_held().await;
    hung_up.abort();
    app.transport.release.add_permits(1);
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
    assert_eq!(app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn session_that_was_ended_does_not_come_back_with_its_callback() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let mut copy = browser.clone();
    browser.callback(&callback).await;
    browser.logout().await;
    let reply = copy.callback(&callback).await;
    assert_page(&reply, 400, "it was already finished");
    assert_eq!((copy.session_cookies(), app.emulator.count(EndpointName::Token)), (vec![], 1));
}

#[tokio::test]
async fn callback_while_the_provider_cannot_be_asked_keeps_the_login() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    // Another process, without cached metadata.
    browser.zitadel = app.replica();
    app.transport.fail(zitadel_core::environment::TransportError::Timeout);
    assert_eq!(browser.callback(&callback).await.status, 503);
    app.transport.recover();
    app.advance(5);
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
}
