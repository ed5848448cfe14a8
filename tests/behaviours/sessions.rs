//! The list of a user's sessions on the profile page.

use behaviours::{Request, Response, Setup};

use super::subject;

/// Back to the list.
fn assert_ended(response: &Response) {
    response.assert_status(303);
    assert_eq!(response.header("location"), Some("/profile#sessions"));
}

#[tokio::test]
async fn user_ends_another_session_with_a_button_on_the_profile_page() {
    let app = subject::with(Setup::new().var("SESSION_MODE", "stored")).await;
    let mut phone = app.logged_in("alice").await;
    let mut browser = app.logged_in("alice").await;
    assert!(browser.session()[0].1.len() <= 200);
    browser.get("/profile").await.assert_page(200, "Your sessions");
    assert_ended(&browser.click("End session").await);
    let page = browser.get("/profile").await;
    page.assert_page(200, "This session");
    assert!(!page.text().contains("End session"), "no other one is left");
    phone.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");
    assert_eq!(phone.session(), []);
    // It is over: pressed again, on a page from before, the button does nothing.
    let again =
        Request::new("POST", "/profile/sessions/end").with("origin", app.base()).form("id=AAAAAAAAAAAAAAAAAAAAAA");
    assert_ended(&browser.send(again).await);
    browser.get("/profile").await.assert_page(200, "This session");
}

#[tokio::test]
async fn another_site_ends_no_session() {
    let app = subject::with(Setup::new().var("SESSION_MODE", "stored")).await;
    let mut phone = app.logged_in("alice").await;
    let mut browser = app.logged_in("alice").await;
    let page = browser.get("/profile").await;
    let (_, rest) = page.body.split_once("name=\"id\" value=\"").unwrap();
    let form = format!("id={}", rest.split('"').next().unwrap());
    let request = || Request::new("POST", "/profile/sessions/end").form(&form);
    browser.send(request().with("origin", "https://other.example")).await.assert_status(403);
    browser.send(request()).await.assert_status(403);
    app.browser().send(request().with("origin", app.base())).await.assert_status(401);
    phone.get("/profile").await.assert_page(200, "Alice Anderson");
    assert_ended(&browser.send(request().with("origin", app.base())).await);
    phone.get("/profile").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile");
}

#[tokio::test]
async fn profile_of_an_application_that_keeps_sessions_in_cookies_has_no_list() {
    let app = subject::with(Setup::new().sessions_in_cookies()).await;
    let mut browser = app.logged_in("alice").await;
    let page = browser.get("/profile").await;
    page.assert_page(200, "Alice Anderson");
    assert!(!page.text().contains("Your sessions"));
}
