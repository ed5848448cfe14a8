//! Back-channel logout: the provider's word ends sessions, and nothing else does. The cases of the certification programme's
//! back-channel tests are numbered.

use std::{sync::Arc, time::Duration};

use zitadel_core::{
    Endpoint, Reply, RequestHead,
    environment::{StoreEvent, TransportError},
};
use zitadel_emulator::{EndpointName, Fault, SigningAlgorithm};

use crate::support::{AnnouncingStore, App, Browser, Log, json};

const PATH: &str = "/auth/backchannel-logout";
const FORM: &str = "application/x-www-form-urlencoded";

/// The provider's request, as ZITADEL sends it.
fn head() -> RequestHead {
    let mut head = RequestHead::new("POST", PATH);
    head.header("host", b"localhost:3000");
    head.header("user-agent", b"Go-http-client/1.1");
    head.header("content-type", FORM.as_bytes());
    head
}

async fn post(browser: &Browser, body: &str) -> Reply {
    browser.zitadel.serve(Endpoint::BackChannelLogout, &head(), async { Some(body.as_bytes()) }).await
}

async fn send(browser: &Browser, token: &str) -> Reply {
    post(browser, &format!("logout_token={token}")).await
}

#[track_caller]
fn assert_accepted(reply: &Reply, case: &str) {
    assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")), "{case}: {}", reply.body);
    assert!(reply.body.is_empty() && reply.header("set-cookie").is_none());
}

#[track_caller]
fn assert_invalid(reply: &Reply, case: &str) {
    assert_eq!((reply.status, reply.header("cache-control")), (400, Some("no-store")), "{case}: {}", reply.body);
    assert_eq!(json(reply, 400)["error"], "invalid_logout_token", "{case}");
}

/// A session of alice, and the id of her session at the provider.
async fn session(app: &App) -> (Browser, String) {
    let browser = app.logged_in("alice").await;
    (browser, app.emulator.session_ids("alice").pop().unwrap())
}

#[tokio::test]
async fn session_that_ends_at_the_provider_ends_here() {
    let app = App::new();
    let (mut alice, _) = session(&app).await;
    let mut bob = app.logged_in("bob").await;
    assert_eq!(app.emulator.end_sessions("alice"), 1);
    app.emulator.advance(Duration::from_millis(20));
    let statuses = std::sync::Mutex::new(Vec::new());
    let deliveries = app
        .emulator
        .deliver_logout_tokens(async |request| {
            let body = String::from_utf8(request.into_body()).unwrap();
            let reply = post(&alice, &body).await;
            statuses.lock().unwrap().push(reply.status);
            Some(reply.status)
        })
        .await;
    assert_eq!((deliveries, statuses.into_inner().unwrap()), (1, vec![200]));
    assert_eq!(alice.open("/profile").await.err(), Some(302));
    assert_eq!(alice.session_cookies(), []);
    assert!(bob.open("/profile").await.is_ok());
    alice.login("alice", "/profile").await;
    assert!(alice.open("/profile").await.is_ok(), "a later login is another session of the provider");
}

#[tokio::test]
async fn acceptable_tokens_end_the_session() {
    for (case, claim, header, parameter) in [
        ("1 a token as ZITADEL sends it", None, None, ""),
        ("2 with an unknown claim", Some(("trace_id", "x")), None, ""),
        ("3 with an unknown parameter", None, None, "&state=x"),
        ("4 of the type logout+jwt", None, Some("logout+jwt"), ""),
    ] {
        let app = App::new();
        let (mut browser, sid) = session(&app).await;
        let mut token = app.emulator.logout_token_for("alice", &sid);
        if let Some((name, value)) = claim {
            token = token.claim(name, value);
        }
        if let Some(typ) = header {
            token = token.header("typ", typ);
        }
        let reply = post(&browser, &format!("logout_token={}{parameter}", token.build())).await;
        assert_accepted(&reply, case);
        assert_eq!(browser.open("/").await.err(), Some(302), "{case}");
    }
}

