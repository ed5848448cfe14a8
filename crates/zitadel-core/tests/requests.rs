//! Requests and their authentication: cookies, caches, sockets, pages.

mod support;

use std::sync::atomic::Ordering;

use support::{
    Headers, World,
    rig::{Hold, Rig},
    status,
};
use zitadel_core::{Endpoint, Pages, RequestHead, Requirement};
use zitadel_emulator::Emulator;

#[tokio::test]
async fn a_new_session_cookie_never_leaves_with_a_cacheable_answer() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    world.advance(361);
    let authentication = browser.request("GET", "/app.css").await;
    let mut headers = Headers(vec![("cache-control", "public, max-age=31536000".to_owned())]);
    authentication.apply_to(&mut headers);
    assert!(headers.0.iter().any(|(name, _)| *name == "set-cookie"), "the cookie is rewritten");
    let cache: Vec<_> = headers.0.iter().filter(|(name, _)| *name == "cache-control").collect();
    assert_eq!(cache, [&("cache-control", "no-store".to_owned())], "the handler's header does not stay");
}

#[tokio::test]
async fn a_session_of_one_application_opens_no_other_that_shares_the_secret() {
    let secret = ("SESSION_SECRET", "q7Jx0mVb2tY9cK4nW8sR5gH1zL6fD3pA");
    let staging = World::with(Emulator::builder().issuer("https://staging.example").build(), &[secret]);
    let production = World::with(Emulator::builder().issuer("https://prod.example").build(), &[secret]);
    let mut browser = staging.signed_in("alice").await;
    browser.zitadel = production.zitadel.clone();
    let user = browser.visit("/admin").await;
    assert!(user.is_err(), "production takes a session of staging's issuer");
}

#[tokio::test]
async fn a_session_that_cannot_be_represented_is_an_error_at_sign_in() {
    let rig = Rig::new(Hold::Request);
    rig.gate.inflate.store(300 * 1024, Ordering::Relaxed);
    let mut browser = rig.browser(rig.replica());
    let reply = browser.sign_in("alice", "/profile").await;
    browser.zitadel = rig.replica();
    let next = browser.visit("/profile").await.err();
    assert_eq!((reply.status, next), (502, Some(302)), "302 at the callback and 302 at the page is a redirect loop");
}

#[tokio::test]
async fn debug_of_an_authentication_shows_no_cookie() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    world.advance(361);
    let authentication = browser.request("GET", "/").await;
    let mut after = browser.clone();
    after.receive(&authentication);
    assert!(
        !format!("{authentication:?}").contains(after.session_cookie().unwrap()),
        "a live session cookie is in `Debug`"
    );
}

#[tokio::test]
async fn one_foreign_cookie_with_a_byte_that_is_not_utf8_hides_no_session() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    let mut head = RequestHead::new("GET", "/");
    let line = [b"legacy=caf\xe9; zitadel.session=", browser.session_cookie().unwrap().as_bytes()].concat();
    head.header("cookie", &line);
    assert!(world.zitadel.authenticate(head).await.user().is_some());
}

#[tokio::test]
async fn a_websocket_of_a_neighbouring_subdomain_is_not_the_users() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    let mut head = browser.bare("GET", "/socket");
    head.header("sec-fetch-site", b"same-site");
    head.header("sec-fetch-mode", b"websocket");
    head.header("origin", b"https://evil.example.com");
    head.header("upgrade", b"websocket");
    let authentication = world.zitadel.authenticate(head).await;
    assert!(authentication.user().is_none());
}

#[test]
fn pages_whose_path_is_not_local_are_an_error_at_start_up() {
    let pages = Pages::new().login_path("https://evil.example/");
    let error = World::new().builder().pages(pages).build().unwrap_err();
    assert!(error.to_string().starts_with(".pages(): `login_path` "), "{error}");
}

#[tokio::test]
async fn a_login_page_that_requires_a_user_is_an_error_and_not_a_loop() {
    let zitadel = World::new().builder().pages(Pages::new().login_path("/welcome")).build().unwrap();
    let ask = async |target: &str| {
        let mut head = RequestHead::new("GET", target);
        head.header("sec-fetch-mode", b"navigate");
        status(&zitadel.authenticate(head).await, &Requirement::user()).unwrap_err()
    };
    assert_eq!(ask("/members").await, 302);
    assert_eq!(ask("/welcome?callbackUrl=%2Fmembers").await, 500, "302 to itself is a redirect loop");
}

#[tokio::test]
async fn a_request_is_authorized_as_far_as_its_user_allows() {
    let world = World::new();
    let anonymous = RequestHead::new("GET", "/");
    let bob = world.signed_in("bob").await.head("GET", "/");
    for (head, user, role) in [(anonymous, Some(401), Some(401)), (bob, None, Some(403))] {
        let authentication = world.zitadel.authenticate(head.clone()).await;
        assert_eq!(authentication.user().is_some(), user.is_none());
        assert_eq!(status(&authentication, &Requirement::user()).err(), user);
        assert_eq!(status(&authentication, &Requirement::user().role("admin")).err(), role);
        // The second time nothing has to be asked.
        let cached = world.zitadel.authenticate_cached(head).unwrap();
        assert_eq!(status(&cached, &Requirement::user().role("admin")).err(), role);
        assert!(cached.belongs_to(&world.zitadel) && !cached.belongs_to(&world.replica().zitadel));
    }
}

#[tokio::test]
async fn an_application_without_login_has_no_endpoints_and_serves_no_protected_route() {
    let config = zitadel_core::Config::api_builder("https://zitadel.example").audience("4711").build().unwrap();
    let zitadel = zitadel_core::Zitadel::builder(config).transport(World::new().wire).build().unwrap();
    assert_eq!(zitadel.endpoints().count(), 0);
    let browser = World::new().signed_in("alice").await;
    let authentication = zitadel.authenticate(browser.head("GET", "/")).await;
    assert_eq!(status(&authentication, &Requirement::user()).err(), Some(401), "not a redirect: there is no login");
    let login = zitadel.login(&browser.head("GET", "/"), &zitadel_core::LoginOptions::new(), None).await;
    assert_eq!(login.status, 501);
}

#[test]
fn an_endpoint_is_matched_by_its_exact_path() {
    let zitadel = World::new().zitadel;
    for (endpoint, path) in zitadel.endpoints() {
        assert_eq!(zitadel.match_endpoint(path), Some(endpoint));
        assert_eq!(zitadel.match_endpoint(&format!("{path}/")), None);
        assert_eq!(zitadel.match_endpoint(&path.to_uppercase()), None);
    }
    assert_eq!(zitadel.match_endpoint("/profile"), None);
}

#[test]
fn a_page_of_the_application_replaces_the_endpoint_at_its_path_only() {
    let world = World::new();
    let with = |pages| world.builder().pages(pages).build().unwrap();
    let elsewhere = with(Pages::new().login_path("/welcome").logged_out_path("/"));
    assert_eq!(elsewhere.match_endpoint("/auth/login"), Some(Endpoint::Login), "the link that logs in without a page");
    assert_eq!(elsewhere.match_endpoint("/auth/logout/success"), None);
    assert_eq!(elsewhere.match_endpoint("/"), None);
    assert_eq!(with(Pages::new().login_path("/auth/login")).match_endpoint("/auth/login"), None);
}
