//! An application is switched between sessions in cookies and in the store; nobody is signed out.

use zitadel_emulator::EndpointName;

use crate::{
    stored_sessions::{Stored, is_reference, refreshes},
    support::{Browser, Hold},
};

#[tokio::test]
async fn session_in_a_cookie_goes_to_the_store_when_it_is_written_again() {
    let stored = Stored::new();
    let mut browser = stored.app.browser_of(stored.cookie_replica());
    browser.login("alice", "/").await;
    assert!(!is_reference(&browser));
    browser.zitadel = stored.replica();
    assert!(browser.open("/").await.is_ok());
    assert!(!is_reference(&browser), "not yet");
    let old = browser.clone();
    stored.app.advance(361);
    assert!(browser.open("/").await.is_ok());
    assert!(is_reference(&browser));
    assert!(stored.elsewhere(&browser).open("/").await.is_ok());
    assert!(stored.elsewhere(&old).open("/").await.is_ok(), "a request that was under way");
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 1);
}

#[tokio::test]
async fn session_in_a_cookie_goes_to_the_store_at_its_refresh() {
    let stored = Stored::new();
    let mut browser = stored.app.browser_of(stored.cookie_replica());
    browser.login("alice", "/").await;
    let old = browser.clone();
    stored.app.advance(601);
    browser.zitadel = stored.replica();
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    assert!(is_reference(&browser));
    let mut late = stored.elsewhere(&old);
    assert_eq!(refreshes(&mut late).await, Ok(1), "a request that was under way");
    assert_eq!(late.session_cookie(), browser.session_cookie());
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

/// Later than the result of a refresh is kept.
#[tokio::test]
async fn cookie_from_before_the_switch_finds_the_session_in_the_store() {
    let stored = Stored::new();
    let mut browser = stored.app.browser_of(stored.cookie_replica());
    browser.login("alice", "/").await;
    let old = browser.clone();
    browser.zitadel = stored.replica();
    stored.app.advance(601);
    assert_eq!(refreshes(&mut browser).await, Ok(1));
    stored.app.advance(301);
    let mut late = stored.elsewhere(&old);
    assert_eq!(refreshes(&mut late).await, Ok(1));
    assert_eq!(late.session_cookie(), browser.session_cookie());
    assert_eq!(stored.app.emulator.count(EndpointName::Token), 2);
}

#[tokio::test]
async fn session_in_the_store_goes_to_a_cookie_when_it_is_written_again_or_refreshed() {
    for (seconds, expected) in [(361, 0), (601, 1)] {
        let stored = Stored::new();
        let mut browser = stored.logged_in("alice").await;
        let old = browser.clone();
        browser.zitadel = stored.cookie_replica();
        assert_eq!(refreshes(&mut browser).await, Ok(0));
        assert!(is_reference(&browser), "not yet");
        stored.app.advance(seconds);
        assert_eq!(refreshes(&mut browser).await, Ok(expected));
        assert!(!is_reference(&browser));
        let mut late = Browser { zitadel: stored.cookie_replica(), ..old };
        assert_eq!(refreshes(&mut late).await, Ok(expected), "a request that was under way");
        // And back again.
        browser.zitadel = stored.replica();
        stored.app.advance(601);
        assert_eq!(refreshes(&mut browser).await, Ok(expected + 1));
        assert!(is_reference(&browser));
        assert_eq!(refreshes(&mut stored.elsewhere(&browser)).await, Ok(expected + 1), "the newest state is there");
    }
}

/// A rolling deployment of the switch, in either direction, during a refresh.
#[tokio::test]
async fn replicas_in_both_modes_share_one_refresh() {
    let stored = Stored::new();
    for starts_stored in [true, false] {
        for refreshes_stored in [true, false] {
            let replica = |is_stored| if is_stored { stored.replica() } else { stored.cookie_replica() };
            let mut browser = stored.app.browser_of(replica(starts_stored));
            browser.login("alice", "/").await;
            let before = stored.app.emulator.count(EndpointName::Token);
            stored.app.advance(601);
            let at = |is_stored| Browser { zitadel: replica(is_stored), ..browser.clone() };
            let (mut one, mut other) = (at(refreshes_stored), at(!refreshes_stored));
            stored.app.transport.hold(Hold::Response, "/token");
            let first = tokio::spawn(async move { (refreshes(&mut one).await, one) });
            stored.app.transport.wait_until_held().await;
            let second = tokio::spawn(async move { (refreshes(&mut other).await, other) });
            stored.app.transport.release.add_permits(1);
            for result in [first, second] {
                let (result, browser) = result.await.unwrap();
                assert_eq!(result, Ok(1), "{starts_stored} {refreshes_stored}");
                // Whichever response the browser got, it goes on at both.
                for is_stored in [true, false] {
                    let mut next = Browser { zitadel: replica(is_stored), ..browser.clone() };
                    assert_eq!(refreshes(&mut next).await, Ok(1), "{starts_stored} {refreshes_stored} {is_stored}");
                }
            }
            assert_eq!(stored.app.emulator.count(EndpointName::Token), before + 1);
        }
    }
}

#[tokio::test]
async fn logout_in_one_mode_ends_the_session_in_the_other() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let copy = browser.clone();
    stored.app.advance(361);
    browser.zitadel = stored.cookie_replica();
    assert!(browser.open("/").await.is_ok());
    assert!(!is_reference(&browser));
    browser.logout().await;
    assert_eq!(stored.elsewhere(&copy).open("/").await.err(), Some(302));
}
