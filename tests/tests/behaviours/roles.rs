//! Who may see the admin page, and how quickly that changes.

use behaviours::Setup;

use super::subject;

#[tokio::test]
async fn whoever_has_the_role_is_admitted() {
    let app = subject::start().await;
    app.signed_in("alice").await.get("/admin").await.is_page(200, "You are an administrator").shows("acme.localhost");
}

#[tokio::test]
async fn everyone_else_is_told_403_in_words() {
    let app = subject::start().await;
    for person in ["bob", "carol"] {
        let mut browser = app.signed_in(person).await;
        let page = browser.get("/admin").await;
        page.is_page(403, "Not for this account").is_not_stored().hides("administrator");
        browser.get("/profile").await.has_status(200);
    }
}

#[tokio::test]
async fn a_script_is_told_403_in_json() {
    let app = subject::start().await;
    let answer = app.signed_in("bob").await.fetch("GET", "/admin").await;
    assert_eq!(answer.is_json(403)["error"], "insufficient_scope");
    assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer error="insufficient_scope""#));
}

#[tokio::test]
async fn a_visitor_who_asks_for_the_admin_page_comes_back_to_it() {
    let app = subject::start().await;
    let mut browser = app.browser();
    browser.get("/admin").await.is_redirect_to("/auth/login?callbackUrl=%2Fadmin");
    browser.sign_in_as("bob").await.is_redirect_to("/admin");
    browser.follow().await.is_page(403, "Not for this account");
}

#[tokio::test]
async fn the_profile_lists_roles_with_their_organisation() {
    let app = subject::start().await;
    app.signed_in("alice").await.get("/profile").await.shows("admin 310000000000000001 acme.localhost");
    app.signed_in("bob").await.get("/profile").await.shows("user 310000000000000002 globex.localhost");
    app.signed_in("carol").await.get("/profile").await.shows("You have no role in this project");
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_with_the_next_token() {
    let app = subject::with(Setup::new().tokens_are_always_due()).await;
    let mut browser = app.signed_in("alice").await;
    browser.get("/admin").await.has_status(200);
    app.emulator().set_roles("alice", &["user"]);
    browser.get("/admin").await.is_page(403, "Not for this account");
}

#[tokio::test]
async fn a_role_that_was_given_counts_with_the_next_token() {
    let app = subject::with(Setup::new().tokens_are_always_due()).await;
    let mut browser = app.signed_in("carol").await;
    browser.get("/admin").await.has_status(403);
    app.emulator().set_roles("carol", &["admin"]);
    browser.get("/admin").await.is_page(200, "You are an administrator");
}

#[tokio::test]
async fn roles_that_only_userinfo_knows_count_too() {
    let app = subject::start().await;
    app.emulator().client().set_id_token_role_assertion(false);
    app.signed_in("alice").await.get("/admin").await.has_status(200);
    app.signed_in("bob").await.get("/admin").await.has_status(403);
}
