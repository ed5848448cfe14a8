//! Policies: a recent login, a second factor, a rule of the application; as an extractor, as a layer or mark.

use behaviours::Setup;
use zitadel_emulator::AuthFactor;

use super::subject;

#[tokio::test]
async fn page_that_requires_a_recent_login_sends_the_browser_through_one_and_is_shown() {
    let app = subject::minimal(Setup::new()).await;
    let mut browser = app.logged_in("alice").await;
    browser.get("/fresh?id=7").await.assert_status(200).assert_text("fresh ");
    app.advance(61);
    browser.get("/fresh?id=7").await.assert_redirect("/auth/step-up?callbackUrl=%2Ffresh%3Fid%3D7&max_age=60");
    browser.follow().await.assert_redirect(&app.authorization_endpoint()).assert_not_stored();
    // The provider still has its session, and shows a page nevertheless.
    browser.follow().await;
    browser.follow().await.assert_status(200);
    browser.click(" alice ").await;
    browser.follow().await.assert_redirect("/fresh?id=7");
    browser.follow().await.assert_status(200).assert_text("fresh ");
}

#[tokio::test]
async fn script_without_a_recent_login_gets_the_challenge() {
    let app = subject::minimal(Setup::new()).await;
    let mut browser = app.logged_in("alice").await;
    app.advance(61);
    let response = browser.fetch("GET", "/fresh").await;
    assert_eq!(response.assert_json(401)["error"], "insufficient_user_authentication");
    let realm = app.emulator().issuer();
    let challenge = format!(r#"Bearer realm="{realm}", error="insufficient_user_authentication", max_age="60""#);
    assert_eq!(response.header("www-authenticate"), Some(&*challenge));
    browser.get("/freshness").await.assert_status(200).assert_text("not recent");
    app.browser().get("/fresh").await.assert_redirect("/auth/login?callbackUrl=%2Ffresh");
    app.logged_in("bob").await.get("/freshness").await.assert_status(200).assert_text("recent");
}

#[tokio::test]
async fn login_that_does_not_show_a_second_factor_is_an_error_page_and_the_session_goes_on() {
    let app = subject::minimal(Setup::new()).await;
    let mut browser = app.logged_in("alice").await;
    browser.get("/two-factors").await.assert_redirect("/auth/step-up?callbackUrl=%2Ftwo-factors&amr=mfa");
    for _ in 0..3 {
        browser.follow().await;
    }
    browser.click(" alice ").await;
    let response = browser.follow().await;
    response.assert_page(401, "Please confirm that it is you");
    assert_eq!(response.header("www-authenticate"), Some(r#"Bearer error="insufficient_user_authentication""#));
    browser.get("/members").await.assert_status(200);
    assert_eq!(
        browser.plain("GET", "/two-factors").await.assert_json(401)["error"],
        "insufficient_user_authentication"
    );

    app.emulator().update_person("alice", |alice| alice.factors = vec![AuthFactor::Passkey]);
    let mut browser = app.logged_in("alice").await;
    browser.get("/two-factors").await.assert_status(200).assert_text("two factors");
}

#[tokio::test]
async fn rule_of_the_application_denies_with_403() {
    let app = subject::minimal(Setup::new()).await;
    let (mut alice, mut bob) = (app.logged_in("alice").await, app.logged_in("bob").await);
    alice.get("/only-bob").await.assert_page(403, "Not for this account");
    assert_eq!(alice.plain("GET", "/only-bob").await.assert_json(403)["error"], "insufficient_scope");
    bob.get("/only-bob").await.assert_status(200).assert_text("bob");
    app.browser().get("/only-bob").await.assert_redirect("/auth/login?callbackUrl=%2Fonly-bob");
}
