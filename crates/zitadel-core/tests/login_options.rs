//! What a sign-in asks for beyond the ordinary reaches the provider, and what it answers is held against it.

mod support;

use std::time::Duration;

use support::{World, emulator, query};
use zitadel_core::{Endpoint, LoginOptions, Prompt};

/// Begins a sign-in with these options; the address at the provider.
#[expect(clippy::unwrap_used, reason = "a rig that breaks should say where")]
async fn begin(world: &World, browser: &mut support::Browser, options: &LoginOptions) -> String {
    let reply = world.zitadel.login(&browser.head("GET", "/reauthenticate"), options, None).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    browser.keep(&reply);
    reply.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn prompt_hint_languages_and_age_are_in_the_request_only_if_they_were_asked_for() {
    let world = World::new();
    let options = LoginOptions::new()
        .prompt(Prompt::SelectAccount)
        .login_hint("alice@acme.example")
        .ui_locales(["de-CH", "de"])
        .max_age(Duration::from_millis(300_900));
    let sent = query(&begin(&world, &mut world.browser(), &options).await);
    assert_eq!(sent["prompt"], "select_account");
    assert_eq!(sent["login_hint"], "alice@acme.example");
    assert_eq!(sent["ui_locales"], "de-CH de");
    assert_eq!(sent["max_age"], "300");

    let plain = query(&begin(&world, &mut world.browser(), &LoginOptions::new()).await);
    for absent in ["prompt", "login_hint", "ui_locales", "max_age"] {
        assert!(!plain.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn the_prompt_of_the_configuration_is_asked_for_at_every_sign_in_that_brings_none_of_its_own() {
    let world = World::with(emulator(), &[("ZITADEL_PROMPT", "consent")]);
    let mut browser = world.browser();
    assert_eq!(query(&browser.begin("/profile").await)["prompt"], "consent");
    let reply = browser.serve(Endpoint::Login, "GET", "/auth/login", "").await;
    assert_eq!(query(reply.header("location").unwrap())["prompt"], "consent");
    assert_eq!(query(&begin(&world, &mut browser, &LoginOptions::new()).await)["prompt"], "consent");
    let own = LoginOptions::new().prompt(Prompt::Login);
    assert_eq!(query(&begin(&world, &mut browser, &own).await)["prompt"], "login");
}

#[tokio::test]
async fn someone_who_authenticated_within_the_age_asked_for_gets_in() {
    let world = World::new();
    let mut browser = world.browser();
    let authorize = begin(&world, &mut browser, &LoginOptions::new().max_age(Duration::from_secs(300))).await;
    let back = world.emulator.authorize_as(&authorize, "alice");
    world.advance(60);
    assert_eq!(browser.callback(&back).await.status, 302);
    assert!(browser.visit("/profile").await.is_ok());
}

#[tokio::test]
async fn someone_whose_authentication_is_older_than_asked_for_does_not_get_in() {
    let world = World::new();
    let (mut browser, mut unhurried) = (world.browser(), world.browser());
    // ZITADEL's new login ignores `max_age`; only the check of `auth_time` is left (OIDC Core §3.1.3.7, item 13).
    let authorize = begin(&world, &mut browser, &LoginOptions::new().max_age(Duration::from_secs(60))).await;
    let back = world.emulator.authorize_as(&authorize, "alice");
    let authorize = begin(&world, &mut unhurried, &LoginOptions::new()).await;
    let unhurried_back = world.emulator.authorize_as(&authorize, "alice");
    // The codes are redeemed when the authentication is older than that, by more than clocks may differ.
    world.advance(400);
    assert_eq!(unhurried.callback(&unhurried_back).await.status, 302, "it is not the code that is too old");
    let refused = browser.callback(&back).await;
    assert_eq!(refused.status, 502, "{}", refused.body);
    assert_eq!(browser.session_cookie(), None);
    assert_eq!(browser.visit("/profile").await.err(), Some(302));
}
