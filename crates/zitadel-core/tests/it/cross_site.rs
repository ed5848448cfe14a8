//! Requests that another site makes in a user's browser.

use zitadel_core::{Endpoint, RequestHead, Requirement};

use crate::support::{App, BASE, Browser, Log, assert_page, authorize, json, location};

const EVIL: &str = "https://evil.example";

/// A form that a page of another site posts.
fn from_another_site(browser: &Browser, path: &str) -> RequestHead {
    let mut head = browser.request("POST", path);
    for (name, value) in
        [("accept", "text/html"), ("origin", EVIL), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")]
    {
        head.header(name, value.as_bytes());
    }
    head
}

/// Headers without evidence that a request comes from this site.
const WITHOUT_EVIDENCE: [&[(&str, &str)]; 10] = [
    &[],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-origin"), ("origin", EVIL)],
    &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
    &[("origin", EVIL)],
    &[("origin", "null")],
    &[("origin", "http://localhost")],
    &[("origin", BASE), ("origin", EVIL)],
    &[("referer", BASE)],
];

fn with_headers(mut head: RequestHead, headers: &[(&str, &str)]) -> RequestHead {
    headers.iter().for_each(|(name, value)| head.header(name, value.as_bytes()));
    head
}

#[tokio::test]
async fn logout_from_another_site_is_rejected_and_keeps_the_session() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let before = browser.cookies.clone();
    let head = from_another_site(&browser, "/auth/logout");
    let reply = browser.serve(Endpoint::Logout, &head, "").await;
    assert_page(&reply, 403, "This request came from another site");
    assert_eq!(browser.cookies, before);
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn login_from_another_site_is_rejected() {
    let app = App::new();
    for mut browser in [app.browser(), app.logged_in("alice").await] {
        let head = from_another_site(&browser, "/auth/signin/zitadel");
        let reply = browser.serve(Endpoint::LoginPost, &head, "").await;
        assert_page(&reply, 403, "This request came from another site");
        assert_eq!(browser.pending_logins(), []);
    }
}

#[tokio::test]
async fn unsafe_request_without_same_origin_evidence_is_rejected() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    for headers in WITHOUT_EVIDENCE {
        let head = with_headers(browser.request("POST", "/auth/logout"), headers);
        assert_eq!(json(&browser.serve(Endpoint::Logout, &head, "").await, 403)["error"], "cross_site", "{headers:?}");
        let head = with_headers(browser.request("POST", "/orders"), headers);
        let authentication = app.zitadel.authenticate(head).await;
        assert_eq!(authorize(&authentication, &Requirement::user()).err(), Some(403), "{headers:?}");
    }
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn unsafe_request_with_same_origin_evidence_is_accepted() {
    let app = App::new();
    for headers in [&[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")], &[("origin", BASE)]] {
        let mut browser = app.browser();
        let head = with_headers(browser.request("POST", "/auth/signin/zitadel"), headers);
        let reply = browser.serve(Endpoint::LoginPost, &head, "").await;
        let callback = app.emulator.authorize_as(location(&reply), "bob");
        assert_eq!(browser.callback(&callback).await.status, 302);
        let head = with_headers(browser.request("POST", "/orders"), headers);
        assert!(app.zitadel.authenticate(head).await.user().is_some(), "{headers:?}");
        let head = with_headers(browser.request("POST", "/auth/logout"), headers);
        assert_eq!(browser.serve(Endpoint::Logout, &head, "").await.status, 302);
        assert_eq!(browser.session_cookies(), []);
    }
}

#[tokio::test]
async fn link_from_another_site_is_authenticated() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    let head = with_headers(browser.request("GET", "/profile"), &headers);
    assert!(app.zitadel.authenticate(head).await.user().is_some());
}

#[tokio::test]
async fn websocket_from_another_origin_is_not_authenticated() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    let upgrade = ("upgrade", "websocket");
    for (headers, is_authenticated) in [
        (&[upgrade, ("origin", EVIL)][..], false),
        (&[upgrade, ("origin", BASE)][..], true),
        // A neighbouring subdomain.
        (&[upgrade, ("origin", EVIL), ("sec-fetch-site", "same-site"), ("sec-fetch-mode", "websocket")][..], false),
    ] {
        let head = with_headers(browser.request("GET", "/socket"), headers);
        assert_eq!(app.zitadel.authenticate(head).await.user().is_some(), is_authenticated, "{headers:?}");
    }
}

/// `http://127.0.0.1` and `http://localhost` are two origins to a browser and look like one to a person.
#[tokio::test]
async fn rejected_request_is_logged_with_a_hint_if_the_application_was_opened_at_another_address() {
    let app = App::new();
    let headers = [("sec-fetch-site", "same-origin"), ("origin", "http://127.0.0.1:3000")];
    for (headers, has_hint) in [(&headers[..], true), (&[("origin", EVIL)][..], false)] {
        let log = Log::collect();
        let mut browser = app.browser();
        let head = with_headers(browser.request("POST", "/auth/signin/zitadel"), headers);
        assert_eq!(browser.serve(Endpoint::LoginPost, &head, "").await.status, 403);
        let event = log.event("cross_site_request_refused");
        assert_eq!(event.contains("opened at another address"), has_hint, "{event}");
    }
}
