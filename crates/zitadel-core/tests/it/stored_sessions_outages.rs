//! A store that does not answer, or does not take a session: nobody is signed out.

use zitadel_core::Endpoint;
use zitadel_emulator::EndpointName;

use crate::{
    stored_sessions::{Stored, is_reference, refreshes},
    support::{App, Hold, Log, emulator, json, location, noise},
};

#[tokio::test]
async fn session_that_cannot_be_read_is_answered_with_503_and_stays() {
    let stored = Stored::new();
    let browser = stored.logged_in("alice").await;
    let mut elsewhere = stored.elsewhere(&browser);
    stored.store.set_down(true);
    let log = Log::collect();
    assert_eq!(elsewhere.open("/").await.err(), Some(503));
    assert!(log.event("session_not_read").contains("the store is not available: unplugged"));
    let reply = elsewhere.session().await;
    assert_eq!(json(&reply, 503)["error"], "store_unavailable");
    assert_eq!(reply.header("retry-after"), Some("5"));
    assert_eq!(elsewhere.session_cookie(), browser.session_cookie());
    assert_eq!(elsewhere.get(Endpoint::Session, "/auth/session").await.status, 503);
    stored.store.set_down(false);
    assert!(elsewhere.open("/").await.is_ok());
}

#[tokio::test]
async fn session_in_memory_is_used_within_the_lag_as_one_in_a_cookie_is() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    stored.app.advance(358);
    assert!(browser.open("/").await.is_ok());
    stored.store.set_down(true);
    assert!(browser.open("/").await.is_ok());
    stored.app.advance(4);
    assert!(browser.open("/").await.is_ok(), "although it is due to be written");
    stored.app.advance(2);
    assert_eq!(browser.open("/").await.err(), Some(503));
    stored.store.set_down(false);
    assert!(browser.open("/").await.is_ok());
}

#[tokio::test]
async fn login_whose_session_the_store_does_not_take_gets_it_in_its_cookie() {
    let stored = Stored::new();
    stored.store.set_read_only("session/");
    let log = Log::collect();
    let mut browser = stored.logged_in("alice").await;
    assert!(log.event("session_not_stored").contains("read-only"));
    drop(log);
    assert!(!is_reference(&browser));
    assert!(stored.elsewhere(&browser).open("/").await.is_ok());
    stored.store.set_read_only("-");
    stored.app.advance(361);
    assert!(browser.open("/").await.is_ok());
    assert!(is_reference(&browser));
    assert!(stored.elsewhere(&browser).open("/").await.is_ok());
}

#[tokio::test]
async fn refreshed_session_that_the_store_does_not_take_goes_to_the_cookie_and_back() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let mut late = browser.clone();
    let mut late_elsewhere = stored.elsewhere(&browser);
    stored.app.advance(601);
    stored.store.set_read_only("session/");
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    assert!(!is_reference(&browser));
    // Requests that were under way with the reference: the store has the state of before.
    assert_eq!(refreshes(&mut late).await, Ok(1));
    assert_eq!(refreshes(&mut late_elsewhere).await, Ok(1));
    stored.store.set_read_only("-");
    stored.app.advance(361);
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    assert!(is_reference(&browser));
    assert_eq!(refreshes(&mut stored.elsewhere(&browser)).await, Ok(1), "the earlier state was replaced");
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

/// The store is lost while the provider answers, and the session fits into no cookie.
#[tokio::test(start_paused = true)]
async fn refreshed_session_that_fits_nowhere_waits_for_the_store() {
    let emulator = emulator();
    emulator.client().set_access_token_lifetime(std::time::Duration::from_secs(600));
    emulator.update_person("alice", |alice| alice.metadata.push(("noise".to_owned(), noise(30_000))));
    let stored = Stored::with(App::with(emulator, &[("SESSION_MODE", "stored")]));
    let browser = stored.logged_in("alice").await;
    stored.app.advance(601);
    stored.app.transport.hold(Hold::Response, "/token");
    let request = tokio::spawn({
        let mut browser = browser.clone();
        async move { refreshes(&mut browser).await }
    });
    stored.app.transport.wait_until_held().await;
    stored.store.set_down(true);
    stored.app.transport.release.add_permits(1);
    assert_eq!(request.await.unwrap(), Err(503));
    stored.store.set_down(false);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    for mut browser in [browser.clone(), stored.elsewhere(&browser)] {
        assert_eq!(refreshes(&mut browser).await, Ok(1));
        assert!(is_reference(&browser));
    }
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

#[tokio::test(start_paused = true)]
async fn logout_of_a_session_that_cannot_be_read_ends_it_as_soon_as_the_store_answers() {
    let stored = Stored::new();
    let browser = stored.logged_in("alice").await;
    let mut elsewhere = stored.elsewhere(&browser);
    stored.store.set_down(true);
    assert_eq!(location(&elsewhere.logout().await), "/auth/logout/error?reason=store_unavailable");
    assert_eq!(elsewhere.session_cookies(), []);
    elsewhere.cookies = browser.cookies.clone();
    assert_eq!(elsewhere.open("/").await.err(), Some(302), "this replica knows");
    stored.store.set_down(false);
    tokio::time::sleep(std::time::Duration::from_secs(40)).await;
    assert_eq!(stored.elsewhere(&browser).open("/").await.err(), Some(302));
}

/// A provider that is down, too, changes nothing: the store's answer is what counts.
#[tokio::test]
async fn due_session_is_used_while_its_token_is_valid_if_neither_provider_nor_store_answer() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    stored.app.advance(571);
    assert!(browser.open("/").await.is_ok());
    stored.store.set_down(true);
    assert!(browser.open("/").await.is_ok());
    stored.app.advance(600);
    assert_eq!(browser.open("/").await.err(), Some(503));
}
