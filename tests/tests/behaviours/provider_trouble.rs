//! The provider is down, slow, restarted, replaced: pages say what happened, sessions stay, nothing needs a restart.

use std::time::{Duration, Instant};

use behaviours::{Browser, Log, Setup, Subject};
use zitadel_core::{Endpoint, Pages, RequestHead, Zitadel};
use zitadel_emulator::{EndpointName, Fault, SigningAlgorithm};

use super::subject;

/// Tries to begin a sign-in until it works; the app leaves a provider alone for a moment after a failure.
async fn can_sign_in_again(app: &Subject) -> Browser {
    let started = Instant::now();
    loop {
        let mut browser = app.browser();
        if browser.begin().await.status == 302 {
            browser.sign_in_as("alice").await.is_redirect_to("/profile");
            return browser;
        }
        assert!(started.elapsed() < Duration::from_secs(8), "the app does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_app_starts_while_the_provider_is_down_and_needs_no_restart_when_it_comes() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let mut browser = app.browser();
    browser.get("/").await.is_page(200, "Nobody is signed in");
    browser.get("/healthz").await.has_status(200);
    browser.get("/profile").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    browser.follow().await.is_page(200, "Sign in");
    let answer = browser.press("Sign in with ZITADEL").await;
    answer.is_page(503, "The identity provider cannot be reached").is_not_stored().incident();
    assert!(answer.header("retry-after").is_some());
    assert_eq!(browser.cookies(), []);
    app.emulator().listen_again().await.unwrap();
    can_sign_in_again(&app).await.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn a_visitor_is_not_told_that_they_are_not_signed_out() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let mut browser = app.browser();
    browser.begin().await.is_page(503, "The identity provider cannot be reached").hides("You are not signed out");
}

#[tokio::test]
async fn a_provider_that_calls_itself_something_else_is_in_the_log_with_both_names_and_on_no_page() {
    let app = subject::start().await;
    let log = Log::listen();
    app.emulator().fault(EndpointName::Discovery, Fault::WrongIssuer);
    let mut browser = app.browser();
    browser.begin().await.is_page(503, "The identity provider cannot be reached").hides("elsewhere.localhost");
    let text = log.text();
    let line = text.lines().find(|line| line.contains("names another issuer")).unwrap_or_else(|| panic!("{text}"));
    assert!(line.contains("ERROR") && line.contains("`ZITADEL_DOMAIN` must equal it"), "{line}");
    assert!(line.contains(app.emulator().issuer()) && line.contains("http://elsewhere.localhost"), "{line}");
}

#[tokio::test]
async fn people_who_are_signed_in_notice_nothing() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().stop_listening().await;
    browser.get("/profile").await.is_page(200, "Alice Anderson");
    browser.get("/admin").await.has_status(200);
    browser.fetch("GET", "/auth/session").await.is_json(200);
    let told = browser.fetch("GET", "/auth/userinfo").await;
    assert_eq!(told.is_json(503)["error"], "provider_unavailable");
    assert!(told.header("retry-after").is_some());
    browser.get("/profile").await.is_page(200, "Alice Anderson");
    app.emulator().listen_again().await.unwrap();
    browser.fetch("GET", "/auth/userinfo").await.is_json(200);
}

#[tokio::test]
async fn live_userinfo_that_makes_no_sense_is_502_or_503_and_the_session_stays() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    for (fault, status) in [
        (Fault::Html, 502),
        (Fault::WrongSubject, 502),
        (Fault::MissingSub, 502),
        (Fault::Status(500), 503),
        (Fault::Status(503), 503),
        (Fault::Drop, 503),
    ] {
        app.emulator().fault(EndpointName::UserInfo, fault.clone());
        let told = browser.fetch("GET", "/auth/userinfo").await;
        assert_eq!(told.status, status, "{fault:?}");
        told.is_json(status);
        told.hides("310000000000009997");
        browser.get("/profile").await.is_page(200, "Alice Anderson");
    }
}

#[tokio::test]
async fn a_provider_that_went_down_between_page_and_button_is_told_and_recovered_from() {
    let app = subject::start().await;
    let browser = app.signed_in("bob").await;
    drop(browser);
    app.emulator().stop_listening().await;
    // What it said about itself is known: people are sent there, and see their browser's own message.
    let mut visitor = app.browser();
    visitor.begin().await.is_redirect_to(&app.authorization_endpoint());
    app.emulator().listen_again().await.unwrap();
    visitor.sign_in_as("alice").await.is_redirect_to("/profile");
}

