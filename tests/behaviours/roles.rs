//! A page that requires a role.

use super::subject;

#[tokio::test]
async fn page_with_a_role_is_served_to_a_user_with_that_role() {
    let app = subject::start().await;
    let mut alice = app.logged_in("alice").await;
    alice.get("/admin").await.assert_page(200, "You are an administrator").assert_text("acme.localhost");
}

#[tokio::test]
async fn page_with_a_role_is_a_403_page_for_other_users() {
    let app = subject::start().await;
    for user in ["bob", "carol"] {
        let mut browser = app.logged_in(user).await;
        let page = browser.get("/admin").await;
        page.assert_page(403, "Not for this account").assert_not_stored().assert_no_text("administrator");
        browser.get("/profile").await.assert_status(200);
    }
}

#[tokio::test]
async fn page_with_a_role_is_403_json_for_a_script_of_other_users() {
    let app = subject::start().await;
    let response = app.logged_in("bob").await.fetch("GET", "/admin").await;
    assert_eq!(response.assert_json(403)["error"], "insufficient_scope");
    let challenge = format!(r#"Bearer realm="{}", error="insufficient_scope""#, app.emulator().issuer());
    assert_eq!(response.header("www-authenticate"), Some(challenge.as_str()));
}