#[tokio::test]
async fn unacceptable_tokens_are_400_and_end_nothing() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    let token = || app.emulator.logout_token_for("alice", &sid);
    let now = app.emulator.now();
    let event = "http://schemas.openid.net/event/backchannel-logout";
    let tokens = [
        ("5 alg none", token().fault(Fault::AlgNone).build()),
        ("6 HMAC with the public key", token().fault(Fault::AlgHs256).build()),
        ("7 a foreign key", token().fault(Fault::ForeignKey).build()),
        ("8 no event", token().without_claim("events").build()),
        ("9 another event", token().claim("events", serde_json::json!({"http://x": {}})).build()),
        ("10 an event that is no object", token().claim("events", serde_json::json!({event: true})).build()),
        ("11 a nonce", token().claim("nonce", "n").build()),
        ("12 another audience", token().claim("aud", serde_json::json!(["other"])).build()),
        ("13 no audience", token().without_claim("aud").build()),
        ("14 another issuer", token().claim("iss", "https://evil.example").build()),
        ("15 no iat", token().without_claim("iat").build()),
        ("16 neither sub nor sid", token().without_claim("sub").without_claim("sid").build()),
        ("17 no jti", token().without_claim("jti").build()),
        ("18 old", token().issued_at(now - Duration::from_secs(3_600)).build()),
        ("19 far future", token().issued_at(now + Duration::from_secs(3_600)).build()),
        ("20 an access token's type", token().header("typ", "at+jwt").build()),
        ("21 no exp", token().without_claim("exp").build()),
    ];
    let log = Log::collect();
    for (case, token) in &tokens {
        assert_invalid(&send(&browser, token).await, case);
        assert!(browser.open("/").await.is_ok(), "{case}");
    }
    assert_eq!(log.text().matches("logout_token_rejected").count(), tokens.len());
    for (_, token) in &tokens {
        assert!(!log.text().contains(token.as_str()), "the log has no token");
    }
    // An ID token is not a logout token.
    let id_token = browser.open("/").await.unwrap();
    assert!(id_token.session().is_some());
}

/// `22` wrong algorithm by a key of the set: the key is the provider's, and discovery does not offer it for ID tokens.
#[tokio::test]
async fn token_of_another_algorithm_than_discovery_or_the_configuration_names_is_400() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    // ES256 is what the emulator signs with, and what its discovery offers.
    let token = app.emulator.logout_token_for("alice", &sid).signed_with(SigningAlgorithm::EdDsa).build();
    let offered: serde_json::Value = {
        let request = http::Request::get("https://zitadel.example/.well-known/openid-configuration").body(Vec::new());
        let response = app.emulator.respond(request.unwrap()).await.unwrap();
        serde_json::from_slice(response.body()).unwrap()
    };
    let offers = offered["id_token_signing_alg_values_supported"].as_array().unwrap();
    if !offers.iter().any(|name| name == "EdDSA") {
        assert_invalid(&send(&browser, &token).await, "22 not offered");
    }
    let pinned = app.restarted(&[("ZITADEL_SIGNING_ALG", "ES256")]);
    let other = Browser { zitadel: pinned, ..browser.clone() };
    assert_invalid(&send(&other, &token).await, "22 not pinned");
    assert!(browser.open("/").await.is_ok());
}

#[tokio::test]
async fn requests_that_are_no_logout_are_refused() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    let token = app.emulator.logout_token_for("alice", &sid).build();
    for (case, body) in [
        ("no token", String::new()),
        ("an empty token", "logout_token=".to_owned()),
        ("23 two tokens", format!("logout_token={token}&logout_token={token}")),
        ("not a token", "logout_token=x.y.z".to_owned()),
        ("another parameter", format!("token={token}")),
    ] {
        assert_invalid(&post(&browser, &body).await, case);
    }
    for content_type in [None, Some("application/json"), Some("text/plain"), Some("multipart/form-data")] {
        let mut head = RequestHead::new("POST", PATH);
        content_type.inspect(|value| head.header("content-type", value.as_bytes()));
        let body = format!("logout_token={token}");
        let reply = app.zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(body.as_bytes()) }).await;
        assert_invalid(&reply, &format!("24 {content_type:?}"));
    }
    let reply = app.zitadel.serve(Endpoint::BackChannelLogout, &head(), async { None::<&[u8]> }).await;
    assert_invalid(&reply, "oversized, or broken off");
    let mut get = RequestHead::new("GET", &format!("{PATH}?logout_token={token}"));
    get.header("content-type", FORM.as_bytes());
    let reply = app.zitadel.serve(Endpoint::BackChannelLogout, &get, async { Some("") }).await;
    assert_eq!((reply.status, reply.header("allow")), (405, Some("POST")));
    assert!(browser.open("/").await.is_ok());
}

/// The provider has no cookies and sends no `Origin`; a browser that is made to post it gains nothing.
#[tokio::test]
async fn neither_cookies_nor_the_origin_matter() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    let mut head = browser.request("POST", PATH);
    head.header("origin", b"https://evil.example");
    head.header("sec-fetch-site", b"cross-site");
    head.header("content-type", FORM.as_bytes());
    let body = format!("logout_token={}", app.emulator.logout_token_for("alice", &sid).build());
    let reply = app.zitadel.serve(Endpoint::BackChannelLogout, &head, async { Some(body.as_bytes()) }).await;
    assert_accepted(&reply, "with cookies and another origin");
    assert_eq!(browser.open("/").await.err(), Some(302));
}

#[tokio::test]
async fn token_that_comes_again_is_200_and_ends_nothing_again() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    let token = app.emulator.logout_token_for("alice", &sid).without_claim("sid").build();
    assert_accepted(&send(&browser, &token).await, "first");
    assert_eq!(browser.open("/").await.err(), Some(302));
    app.advance(1);
    browser.login("alice", "/").await;
    let log = Log::collect();
    assert_accepted(&send(&browser, &token).await, "again");
    log.event("logout_token_repeated");
    assert!(browser.open("/").await.is_ok());
    // Two tokens for one session, as after two logins in it.
    let sid = app.emulator.session_ids("alice").pop().unwrap();
    for case in ["one", "other"] {
        assert_accepted(&send(&browser, &app.emulator.logout_token_for("alice", &sid).build()).await, case);
    }
    assert_eq!(browser.open("/").await.err(), Some(302));
}

