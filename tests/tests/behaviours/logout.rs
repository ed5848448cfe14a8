//! Signing out: here, at the provider, and for every copy of the cookie.

use behaviours::{Outgoing, Setup};
use futures_util::future::join_all;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

#[tokio::test]
async fn signing_out_leads_over_the_provider_to_a_goodbye() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    browser.follow().await.is_page(200, "Alice Anderson");
    let left = browser.press("Sign out").await;
    left.is_redirect_to(&app.end_session_endpoint()).is_not_stored();
    assert_eq!(left.location_parameter("client_id").as_deref(), app.var("ZITADEL_CLIENT_ID"));
    assert_eq!(left.location_parameter("post_logout_redirect_uri").as_deref(), app.var("ZITADEL_POST_LOGOUT_URL"));
    assert!(left.location_parameter("id_token_hint").is_some() && left.location_parameter("state").is_some());
    assert_eq!(browser.session(), []);

    browser.follow().await.is_redirect_to(&format!("{}/auth/logout/callback", app.base()));
    browser.follow().await.is_redirect_to("/auth/logout/success");
    browser.follow().await.is_page(200, "You are signed out");
    assert_eq!(browser.cookies(), [], "nothing stays behind");
    browser.get("/profile").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    assert!(browser.fetch("GET", "/auth/session").await.is_json(200).is_null());
}

#[tokio::test]
async fn the_refresh_token_is_revoked() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    browser.follow().await;
    browser.press("Sign out").await.has_status(302);
    assert_eq!(app.emulator().count(EndpointName::Revoke), 1);
}

#[tokio::test]
async fn a_copied_cookie_stops_working() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let mut thief = browser.clone();
    thief.get("/profile").await.is_page(200, "Alice Anderson");
    browser.follow().await;
    browser.press("Sign out").await.has_status(302);
    thief.get("/profile").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    thief.fetch("GET", "/auth/userinfo").await.is_json(401);
    assert_eq!(thief.session(), [], "and is removed");
}

#[tokio::test]
async fn nothing_that_was_shown_can_be_seen_again_with_the_back_button() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    browser.get("/profile").await.is_page(200, "Alice Anderson").is_not_stored();
    browser.get("/admin").await.is_page(200, "administrator").is_not_stored();
    browser.fetch("GET", "/auth/session").await.is_not_stored();
    browser.get("/").await.is_page(200, "Alice Anderson").is_not_stored();
}

#[tokio::test]
async fn signing_out_again_or_without_a_session_works() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for _ in 0..2 {
        let own = Outgoing::new("POST", "/auth/logout").with("sec-fetch-site", "same-origin");
        browser.send(own.with("sec-fetch-mode", "navigate")).await.is_redirect_to(&app.end_session_endpoint());
    }
}

#[tokio::test]
async fn opening_the_address_shows_a_button_and_changes_nothing() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let session = browser.session();
    browser.get("/auth/logout").await.is_page(200, "Do you want to sign out?");
    assert_eq!(browser.session(), session);
    browser.press("Sign out").await.is_redirect_to(&app.end_session_endpoint());
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn a_goodbye_that_was_not_asked_for_is_not_believed() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for query in ["", "?state=made-up", "?state=a&state=b"] {
        let back = browser.get(&format!("/auth/logout/callback{query}")).await;
        back.is_redirect_to("/auth/logout/error?reason=state_mismatch");
    }
    browser.follow().await.is_page(200, "Sign-out was not confirmed");
}

#[tokio::test]
async fn a_goodbye_with_another_state_is_not_believed_and_the_session_is_gone_all_the_same() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    browser.follow().await;
    browser.press("Sign out").await.has_status(302);
    browser.get("/auth/logout/callback?state=other").await.is_redirect_to("/auth/logout/error?reason=state_mismatch");
    assert_eq!(browser.cookies(), []);
    browser.get("/profile").await.has_status(302);
}

#[tokio::test]
async fn the_way_back_answers_to_get_only() {
    let app = subject::start().await;
    for method in ["HEAD", "POST", "OPTIONS"] {
        let own = Outgoing::new(method, "/auth/logout/callback").with("sec-fetch-site", "same-origin");
        let answer = app.browser().send(own).await;
        answer.has_status(405);
        assert_eq!(answer.header("allow"), Some("GET"), "{method}");
    }
}

#[tokio::test]
async fn a_provider_that_cannot_revoke_keeps_nobody_signed_in() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let mut thief = browser.clone();
    browser.follow().await;
    for fault in [Fault::Status(500), Fault::Html, Fault::Drop] {
        app.emulator().fault_times(EndpointName::Revoke, fault, 1);
        browser.press("Sign out").await.is_redirect_to(&app.end_session_endpoint());
        assert_eq!(browser.session(), []);
        thief.get("/profile").await.is_redirect_to("/auth/login");
        thief = app.signed_in("alice").await;
        browser = thief.clone();
        browser.get("/profile").await.is_page(200, "Alice Anderson");
    }
}

#[tokio::test]
async fn a_cookie_from_before_a_refresh_does_not_outlive_the_sign_out() {
    let app = subject::with(Setup::new().tokens_are_always_due()).await;
    let mut browser = app.signed_in("alice").await;
    let mut early = browser.clone();
    browser.get("/profile").await.is_page(200, "Refreshed 1 time");
    let mut later = browser.clone();
    browser.press("Sign out").await.has_status(302);
    for copy in [&mut early, &mut later] {
        copy.get("/profile").await.is_redirect_to("/auth/login");
        assert!(copy.fetch("GET", "/auth/session").await.is_json(200).is_null());
        assert_eq!(copy.session(), []);
    }
}

#[tokio::test]
async fn a_sign_out_wins_over_refreshes_under_way() {
    let app = subject::with(Setup::new().tokens_are_always_due()).await;
    for _ in 0..5 {
        let mut leaving = app.signed_in("alice").await;
        let staying = leaving.clone();
        leaving.get("/auth/logout").await.is_page(200, "Sign out");
        let others = join_all((0..20).map(|_| {
            let mut browser = staying.clone();
            async move {
                browser.get("/profile").await;
                browser
            }
        }));
        let (_, others) = tokio::join!(leaving.press("Sign out"), others);
        for mut browser in others {
            browser.get("/profile").await.is_redirect_to("/auth/login");
        }
    }
}

#[tokio::test]
async fn with_the_provider_out_of_reach_the_session_here_ends() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let mut thief = browser.clone();
    browser.follow().await.is_page(200, "Alice Anderson");
    app.emulator().stop_listening().await;
    browser.press("Sign out").await.has_status(302);
    assert_eq!(browser.session(), []);
    thief.get("/profile").await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
    app.emulator().listen_again().await.unwrap();
}
