//! Userinfo that cannot be read at a refresh: roles and claims do not outlive their source, and no token is requested for
//! them.

use std::time::Duration;

use zitadel_core::{Requirement, User};
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, Browser, authorize, refreshes};

/// Tokens live for 600 s; userinfo fails at the first refresh.
async fn with_stale_claims() -> (App, Browser) {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.emulator.set_roles("alice", &["user"]);
    app.advance(601);
    app.emulator.fault(EndpointName::UserInfo, Fault::Status(500));
    let user = browser.open("/").await.unwrap();
    assert!(user.roles().has("admin"));
    assert_eq!((user.name(), user.email()), (Some("Alice Anderson"), Some("alice@example.com")));
    (app, browser)
}

async fn open_as(browser: &mut Browser, requirement: &Requirement<'_>) -> Result<User, u16> {
    let authentication = browser.authenticate("GET", "/").await;
    browser.receive(&authentication);
    authorize(&authentication, requirement)
}

#[tokio::test]
async fn only_userinfo_is_asked_again_with_growing_pauses() {
    let (app, mut browser) = with_stale_claims().await;
    let asked = app.emulator.count(EndpointName::UserInfo);
    // A request every two seconds for eight minutes.
    for _ in 0..240 {
        app.advance(2);
        assert!(browser.open("/").await.unwrap().roles().has("admin"));
    }
    assert_eq!(refreshes(&app.emulator), 1, "no token request");
    // After 10, 20, 40, 80, 160 and 320 seconds.
    assert_eq!(app.emulator.count(EndpointName::UserInfo) - asked, 6);
}

#[tokio::test]
async fn claims_are_current_again_as_soon_as_userinfo_can_be_read() {
    let (app, mut browser) = with_stale_claims().await;
    app.emulator.clear_faults();
    app.advance(10);
    let user = browser.open("/").await.unwrap();
    assert!(user.roles().has("user") && !user.roles().has("admin"));
    assert_eq!((user.session().unwrap().refresh_count(), refreshes(&app.emulator)), (1, 1));
    let asked = app.emulator.count(EndpointName::UserInfo);
    app.advance(100);
    browser.open("/").await.unwrap();
    assert_eq!(app.emulator.count(EndpointName::UserInfo), asked);
}

#[tokio::test]
async fn roles_last_one_more_token_lifetime_and_then_routes_that_need_one_answer_503() {
    let (app, mut browser) = with_stale_claims().await;
    let admin = Requirement::user().role("admin");
    app.advance(500);
    assert!(open_as(&mut browser, &admin).await.is_ok());
    // The next refresh comes before the earlier roles expire; it does not prolong them.
    app.advance(85);
    assert!(open_as(&mut browser, &admin).await.is_ok());
    assert_eq!(refreshes(&app.emulator), 2);
    app.advance(15);
    for requirement in [
        admin,
        Requirement::user().any_role(&["admin", "user"]),
        Requirement::user().in_organization("310000000000000001"),
        Requirement::user().in_project("310000000000000003"),
    ] {
        assert_eq!(open_as(&mut browser, &requirement).await.err(), Some(503), "{requirement:?}");
    }
    let user = browser.open("/").await.unwrap();
    assert_eq!(user.subject(), app.emulator.person("alice").unwrap().id);
    assert!(user.roles().is_empty() && user.organization().is_none() && !user.email_verified());
    assert_eq!((user.name(), user.email(), user.metadata().count()), (None, None, 0));
    assert_eq!(refreshes(&app.emulator), 2);
    app.emulator.clear_faults();
    app.advance(300);
    assert_eq!(open_as(&mut browser, &admin).await.err(), Some(403), "the role was taken away meanwhile");
    assert_eq!(browser.open("/").await.unwrap().name(), Some("Alice Anderson"));
    assert_eq!(refreshes(&app.emulator), 2);
}

/// Time passes by itself as soon as every task waits.
#[tokio::test(start_paused = true)]
async fn request_waits_longer_than_two_seconds_for_slow_userinfo_only_if_its_claims_have_expired() {
    let (app, mut browser) = with_stale_claims().await;
    app.emulator.fault(EndpointName::UserInfo, Fault::Delay(Duration::from_secs(5)));
    app.advance(10);
    let user = tokio::time::timeout(Duration::from_millis(2_100), browser.open("/")).await.unwrap().unwrap();
    assert!(user.roles().has("admin"));
    // Another refresh without userinfo, and the earlier claims expire.
    app.emulator.fault(EndpointName::UserInfo, Fault::Status(500));
    app.advance(575);
    browser.open("/").await.unwrap();
    app.advance(300);
    app.emulator.fault(EndpointName::UserInfo, Fault::Delay(Duration::from_secs(5)));
    let user = tokio::time::timeout(Duration::from_millis(5_100), browser.open("/")).await.unwrap().unwrap();
    assert!(user.roles().has("user") && !user.roles().has("admin"));
    assert_eq!(refreshes(&app.emulator), 2);
}

#[tokio::test]
async fn deactivated_user_is_logged_out_when_userinfo_can_be_read_again() {
    let (app, mut browser) = with_stale_claims().await;
    app.emulator.clear_faults();
    app.emulator.deactivate("alice");
    app.advance(30);
    assert_eq!(browser.open("/").await.err(), Some(302));
    assert_eq!(browser.session_cookies(), []);
}

#[tokio::test]
async fn userinfo_about_another_user_ends_the_session_on_every_replica() {
    let (app, mut browser) = with_stale_claims().await;
    let mut copy = Browser { zitadel: app.replica(), ..browser.clone() };
    copy.open("/").await.unwrap();
    app.emulator.fault(EndpointName::UserInfo, Fault::WrongSubject);
    app.advance(10);
    assert_eq!(browser.open("/").await.err(), Some(302));
    assert_eq!(copy.open("/").await.err(), Some(302));
    assert_eq!(copy.session_cookies(), []);
}
