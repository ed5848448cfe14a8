//! Tokens are renewed behind the person's back: once, for everybody, and without losing anybody.

use std::time::{Duration, Instant};

use behaviours::{Browser, Setup, Subject};
use futures_util::future::join_all;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

async fn with_due_tokens() -> Subject {
    subject::with(Setup::new().tokens_are_always_due()).await
}

/// Until the access token that the session has is over for the app as well: a second at most.
async fn token_expired(browser: &mut Browser) {
    let page = browser.session();
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(1_050) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(browser.session(), page);
}

#[tokio::test]
async fn a_page_renews_tokens_that_are_due_and_says_so() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    let before = browser.session();
    browser.get("/profile").await.is_page(200, "Alice Anderson").shows("Refreshed 1 time");
    assert_ne!(browser.session(), before);
    browser.get("/profile").await.shows("Refreshed 2 times");
    assert_eq!(app.emulator().count(EndpointName::Token), 3);
}

#[tokio::test]
async fn every_kind_of_answer_brings_the_renewed_session_along() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("bob").await;
    for (path, status) in
        [("/", 200), ("/profile", 200), ("/admin", 403), ("/auth/session", 200), ("/auth/userinfo", 200)]
    {
        let answer = browser.get(path).await;
        answer.has_status(status);
        assert!(answer.set_cookies().iter().any(|cookie| cookie.is_session() && !cookie.removes()), "{path}");
    }
    let head = browser.bare("HEAD", "/profile").await;
    assert!(head.set_cookies().iter().any(behaviours::SetCookie::is_session));
    let wrong_method = behaviours::Outgoing::new("POST", "/profile").with("sec-fetch-site", "same-origin");
    let answer = browser.send(wrong_method).await;
    answer.has_status(subject::WRONG_METHOD);
    let looked_at = answer.set_cookies().iter().any(behaviours::SetCookie::is_session);
    assert_eq!(looked_at, subject::DOOR_BEFORE_METHOD, "who is not asked renews nothing, and loses nothing");
    browser.get("/profile").await.is_page(200, "bob@example.com");
}

#[tokio::test]
async fn two_hundred_requests_at_once_lead_to_one_refresh_and_stay_signed_in() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    token_expired(&mut browser).await;
    app.emulator().clear_requests();
    let answers = join_all((0..200).map(|_| {
        let mut browser = browser.clone();
        async move {
            let answer = browser.get("/profile").await;
            (answer, browser)
        }
    }))
    .await;
    for (answer, _) in &answers {
        answer.is_page(200, "alice@example.com");
    }
    assert_eq!(app.emulator().count(EndpointName::Token), 1);
    // Whichever answer the browser heard last, the next request is signed in: one refresh more for all of them.
    app.emulator().clear_requests();
    let next = join_all(answers.into_iter().map(|(_, mut browser)| async move { browser.get("/profile").await })).await;
    for answer in next {
        answer.is_page(200, "alice@example.com");
    }
    assert_eq!(app.emulator().count(EndpointName::Token), 1, "all of them had the same session");
}

#[tokio::test]
async fn a_page_with_the_old_cookie_still_works_after_the_refresh() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    let mut late = browser.clone();
    browser.get("/profile").await.shows("Refreshed 1 time");
    late.get("/profile").await.is_page(200, "Alice Anderson").shows("Refreshed 1 time");
}

#[tokio::test]
async fn a_person_who_was_locked_out_is_signed_out_at_the_next_refresh() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("bob").await;
    app.emulator().deactivate("bob");
    browser.get("/profile").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn a_copy_of_a_session_that_ended_at_a_refresh_is_over_too() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("bob").await;
    let mut copy = browser.clone();
    app.emulator().deactivate("bob");
    browser.get("/profile").await.has_status(302);
    copy.get("/profile").await.is_redirect_to("/auth/login");
    assert!(copy.fetch("GET", "/auth/session").await.is_json(200).is_null());
}

#[tokio::test]
async fn a_refreshed_id_token_about_somebody_else_ends_the_session() {
    for fault in
        [Fault::WrongSubject, Fault::WrongIssuer, Fault::TamperedSignature, Fault::WrongAudience, Fault::WrongNonce]
    {
        let app = with_due_tokens().await;
        let mut browser = app.signed_in("alice").await;
        app.emulator().fault(EndpointName::Token, fault.clone());
        let answer = browser.get("/profile").await;
        assert_eq!(answer.status, 302, "{fault:?}");
        answer.is_redirect_to("/auth/login");
        assert_eq!(browser.session(), [], "{fault:?}");
    }
}

#[tokio::test]
async fn a_refresh_that_fails_for_now_keeps_the_session() {
    join_all([Fault::Status(500), Fault::Status(503), Fault::Html, Fault::Drop].map(keeps_the_session)).await;
}

async fn keeps_the_session(fault: Fault) {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().fault(EndpointName::Token, fault.clone());
    token_expired(&mut browser).await;
    let page = browser.get("/profile").await;
    page.is_page(503, "Whoever is signed in here stays signed in");
    assert!(page.header("retry-after").is_some());
    let told = browser.fetch("GET", "/auth/session").await;
    assert_eq!(told.is_json(503)["error"], "provider_unavailable", "a script must not take it for a sign-out");
    assert!(!browser.session().is_empty(), "{fault:?}");
    app.emulator().clear_faults();
    eventually_shows(&mut browser, "/profile", "Alice Anderson").await;
}

async fn eventually_shows(browser: &mut Browser, path: &str, words: &str) {
    let started = Instant::now();
    loop {
        let page = browser.get(path).await;
        if page.status == 200 {
            page.shows(words);
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(8), "{}", page.text());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn userinfo_that_cannot_be_asked_at_a_refresh_loses_nobody() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().fault(EndpointName::UserInfo, Fault::Status(500));
    let page = browser.get("/profile").await;
    page.is_page(200, "Alice Anderson").shows("alice@example.com").shows("acme.localhost");
}

#[tokio::test]
async fn a_person_who_hangs_up_during_the_refresh_is_signed_in_when_they_come_back() {
    let app = with_due_tokens().await;
    let mut browser = app.signed_in("alice").await;
    app.emulator().clear_requests();
    app.emulator().fault_times(EndpointName::Token, Fault::Delay(Duration::from_millis(300)), 1);
    let cookie = browser.cookie("zitadel.session").unwrap();
    let request = format!("GET /profile HTTP/1.1\r\nhost: localhost\r\ncookie: zitadel.session={cookie}\r\n\r\n");
    let hung_up = tokio::time::timeout(Duration::from_millis(100), browser.raw(request.as_bytes())).await;
    assert!(hung_up.is_err(), "the answer came before anybody could hang up");
    browser.get("/profile").await.is_page(200, "Alice Anderson").shows("Refreshed 1 time");
    assert_eq!(app.emulator().count(EndpointName::Token), 1);
}
