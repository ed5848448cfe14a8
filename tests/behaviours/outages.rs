//! A provider that is down: pages say so with the headers of a temporary failure, and no restart is needed.

use behaviours::Setup;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

#[tokio::test]
async fn application_starts_without_its_provider_and_needs_no_restart() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let mut browser = app.browser();
    browser.get("/").await.assert_page(200, "Nobody is signed in");
    browser.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");
    browser.follow().await.assert_page(200, "Sign in");
    let response = browser.click("Sign in with ZITADEL").await;
    response.assert_page(503, "The identity provider cannot be reached").assert_not_stored();
    assert_eq!((response.incident().len(), response.header("retry-after")), (8, Some("5")));
    assert_eq!(browser.cookies(), []);
    app.emulator().listen_again().await.unwrap();
    app.advance(5);
    app.logged_in("alice").await.get("/profile").await.assert_page(200, "Alice Anderson");
}

#[tokio::test]
async fn refresh_that_fails_is_503_and_keeps_the_session() {
    let app = subject::with(Setup::new().with_short_lived_tokens()).await;
    let mut browser = app.logged_in("alice").await;
    app.emulator().fault(EndpointName::Token, Fault::Status(503));
    app.make_tokens_due();
    let page = browser.get("/profile").await;
    page.assert_page(503, "If you are signed in here, you stay signed in").assert_not_stored();
    assert_eq!(page.header("retry-after"), Some("5"));
    let response = browser.fetch("GET", "/profile").await;
    assert_eq!(response.assert_json(503)["error"], "provider_unavailable");
    app.emulator().clear_faults();
    app.advance(5);
    browser.get("/profile").await.assert_page(200, "Alice Anderson");
}