#[tokio::test]
async fn token_by_sub_ends_all_sessions_that_began_before_it_on_every_replica() {
    let app = App::new();
    let store = AnnouncingStore::new(&app.store);
    let replicas: Vec<_> = (0..3).map(|_| app.builder().store(store.clone()).build().unwrap()).collect();
    let mut browsers = Vec::new();
    for number in 0..5 {
        let mut browser = app.browser_of(replicas[number % 3].clone());
        browser.login("alice", "/").await;
        browser.zitadel = replicas[(number + 1) % 3].clone();
        assert!(browser.open("/").await.is_ok());
        browsers.push(browser);
    }
    let mut bob = app.browser_of(replicas[0].clone());
    bob.login("bob", "/").await;
    app.advance(2);
    let mut later = app.browser_of(replicas[1].clone());
    let token = app.emulator.logout_token_for("alice", "x").without_claim("sid").build();
    app.advance(2);
    later.login("alice", "/").await;
    assert_accepted(&send(&app.browser_of(replicas[0].clone()), &token).await, "by sub");
    for browser in &mut browsers {
        assert_eq!(browser.open("/").await.err(), Some(302));
    }
    assert!(bob.open("/").await.is_ok());
    assert!(later.open("/").await.is_ok(), "it began after the token was issued");
}

/// A refresh does not bring an ended session back, although ZITADEL gives new tokens for it.
#[tokio::test]
async fn ended_session_does_not_live_on_through_a_refresh() {
    let app = App::with_short_lived_tokens();
    let (mut browser, sid) = session(&app).await;
    let mut copy = browser.clone();
    app.advance(601);
    browser.open("/").await.unwrap();
    assert_accepted(&send(&browser, &app.emulator.logout_token_for("alice", &sid).build()).await, "ends it");
    assert_eq!(copy.open("/").await.err(), Some(302), "the cookie from before the refresh");
    assert_eq!(browser.open("/").await.err(), Some(302), "and the one after it");
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn token_that_cannot_be_stored_is_503_and_stored_later() {
    let app = App::new();
    let store = AnnouncingStore::new(&app.store);
    let replica = || app.builder().store(store.clone()).build().unwrap();
    let mut browser = app.browser_of(replica());
    browser.login("alice", "/").await;
    let sid = app.emulator.session_ids("alice").pop().unwrap();
    let mut other = Browser { zitadel: replica(), ..browser.clone() };
    other.open("/").await.unwrap();
    store.set_down(true);
    let log = Log::collect();
    let reply = send(&browser, &app.emulator.logout_token_for("alice", &sid).build()).await;
    assert_eq!((reply.status, reply.header("cache-control")), (503, Some("no-store")));
    assert!(log.event("back_channel_logout_failed").contains("ERROR"));
    assert_eq!(browser.open("/").await.err(), Some(302), "this replica knows");
    store.set_down(false);
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(other.open("/").await.err(), Some(302), "the other one was told");
}

#[tokio::test]
async fn token_while_the_keys_cannot_be_fetched_is_503() {
    let app = App::new();
    let (browser, sid) = session(&app).await;
    let other = Browser { zitadel: app.replica(), ..browser };
    let token = app.emulator.logout_token_for("alice", &sid).build();
    app.transport.fail(TransportError::Timeout);
    assert_eq!(send(&other, &token).await.status, 503);
    app.transport.recover();
    app.advance(5);
    assert_accepted(&send(&other, &token).await, "it comes again");
    assert_eq!(app.emulator.count(EndpointName::Revoke), 0);
}

/// The keys were rotated since they were fetched.
#[tokio::test]
async fn token_of_a_new_key_is_accepted() {
    let app = App::new();
    let (mut browser, sid) = session(&app).await;
    app.advance(3_600);
    app.emulator.rotate_keys(SigningAlgorithm::Es256);
    assert_accepted(&send(&browser, &app.emulator.logout_token_for("alice", &sid).build()).await, "a new key");
    assert_eq!(browser.open("/").await.err(), Some(302));
}

/// An announcement that names no session of this application ends none.
#[tokio::test]
async fn foreign_announcements_are_ignored() {
    let app = App::new();
    let store: Arc<AnnouncingStore> = AnnouncingStore::new(&app.store);
    let mut browser = app.browser_of(app.builder().store(store.clone()).build().unwrap());
    browser.login("alice", "/").await;
    for (key, value) in [("ended/session/x", "1"), ("login/x", "1"), ("ended/sub/x", "not a number"), ("", "")] {
        store.tell(&StoreEvent::Announced { key: key.to_owned(), value: value.as_bytes().to_vec() }).await;
        assert!(browser.open("/").await.is_ok());
    }
}
