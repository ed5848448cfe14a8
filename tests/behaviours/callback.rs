//! The callback over a socket: its query, its methods, and cookies on its errors.

use std::time::Duration;

use behaviours::Request;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

#[tokio::test]
async fn callback_without_pending_login_is_rejected() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/callback?code=x&state=y").await.assert_page(400, "Please start again.").assert_not_stored();
    let response = browser.plain("GET", "/auth/callback?code=x&state=y").await;
    assert_eq!(response.assert_json(400)["error"], "state_mismatch");
    assert_eq!(browser.cookies(), []);
}

#[tokio::test]
async fn callback_with_a_provider_error_removes_the_cookie_of_the_pending_login() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login?callbackUrl=%2Fadmin").await;
    browser.start_login().await;
    browser.follow().await;
    browser.follow().await.assert_page(200, "Who is signing in?");
    browser.click("Cancel").await.assert_redirect(&format!("{}/auth/callback", app.base()));
    let page = browser.follow().await;
    page.assert_page(403, "Sign-in was declined").assert_not_stored();
    assert!(page.body.contains(r#"href="/auth/login?callbackUrl=%2Fadmin""#), "{}", page.body);
    assert_eq!(browser.cookies(), []);
}

/// The query is the engine's to decode.
#[tokio::test]
async fn callback_with_an_unreadable_query_is_rejected() {
    let app = subject::start().await;
    for query in ["", "?", "?code=&state=", "?%00=%ff", "?code=%zz&state=%zz", "?state=a&state=b"] {
        let response = app.browser().get(&format!("/auth/callback{query}")).await;
        response.assert_page(400, "Please start again");
    }
}

#[tokio::test]
async fn callback_is_redeemed_by_get_only() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/auth/login?callbackUrl=%2Fadmin").await;
    let callback = app.emulator().authorize_as(browser.start_login().await.location(), "alice");
    for method in ["HEAD", "POST", "PUT", "OPTIONS"] {
        let response = browser.send(Request::new(method, &callback).with("sec-fetch-site", "same-origin")).await;
        response.assert_status(405);
        assert_eq!(response.header("allow"), Some("GET"), "{method}");
    }
    browser.get(&callback).await.assert_redirect("/admin");
}

/// Two requests at once, on two threads of the server; and one whose response was lost.
#[tokio::test]
async fn callback_that_comes_twice_gets_the_same_session() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let callback = app.emulator().authorize_as(browser.start_login().await.location(), "alice");
    app.emulator().fault_times(EndpointName::Token, Fault::Delay(Duration::from_millis(100)), 1);
    let mut lost = browser.clone();
    let mut again = browser.clone();
    let (first, second) = tokio::join!(lost.get(&callback), browser.get(&callback));
    let third = again.get(&callback).await;
    for response in [&first, &second, &third] {
        response.assert_redirect("/profile").assert_not_stored();
    }
    assert_eq!(lost.session().len(), 1);
    assert_eq!((lost.session(), again.session()), (browser.session(), browser.session()));
    assert_eq!(app.emulator().count(EndpointName::Token), 1);
    browser.follow().await.assert_page(200, "Alice Anderson");
}
