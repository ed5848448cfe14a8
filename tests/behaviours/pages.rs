//! The sample's pages as a framework serves them. Their content is tested in `examples/pages`.

use super::subject;

#[tokio::test]
async fn error_code_in_a_query_selects_a_text_and_is_not_shown() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for (code, title) in [("access_denied", "Sign-in was declined"), ("expired_login", "The sign-in took too long")] {
        browser.get(&format!("/auth/error?error={code}")).await.assert_page(200, title);
        browser.get(&format!("/auth/login?error={code}")).await.assert_page(200, title);
        browser.get(&format!("/auth/logout/error?reason={code}")).await.assert_page(200, "Sign-out was not confirmed");
    }
    for text in ["call+now-please", "%3Cscript%3Enow-please%3C/script%3E", "access_denied%00now-please"] {
        for path in ["/auth/error?error", "/auth/login?error", "/auth/logout/error?reason"] {
            browser.get(&format!("{path}={text}")).await.assert_status(200).assert_no_text("now-please");
        }
        let page = browser.get(&format!("/auth/error?error=access_denied&error_description={text}")).await;
        page.assert_page(200, "Sign-in was declined").assert_no_text("now-please");
    }
}

#[tokio::test]
async fn return_address_on_the_login_page_is_escaped() {
    let app = subject::start().await;
    let page = app.browser().get("/auth/login?callbackUrl=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    page.assert_page(200, "Sign in");
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
}

#[tokio::test]
async fn page_of_the_engine_looks_like_a_page_of_the_application() {
    let app = subject::start().await;
    let mut bob = app.logged_in("bob").await;
    for path in ["/admin", "/auth/callback?code=x&state=y&state=z", "/auth/logout"] {
        bob.get(path).await.assert_text("Profile sample");
    }
}

#[tokio::test]
async fn page_is_a_document_that_loads_nothing_from_other_sites() {
    let app = subject::start().await;
    let mut bob = app.logged_in("bob").await;
    for path in [
        "/",
        "/profile",
        "/admin",
        "/auth/login",
        "/auth/error",
        "/auth/logout",
        "/auth/logout/success",
        "/auth/logout/error",
        "/nowhere",
        "/auth/callback?code=x&state=y&state=z",
    ] {
        let page = bob.get(path).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        let html = page.body.to_lowercase();
        for part in ["<!doctype html>", "<html lang=\"en\">", "name=\"viewport\"", "<title>", "color-scheme"] {
            assert!(html.contains(part), "{path}: no {part}");
        }
        for loaded in ["<script src", "<link rel=\"stylesheet\"", "@import", "src=\"//", "url(http"] {
            assert!(!html.contains(loaded), "{path}: {loaded}");
        }
    }
}

#[tokio::test]
async fn page_links_to_mounted_paths_only() {
    let app = subject::start().await;
    let mut browser = app.logged_in("alice").await;
    for page in ["/", "/profile", "/admin", "/auth/login", "/auth/error", "/nowhere"] {
        let body = browser.get(page).await.body;
        for link in body.split("href=\"/").skip(1) {
            let path = format!("/{}", link.split('"').next().unwrap());
            assert_ne!(browser.clone().get(&path).await.status, 404, "{page} links to {path}");
        }
    }
}