#[tokio::test]
async fn a_provider_that_went_down_before_the_code_was_redeemed_is_503_and_starting_again_works() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    let back = app.emulator().authorize_as(&begun, "alice");
    app.emulator().stop_listening().await;
    let answer = browser.get(&back).await;
    answer.is_page(503, "The identity provider cannot be reached").shows("Start again").begins_no_session().incident();
    app.emulator().listen_again().await.unwrap();
    can_sign_in_again(&app).await;
}

#[tokio::test]
async fn a_slow_provider_is_waited_for() {
    let app = subject::start().await;
    app.emulator().fault(EndpointName::Token, Fault::Delay(Duration::from_millis(700)));
    app.signed_in("alice").await.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn a_provider_that_never_answers_is_given_up_on_and_others_are_served_meanwhile() {
    let app = subject::start().await;
    let mut bob = app.signed_in("bob").await;
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    let back = app.emulator().authorize_as(&begun, "alice");
    app.emulator().fault(EndpointName::Token, Fault::Hang);
    let started = Instant::now();
    let waiting = tokio::spawn(async move { browser.get(&back).await });
    bob.get("/profile").await.is_page(200, "Bob Brown");
    assert!(started.elapsed() < Duration::from_secs(3));
    waiting.await.unwrap().is_page(503, "The identity provider cannot be reached").begins_no_session();
    assert!(started.elapsed() < Duration::from_secs(12), "{:?}", started.elapsed());
}

#[tokio::test]
async fn new_keys_are_found_without_a_restart() {
    let app = subject::start().await;
    let mut before = app.signed_in("alice").await;
    app.emulator().rotate_keys(SigningAlgorithm::EdDsa);
    app.emulator().delete_old_keys();
    app.signed_in("bob").await.get("/profile").await.is_page(200, "Bob Brown");
    before.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn after_a_restart_of_the_provider_people_stay_signed_in_and_others_can_sign_in() {
    let app = subject::start().await;
    let mut before = app.signed_in("alice").await;
    app.emulator().stop_listening().await;
    app.emulator().restart();
    app.emulator().listen_again().await.unwrap();
    before.get("/profile").await.is_page(200, "Alice Anderson");
    app.signed_in("bob").await.get("/profile").await.is_page(200, "Bob Brown");
    // It forgot every token: asking again tells so, in words, and ends the session.
    let told = before.fetch("GET", "/auth/userinfo").await;
    assert_eq!(told.is_json(401)["error"], "session_expired");
    assert_eq!(before.session(), []);
    before.get("/profile").await.is_redirect_to("/auth/login");
}

#[tokio::test]
async fn an_answer_of_a_provider_that_was_restarted_in_between_is_refused_in_words() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let begun = browser.begin().await.location().to_owned();
    let back = app.emulator().authorize_as(&begun, "alice");
    app.emulator().restart();
    browser.get(&back).await.is_page(502, "Sign-in did not complete").begins_no_session().incident();
    app.signed_in("alice").await;
}

/// An app whose sign-in page is not where the samples have theirs: there is nothing at `/auth/login`.
#[tokio::test]
async fn starting_again_leads_to_the_sign_in_page_that_the_app_has() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let names =
        ["ZITADEL_DOMAIN", "ZITADEL_CLIENT_ID", "ZITADEL_CALLBACK_URL", "ZITADEL_POST_LOGOUT_URL", "SESSION_SECRET"];
    let vars = names.map(|name| (name, app.var(name).unwrap()));
    let zitadel = Zitadel::from_vars(vars).unwrap().with_pages(Pages::new().sign_in("/welcome"));
    let mut head = RequestHead::new("POST", "/auth/signin/zitadel");
    head.header("sec-fetch-site", b"same-origin");
    head.header("sec-fetch-mode", b"navigate");
    let reply = zitadel.serve(Endpoint::LoginPost, &head, b"callbackUrl=%2Fprofile").await;
    assert_eq!(reply.status, 503);
    assert!(reply.body.contains("href=\"/welcome?callbackUrl=%2Fprofile\""), "{}", reply.body);
}
