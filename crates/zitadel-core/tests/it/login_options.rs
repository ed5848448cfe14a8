//! `LoginOptions`: what they add to the authorization request, and what is checked in the response.

use std::time::Duration;

use zitadel_core::{Endpoint, LoginOptions, Prompt};

use crate::support::{App, Browser, assert_page, emulator, location, query};

/// Starts a login with these options; the URL at the provider.
async fn start(app: &App, browser: &mut Browser, options: &LoginOptions) -> String {
    let reply = app.zitadel.login(&browser.navigation("GET", "/reauthenticate"), options, None).await;
    browser.store_cookies(&reply);
    location(&reply).to_owned()
}

#[tokio::test]
async fn options_are_in_the_request_if_they_are_set() {
    let app = App::new();
    let options = LoginOptions::new()
        .prompt(Prompt::SelectAccount)
        .login_hint("alice@acme.example")
        .ui_locales(["de-CH", "de"])
        .max_age(Duration::from_millis(300_900));
    let sent = query(&start(&app, &mut app.browser(), &options).await);
    assert_eq!(sent["prompt"], "select_account");
    assert_eq!(sent["login_hint"], "alice@acme.example");
    assert_eq!(sent["ui_locales"], "de-CH de");
    assert_eq!(sent["max_age"], "300");

    let plain = query(&start(&app, &mut app.browser(), &LoginOptions::new()).await);
    for absent in ["prompt", "login_hint", "ui_locales", "max_age"] {
        assert!(!plain.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn prompt_of_the_configuration_applies_to_logins_without_one() {
    let app = App::with(emulator(), &[("ZITADEL_PROMPT", "consent")]);
    let mut browser = app.browser();
    assert_eq!(query(&browser.start_login("/profile").await)["prompt"], "consent");
    let reply = browser.get(Endpoint::Login, "/auth/login").await;
    assert_eq!(query(location(&reply))["prompt"], "consent");
    assert_eq!(query(&start(&app, &mut browser, &LoginOptions::new()).await)["prompt"], "consent");
    let own = LoginOptions::new().prompt(Prompt::Login);
    assert_eq!(query(&start(&app, &mut browser, &own).await)["prompt"], "login");
}

#[tokio::test]
async fn authentication_within_max_age_is_accepted() {
    let app = App::new();
    let mut browser = app.browser();
    let url = start(&app, &mut browser, &LoginOptions::new().max_age(Duration::from_secs(300))).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    app.advance(60);
    assert_eq!(browser.callback(&callback).await.status, 302);
    assert!(browser.open("/profile").await.is_ok());
}

#[tokio::test]
async fn authentication_older_than_max_age_is_rejected() {
    let app = App::new();
    let (mut browser, mut without_max_age) = (app.browser(), app.browser());
    // ZITADEL's new login ignores `max_age`; only the check of `auth_time` is left (OIDC Core §3.1.3.7, item 13).
    let url = start(&app, &mut browser, &LoginOptions::new().max_age(Duration::from_secs(60))).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    let url = start(&app, &mut without_max_age, &LoginOptions::new()).await;
    let other_callback = app.emulator.authorize_as(&url, "alice");
    // The codes are redeemed when the authentication is older than that, by more than clocks may differ.
    app.advance(400);
    assert_eq!(without_max_age.callback(&other_callback).await.status, 302, "the code is not too old");
    let rejected = browser.callback(&callback).await;
    assert_page(&rejected, 401, "Please confirm that it is you");
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(browser.open("/profile").await.err(), Some(302));
}
