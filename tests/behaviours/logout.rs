//! Logout from the button to the page after it.

use super::subject;

#[tokio::test]
async fn logout_ends_both_sessions_and_leaves_no_cookie() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    let mut copy = browser.clone();
    browser.follow().await.assert_page(200, "Alice Anderson");
    let response = browser.click("Sign out").await;
    response.assert_redirect(&app.end_session_endpoint()).assert_not_stored();
    assert_eq!(response.location_parameter("client_id").as_deref(), app.var("ZITADEL_CLIENT_ID"));
    assert_eq!(response.location_parameter("post_logout_redirect_uri").as_deref(), app.var("ZITADEL_POST_LOGOUT_URL"));
    assert!(response.location_parameter("id_token_hint").is_some() && response.location_parameter("state").is_some());
    assert_eq!(browser.session(), []);
    copy.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");

    browser.follow().await.assert_redirect(&format!("{}/auth/logout/callback", app.base()));
    browser.follow().await.assert_redirect("/auth/logout/success");
    browser.follow().await.assert_page(200, "You are signed out");
    assert_eq!(browser.cookies(), []);
    browser.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");
    assert!(browser.fetch("GET", "/auth/session").await.assert_json(200).is_null());
}

#[tokio::test]
async fn user_can_log_out_on_all_devices() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    let (mut phone, mut other_user) = (app.logged_in("alice").await, app.logged_in("bob").await);
    browser.get("/profile").await.assert_page(200, "Alice Anderson");
    browser.click("Sign out on all devices").await.assert_redirect(&app.end_session_endpoint());
    for browser in [&mut browser, &mut phone] {
        browser.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");
    }
    other_user.get("/profile").await.assert_status(200);
}

#[tokio::test]
async fn logout_path_shows_a_form_that_logs_out() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    let before = browser.session();
    browser.get("/auth/logout").await.assert_page(200, "Do you want to sign out?");
    assert_eq!(browser.session(), before);
    browser.click("Sign out").await.assert_redirect(&app.end_session_endpoint());
    assert_eq!(browser.session(), []);
}

#[tokio::test]
async fn page_of_a_user_cannot_be_seen_again_with_the_back_button() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for path in ["/", "/profile", "/admin", "/auth/session", "/auth/userinfo"] {
        browser.get(path).await.assert_status(200).assert_text("Alice Anderson").assert_not_stored();
    }
}

/// The hint is too long for a URL.
#[tokio::test]
async fn logout_of_a_user_with_200_roles_posts_a_form_to_the_provider() {
    let app = subject::start().await;
    app.give_alice_200_roles();
    let mut browser = app.logged_in("alice").await;
    browser.follow().await.assert_page(200, "Alice Anderson");
    let response = browser.click("Sign out").await;
    response.assert_page(200, "One more step ends it at ZITADEL").assert_not_stored();
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(browser.session(), []);
    browser.click("Continue").await.assert_redirect(&format!("{}/auth/logout/callback", app.base()));
    browser.follow().await.assert_redirect("/auth/logout/success");
    browser.follow().await.assert_page(200, "You are signed out");
    assert_eq!(browser.cookies(), []);
}
