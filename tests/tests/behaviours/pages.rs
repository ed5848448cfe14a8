//! What is written on the pages.

use zitadel_emulator::Person;

use super::subject;

#[tokio::test]
async fn the_profile_shows_everything_the_app_knows() {
    let app = subject::start().await;
    let page = app.signed_in("alice").await.get("/profile").await;
    page.is_page(200, "Alice Anderson").is_not_stored();
    for words in [
        "alice@example.com",
        "Verified",
        "alice@acme.localhost",
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
        "Ask ZITADEL again",
        "Sign out",
    ] {
        page.shows(words);
    }
    assert!(page.body.contains("/assets/v1/310000000000000001/users/310000000000000301/avatar"), "the picture");
}

#[tokio::test]
async fn a_profile_with_little_in_it_is_a_profile() {
    let app = subject::start().await;
    let page = app.signed_in("carol").await.get("/profile").await;
    page.is_page(200, "Carol Clark").shows("Not verified").shows("You have no role").shows("No metadata");
}

#[tokio::test]
async fn whatever_people_are_called_is_text_and_nothing_else() {
    let app = subject::start().await;
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(2)>";
    app.emulator().add_person(Person {
        email: "mallory@example.com".into(),
        nickname: hostile.into(),
        picture: "javascript:alert(3)".into(),
        metadata: vec![(hostile.into(), hostile.as_bytes().to_vec()), ("bytes".into(), vec![0, 255, 128])],
        ..Person::named("mallory", hostile, "</title></style>")
    });
    let mut browser = app.signed_in("mallory").await;
    for path in ["/profile", "/"] {
        let page = browser.get(path).await;
        page.shows("<script>alert(1)</script>");
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{path}");
        assert!(!page.body.contains("\"javascript:") && !page.body.contains("'javascript:"), "{path}");
    }
    browser.get("/admin").await.has_status(403);
}

#[tokio::test]
async fn error_pages_have_words_for_every_code_and_never_repeat_what_came() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for code in zitadel_core::ErrorPage::codes() {
        let problem = zitadel_core::ErrorPage::from_code(code);
        browser.get(&format!("/auth/error?error={code}")).await.is_page(200, problem.title());
        browser.get(&format!("/auth/login?error={code}")).await.is_page(200, problem.title());
        browser.get(&format!("/auth/logout/error?reason={code}")).await.is_page(200, "Sign-out was not confirmed");
    }
    for text in [
        "call+now-please+now",
        "%3Cscript%3Enow-please%3C/script%3E",
        "ACCESS_DENIED+now-please",
        "access_denied%00now-please",
    ] {
        for path in ["/auth/error?error", "/auth/login?error", "/auth/logout/error?reason"] {
            browser.get(&format!("{path}={text}")).await.has_status(200).hides("now-please");
        }
        let described = browser.get(&format!("/auth/error?error=access_denied&error_description={text}")).await;
        described.is_page(200, "Sign-in was declined").hides("now-please");
    }
}

#[tokio::test]
async fn every_page_is_a_whole_document_that_loads_nothing_from_elsewhere() {
    let app = subject::start().await;
    let (mut visitor, mut bob) = (app.browser(), app.signed_in("bob").await);
    let mut pages = Vec::new();
    for path in [
        "/",
        "/auth/login",
        "/auth/error",
        "/auth/logout",
        "/auth/logout/success",
        "/auth/logout/error",
        "/nowhere",
        "/auth/callback?code=x&state=y",
    ] {
        pages.push(visitor.get(path).await);
    }
    for path in ["/", "/profile", "/admin"] {
        pages.push(bob.get(path).await);
    }
    for page in pages {
        let request = &page.request;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{request}");
        let html = page.body.to_lowercase();
        for part in ["<!doctype html>", "<html lang=\"en\">", "name=\"viewport\"", "<title>", "color-scheme"] {
            assert!(html.contains(part), "{request}: no {part}");
        }
        for loaded in ["<script src", "<link rel=\"stylesheet\"", "@import", "src=\"//", "url(http"] {
            assert!(!html.contains(loaded), "{request}: {loaded}");
        }
    }
}

#[tokio::test]
async fn pages_of_the_engine_look_like_pages_of_the_app() {
    let app = subject::start().await;
    let mut bob = app.signed_in("bob").await;
    for path in ["/admin", "/auth/callback?code=x&state=y&state=z", "/auth/logout"] {
        let page = bob.get(path).await;
        assert!(page.text().contains("Profile sample"), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn the_sign_in_page_carries_the_way_back_as_text() {
    let app = subject::start().await;
    let page = app.browser().get("/auth/login?callbackUrl=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    page.is_page(200, "Sign in");
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}
