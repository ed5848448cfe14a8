//! Refreshed sessions, and their cookies on the way back to the browser.

use std::collections::BTreeSet;

use behaviours::Browser;
use futures_util::future::join_all;
use zitadel_emulator::EndpointName;

use super::PROXY;
use crate::site::{Received, Site, post};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn cookie_of_a_refreshed_session_reaches_the_browser_with_every_answer() {
    let site = Site::start(PROXY).await;
    let mut browser = site.logged_in("bob").await;
    // Of the application: a page, an error, a rejection of its own. Of the gateway: a role that is missing.
    for (path, status) in [("/orders", 200), ("/404", 404), ("/500", 500), ("/401", 401), ("/admin", 403)] {
        site.make_tokens_due();
        site.emulator.clear_requests();
        let before = browser.session();
        let response = browser.get(path).await;
        response.assert_status(status);
        assert_eq!(site.emulator.count(EndpointName::Token), 1, "{path}");
        assert!(response.sets_session() && browser.session() != before, "{path}: {:?}", response.headers);
        let sets = response.set_cookies();
        let cookie = sets.iter().find(|cookie| cookie.is_session()).unwrap();
        assert!(cookie.has("HttpOnly") && cookie.has("SameSite=Lax") && cookie.has("Path=/"), "{cookie:?}");
        if path != "/admin" {
            assert!(sets.iter().any(|cookie| cookie.name == "application"), "{path}: {sets:?}");
        }
        assert!(!response.headers.keys().any(|name| name.as_str().starts_with("x-auth-request")), "{path}");
        assert!(!browser.get("/orders").await.sets_session(), "nothing is due");
    }
}

/// Text that cannot be compressed.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(bytes).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn session_of_several_cookies_is_refreshed_and_ends_as_a_whole() {
    let site = Site::start(PROXY).await;
    site.emulator.update_person("alice", |person| person.metadata.push(("photo".into(), noise(2_500))));
    let mut browser = site.logged_in("alice").await;
    let parts = browser.session().len();
    assert!(parts > 1, "{}", site.proxy.log());
    for _ in 0..2 {
        site.make_tokens_due();
        let before = browser.session();
        let response = browser.get("/orders").await;
        Received::of(&response, 200);
        let changed = before.iter().zip(&browser.session()).filter(|(before, after)| before != after).count();
        assert_eq!((changed, response.set_cookies().len()), (parts, parts + 1), "and the application's");
        // A new browser has no memory of earlier parts, and no gateway either, as its cache knows the whole cookie.
        let mut copy = site.browser();
        for (name, value) in browser.session() {
            copy.set_cookie(&name, &value);
        }
        Received::of(&copy.get("/orders").await, 200);
    }
    // It becomes small again: the other parts are removed.
    site.emulator.update_person("alice", |person| person.metadata.clear());
    site.make_tokens_due();
    Received::of(&browser.get("/orders").await, 200);
    assert_eq!(browser.session().len(), 1);
    Received::of(&browser.get("/orders").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn twenty_requests_at_once_with_a_session_that_is_due_cause_one_refresh() {
    for mode in ["cookie", "stored"] {
        let site = Site::with(PROXY, &[("SESSION_MODE", mode)]).await;
        let mut browser = site.logged_in("alice").await;
        for _ in 0..3 {
            site.make_tokens_due();
            site.emulator.clear_requests();
            let requests = (0..20).map(|_| {
                let mut browser = browser.clone();
                async move {
                    let response = browser.get("/orders").await;
                    Received::of(&response, 200);
                    browser
                }
            });
            let mut browsers = join_all(requests).await;
            let sessions: BTreeSet<_> = browsers.iter().map(Browser::session).collect();
            browser = browsers.pop().unwrap();
            assert_eq!(site.emulator.count(EndpointName::Token), 1, "{mode}");
            assert_eq!(sessions.len(), 1, "{mode}: every answer sets the same cookie");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn stored_session_is_one_small_cookie() {
    let site = Site::with(PROXY, &[("SESSION_MODE", "stored")]).await;
    site.emulator.update_person("alice", |person| person.metadata.push(("photo".into(), noise(2_500))));
    let mut browser = site.logged_in("alice").await;
    let session = browser.session();
    assert!(session.len() == 1 && session[0].1.len() < 200, "{session:?}");
    site.make_tokens_due();
    Received::of(&browser.get("/orders").await, 200);
    Received::of(&browser.send(post("/orders", "same-origin")).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs nginx and Caddy: cargo xtask test"]
async fn cookie_that_is_no_session_is_removed_and_a_logout_ends_the_session() {
    let site = Site::start(PROXY).await;
    let (name, _) = site.logged_in("alice").await.session().remove(0);
    let mut browser = site.browser();
    browser.set_cookie(&name, "1nonsense");
    browser.get("/orders").await.assert_redirect("/api/v1/login");
    assert_eq!(browser.session(), []);

    let mut browser = site.logged_in("alice").await;
    let mut copy = browser.clone();
    browser.send(post("/api/v1/logout", "same-origin")).await.assert_status(302);
    assert_eq!(browser.session(), []);
    browser.fetch("GET", "/orders").await.assert_status(401);
    // On both gateways, within a few seconds at the latest.
    site.advance(10);
    for _ in 0..4 {
        copy.fetch("GET", "/orders").await.assert_status(401);
    }
}
