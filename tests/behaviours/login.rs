//! Login from the first click to the requested page.

use behaviours::Request;

use super::subject;

#[tokio::test]
async fn login_returns_to_the_requested_page() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/profile?tab=roles").await.assert_redirect("/auth/login?callbackUrl=%2Fprofile%3Ftab%3Droles");
    browser.follow().await.assert_page(200, "Sign in");
    let response = browser.click("Sign in with ZITADEL").await;
    response.assert_redirect(&app.authorization_endpoint()).assert_not_stored();
    browser.log_in_as("alice").await.assert_redirect("/profile?tab=roles");
    browser.follow().await.assert_page(200, "Alice Anderson").assert_text("alice@example.com");
}

#[tokio::test]
async fn login_page_has_two_paths_sets_no_cookie_and_does_not_ask_the_provider() {
    let app = subject::start().await;
    for path in ["/auth/login", "/auth/signin"] {
        let mut browser = app.browser();
        browser.get(&format!("{path}?callbackUrl=%2Fadmin")).await.assert_page(200, "Sign in with ZITADEL");
        assert_eq!(browser.cookies(), []);
        assert_eq!(app.emulator().requests(), []);
        browser.log_in_as("alice").await.assert_redirect("/admin");
        app.emulator().clear_requests();
    }
}

/// Every payload of the open-redirect corpus is tested in core. These depend on how a query and a form are decoded.
#[tokio::test]
async fn login_with_a_return_address_on_another_site_ends_on_this_site() {
    let app = subject::start().await;
    for (return_to, target) in [
        ("//evil.example", "/profile"),
        ("/%09/evil.example", "/profile"),
        ("/ok\r\nset-cookie: a=b", "/profile"),
        ("/admin?a=b&c=%2F%2Fd#e", "/admin?a=b&c=%2F%2Fd"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("callbackUrl", return_to).finish();
        let mut browser = app.browser();
        let response = browser.send(Request::same_origin_post("/auth/signin/zitadel").form(&query)).await;
        let callback = app.emulator().authorize_as(response.location(), "alice");
        browser.get(&callback).await.assert_redirect(target);
        // The form of the login page passes the address on.
        let mut browser = app.browser();
        browser.get(&format!("/auth/login?{query}")).await.assert_page(200, "Sign in");
        browser.log_in_as("bob").await.assert_redirect(target);
    }
}
