//! What crosses between a browser and the engine: cookies, caches, sockets, pages.

mod support;

use std::sync::atomic::Ordering;

use support::{
    World,
    rig::{Hold, Rig},
};
use zitadel_core::{ConfigBuilder, Endpoint, Pages, Put, RequestHead, Required, Visitor};
use zitadel_emulator::Emulator;

#[tokio::test]
async fn a_new_session_cookie_never_leaves_with_a_cacheable_answer() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    world.advance(361);
    let (who, _) = browser.ask(&browser.head("GET", "/app.css")).await;
    assert!(who.headers().any(|(_, name, _)| name == "set-cookie"), "the cookie is rewritten");
    for (put, name, value) in who.headers() {
        assert!(
            !(name == "cache-control" && put == Put::Default),
            "`{name}: {value}` gives way to a handler's `public, max-age=31536000`, beside the session cookie"
        );
    }
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
    let (who, _) = browser.ask(&browser.head("GET", "/")).await;
    let mut after = browser.clone();
    after.finish(&who);
    assert!(!format!("{who:?}").contains(after.session_cookie().unwrap()), "a live session cookie is in `Debug`");
}

#[tokio::test]
async fn one_foreign_cookie_with_a_byte_that_is_not_utf8_hides_no_session() {
    let world = World::new();
    let browser = world.signed_in("alice").await;
    let mut head = RequestHead::new("GET", "/");
    let line = [b"legacy=caf\xe9; zitadel.session=", browser.session_cookie().unwrap().as_bytes()].concat();
    head.header("cookie", &line);
    assert!(world.zitadel.authenticate(&head).await.user().is_some());
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
    let (who, _) = browser.ask(&head).await;
    assert!(who.user().is_none());
}

#[test]
fn pages_that_an_adapter_brings_are_checked_like_those_of_the_configuration() {
    let world = World::new();
    let pages = zitadel_core::Pages::new().sign_in("https://evil.example/");
    assert!(
        ConfigBuilder::from_vars(world.vars.clone()).pages(pages.clone()).build().is_err(),
        "the builder refuses it"
    );
    let zitadel = world.zitadel.clone();
    assert!(
        std::thread::spawn(move || zitadel.with_pages(pages)).join().is_err(),
        "and so does the handle, at start-up"
    );
}

#[tokio::test]
async fn a_closed_sign_in_page_is_an_error_and_no_loop() {
    let world = World::new();
    let zitadel = world.zitadel.with_pages(Pages::new().sign_in("/welcome"));
    let ask = async |target: &str| {
        let mut head = RequestHead::new("GET", target);
        head.header("sec-fetch-mode", b"navigate");
        Visitor::authenticate(&zitadel, head).await.turned_away(Required::User).unwrap().status
    };
    assert_eq!(ask("/members").await, 302);
    assert_eq!(ask("/welcome?callbackUrl=%2Fmembers").await, 500, "302 to itself is a redirect loop");
}

#[tokio::test]
async fn a_visitor_is_let_in_as_far_as_the_route_allows() {
    let world = World::new();
    let stranger = RequestHead::new("GET", "/");
    let bob = world.signed_in("bob").await.head("GET", "/");
    let status = |visitor: &Visitor, required| visitor.turned_away(required).map(|reply| reply.status);
    for (head, user, role) in [(stranger, Some(401), Some(401)), (bob, None, Some(403))] {
        let visitor = Visitor::authenticate(&world.zitadel, head.clone()).await;
        assert_eq!(status(&visitor, Required::Nothing), None);
        assert_eq!(status(&visitor, Required::User), user);
        assert_eq!(status(&visitor, Required::Role("admin")), role);
        assert_eq!(visitor.user(Required::User).is_ok(), user.is_none());
        assert_eq!(visitor.admitted(Required::Nothing).is_some(), user.is_none());
        assert_eq!(visitor.admitted(Required::User).is_some(), user.is_none());
        assert!(visitor.admitted(Required::Role("admin")).is_none());
        // The second time, nobody has to be asked.
        let again = Visitor::recognise(&world.zitadel, head).unwrap();
        assert_eq!(status(&again, Required::Role("admin")), role);
    }
}

#[test]
fn an_endpoint_is_found_by_its_path_and_nothing_like_it() {
    let zitadel = World::new().zitadel;
    for (endpoint, path) in zitadel.endpoints() {
        assert_eq!(zitadel.endpoint_at(path), Some(endpoint));
        assert_eq!(zitadel.endpoint_at(&format!("{path}/")), None);
        assert_eq!(zitadel.endpoint_at(&path.to_uppercase()), None);
    }
    assert_eq!(zitadel.endpoint_at("/profile"), None);
}

#[test]
fn a_page_of_the_application_takes_the_place_of_an_endpoint_only_where_it_is() {
    let zitadel = World::new().zitadel;
    let elsewhere = zitadel.with_pages(Pages::new().sign_in("/welcome").signed_out("/"));
    assert_eq!(elsewhere.endpoint_at("/auth/login"), Some(Endpoint::Login), "the link that signs in without a page");
    assert_eq!(elsewhere.endpoint_at("/auth/logout/success"), None);
    assert_eq!(elsewhere.endpoint_at("/"), None);
    assert_eq!(zitadel.with_pages(Pages::new().sign_in("/auth/login")).endpoint_at("/auth/login"), None);
}
