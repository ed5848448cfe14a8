//! From the provider's claims to the sample's profile page. `examples/pages` tests the pages with values of its own.

use behaviours::subject::axum as subject;
use zitadel_emulator::Person;

#[tokio::test]
async fn profile_shows_the_claims_roles_and_metadata_of_the_user() {
    let app = subject::start().await;
    let page = app.logged_in("alice").await.get("/profile").await;
    page.assert_page(200, "Alice Anderson");
    for text in [
        "alice@example.com",
        "Verified",
        "Login name alice",
        "Acme",
        "310000000000000301",
        "admin 310000000000000001 acme.localhost",
        "user 310000000000000001 acme.localhost",
        "department Engineering",
        "Grüße aus Zürich 🚀",
        "ID token claims",
        "Ends if idle",
        "Ends at the latest",
        "Access token expires",
        "Opaque",
        "Refreshed 0 times",
    ] {
        page.assert_text(text);
    }
    assert!(page.body.contains("/assets/v1/310000000000000001/users/310000000000000301/avatar"), "the picture");
    app.logged_in("bob").await.get("/profile").await.assert_text("user 310000000000000002 globex.localhost");
}

#[tokio::test]
async fn profile_of_a_user_with_few_claims_says_what_is_missing() {
    let app = subject::start().await;
    let page = app.logged_in("carol").await.get("/profile").await;
    page.assert_page(200, "Carol Clark").assert_text("Not verified").assert_text("No metadata");
    page.assert_text("You have no role in this project");
}

#[tokio::test]
async fn hostile_claims_are_text() {
    let app = subject::start().await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    app.emulator().add_person(Person {
        email: "mallory@example.com".into(),
        nickname: hostile.into(),
        picture: "javascript:alert(3)".into(),
        metadata: vec![(hostile.into(), hostile.as_bytes().to_vec()), ("bytes".into(), vec![0, 255, 128])],
        ..Person::named("mallory", hostile, "</title></style>")
    });
    let mut browser = app.logged_in("mallory").await;
    for path in ["/profile", "/"] {
        let page = browser.get(path).await;
        page.assert_text("<script>alert(1)</script>");
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{path}");
        assert!(!page.body.contains("\"javascript:") && !page.body.contains("'javascript:"), "{path}");
    }
    browser.get("/admin").await.assert_status(403);
}
