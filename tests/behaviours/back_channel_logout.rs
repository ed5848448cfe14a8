//! Back-channel logout over a socket: the provider posts, without a cookie and from no page.

use std::time::Duration;

use super::subject;

#[tokio::test]
async fn session_that_ends_at_the_provider_ends_here() {
    let app = subject::start().await;
    let (mut alice, mut bob) = (app.logged_in("alice").await, app.logged_in("bob").await);
    let mut copy = alice.clone();
    alice.get("/profile").await.assert_page(200, "Alice Anderson");
    assert_eq!(app.emulator().end_sessions("alice"), 1);
    for _ in 0..500 {
        if !app.emulator().logout_deliveries().is_empty() {
            break;
        }
        // The provider delivers in its own time.
        app.emulator().advance(Duration::from_millis(20));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let deliveries = app.emulator().logout_deliveries();
    assert!(
        deliveries.len() == 1 && deliveries[0].outcome == zitadel_emulator::DeliveryOutcome::Status(200),
        "{deliveries:?}"
    );
    alice.get("/profile").await.assert_redirect("/auth/login");
    assert_eq!(alice.session(), []);
    assert_eq!(copy.fetch("GET", "/auth/session").await.body, "null");
    bob.get("/profile").await.assert_page(200, "Bob Brown");
}

#[tokio::test]
async fn request_without_an_acceptable_token_is_rejected() {
    let app = subject::start().await;
    let browser = app.logged_in("alice").await;
    for body in ["", "logout_token=", "logout_token=x.y.z", "logout_token=a&logout_token=b", &"x".repeat(70_000)] {
        let request = behaviours::Request::new("POST", "/auth/backchannel-logout").form(body);
        browser.clone().send(request).await.assert_status(400).assert_not_stored();
    }
    browser.clone().get("/auth/backchannel-logout").await.assert_status(405);
    browser.clone().get("/profile").await.assert_page(200, "Alice Anderson");
}
