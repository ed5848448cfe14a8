//! Being signed in: for pages, for scripts, and until when.

use behaviours::{Outgoing, Setup};

use super::subject;

#[tokio::test]
async fn a_script_learns_who_is_signed_in_and_until_when_but_no_token() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let answer = browser.fetch("GET", "/auth/session").await;
    answer.is_not_stored();
    let session = answer.is_json(200);
    assert_eq!(session["user"]["name"], "Alice Anderson");
    assert_eq!(session["user"]["email"], "alice@example.com");
    assert_eq!(session["user"]["email_verified"], true);
    assert_eq!(session["user"]["organisation"]["name"], "Acme");
    assert!(session["roles"]["admin"].is_object(), "{session}");
    let at = |name: &str| session[name].as_u64().unwrap();
    assert_eq!(at("expires_at") - at("started_at"), 43_200);
    assert_eq!(at("idle_expires_at") - at("started_at"), 3_600);
    assert!(!answer.body.contains("token"), "{}", answer.body);
}

#[tokio::test]
async fn a_script_learns_that_nobody_is_signed_in() {
    let app = subject::start().await;
    let answer = app.browser().fetch("GET", "/auth/session").await;
    assert!(answer.is_not_stored().is_json(200).is_null());
}

#[tokio::test]
async fn live_userinfo_is_what_the_provider_says_now() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().update_person("alice", |person| person.nickname = "Wonder".to_owned());
    let answer = browser.fetch("GET", "/auth/userinfo").await;
    let claims = answer.is_not_stored().is_json(200);
    assert_eq!((&claims["nickname"], &claims["email"]), (&"Wonder".into(), &"alice@example.com".into()));
}

#[tokio::test]
async fn live_userinfo_needs_a_session_whoever_asks() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for answer in [browser.get("/auth/userinfo").await, browser.fetch("GET", "/auth/userinfo").await] {
        assert_eq!(answer.is_json(401)["error"], "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
}

#[tokio::test]
async fn a_session_outlives_the_page_and_is_not_written_again_at_once() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    for _ in 0..3 {
        let page = browser.get("/profile").await;
        page.is_page(200, "Alice Anderson");
        assert_eq!(page.set_cookies(), []);
    }
}

#[tokio::test]
async fn a_signed_in_page_asks_the_provider_nothing() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().clear_requests();
    browser.get("/profile").await.is_page(200, "Alice Anderson");
    browser.get("/admin").await.has_status(200);
    assert_eq!(app.emulator().requests(), []);
}

#[tokio::test]
async fn the_idle_limit_is_the_one_that_is_configured() {
    let app = subject::with(Setup::new().var("SESSION_DURATION", "60")).await;
    let mut browser = app.signed_in("alice").await;
    let session = browser.fetch("GET", "/auth/session").await.is_json(200);
    let at = |name: &str| session[name].as_u64().unwrap();
    assert_eq!(at("idle_expires_at") - at("started_at"), 60);
}

#[tokio::test]
async fn a_session_sealed_by_another_application_is_no_session() {
    let (one, other) = (subject::start().await, subject::start().await);
    let mut browser = other.browser();
    for (name, value) in one.signed_in("alice").await.session() {
        browser.put_cookie(&name, &value);
    }
    let answer = browser.get("/profile").await;
    answer.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    assert_eq!(browser.session(), [], "what does not open is removed");
}

#[tokio::test]
async fn a_session_from_before_the_secret_was_rotated_still_counts() {
    let emulated = subject::start().await;
    let browser = emulated.signed_in("alice").await;
    let before = emulated.var("SESSION_SECRET").unwrap();
    let now = "a-new-secret-of-at-least-thirty-two-bytes-for-tests";
    let app = subject::with(
        Setup::new()
            // The same application: a session is bound to its issuer and client.
            .var("ZITADEL_DOMAIN", emulated.var("ZITADEL_DOMAIN").unwrap())
            .var("ZITADEL_CLIENT_ID", emulated.var("ZITADEL_CLIENT_ID").unwrap())
            .var("SESSION_SECRET", now)
            .var("SESSION_SECRET_PREVIOUS", before),
    )
    .await;
    let mut here = app.browser();
    for (name, value) in browser.session() {
        here.put_cookie(&name, &value);
    }
    here.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn two_people_at_once_see_themselves() {
    let app = subject::start().await;
    let (mut alice, mut bob) = (app.signed_in("alice").await, app.signed_in("bob").await);
    for _ in 0..3 {
        alice.get("/profile").await.is_page(200, "alice@example.com").hides("bob@example.com");
        bob.get("/profile").await.is_page(200, "bob@example.com").hides("alice@example.com");
    }
}

#[tokio::test]
async fn a_session_endpoint_answers_to_get_and_head_only() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    for path in ["/auth/session", "/auth/userinfo"] {
        let head = browser.fetch("HEAD", path).await;
        head.has_status(200);
        assert_eq!(head.body, "");
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let answer = browser.send(Outgoing::new(method, path).with("sec-fetch-site", "same-origin")).await;
            answer.has_status(405);
            assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{method} {path}");
        }
    }
}
