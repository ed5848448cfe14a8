//! What anyone may see, and how everyone else is asked to sign in.

use behaviours::Outgoing;

use super::subject;

const OPEN: [&str; 9] = [
    "/",
    "/auth/login",
    "/auth/signin",
    "/auth/error",
    "/auth/logout",
    "/auth/logout/success",
    "/auth/logout/error",
    "/auth/session",
    "/healthz",
];
const CLOSED: [&str; 2] = ["/profile", "/admin"];

#[tokio::test]
async fn public_pages_are_open_to_anyone() {
    let app = subject::start().await;
    for path in OPEN {
        app.browser().get(path).await.has_status(200);
        app.signed_in("bob").await.get(path).await.has_status(200);
    }
}

#[tokio::test]
async fn the_start_page_knows_who_is_signed_in() {
    let app = subject::start().await;
    app.browser().get("/").await.is_page(200, "Nobody is signed in");
    app.signed_in("bob").await.get("/").await.is_page(200, "Signed in as").shows("Bob Brown");
}

#[tokio::test]
async fn a_person_at_a_closed_page_is_sent_to_sign_in() {
    let app = subject::start().await;
    for path in CLOSED {
        let target = format!("/auth/login?callbackUrl=%2F{}%3Fa%3Db", &path[1..]);
        let answer = app.browser().get(&format!("{path}?a=b")).await;
        answer.is_redirect_to(&target).is_not_stored();
        assert_eq!(answer.header("vary"), Some("Cookie"));
    }
}

#[tokio::test]
async fn an_old_browser_without_fetch_metadata_is_sent_to_sign_in_too() {
    let app = subject::start().await;
    let old = Outgoing::new("GET", "/profile").with("accept", "text/html,*/*;q=0.8");
    app.browser().send(old).await.is_redirect_to("/auth/login?callbackUrl=%2Fprofile");
}

#[tokio::test]
async fn a_script_or_program_at_a_closed_page_is_told_401_in_json() {
    let app = subject::start().await;
    let mut browser = app.browser();
    for path in CLOSED {
        for answer in [
            browser.fetch("GET", path).await,
            browser.bare("GET", path).await,
            browser.send(Outgoing::new("GET", path).with("accept", "application/json")).await,
            browser
                .send(Outgoing::new("GET", path).with("accept", "text/html").with("sec-fetch-mode", "no-cors"))
                .await,
        ] {
            assert_eq!(answer.is_json(401)["error"], "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
            answer.is_not_stored();
        }
    }
}

#[tokio::test]
async fn no_method_opens_a_closed_page() {
    let app = subject::start().await;
    for path in CLOSED {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let answer = app.browser().bare(method, path).await;
            if subject::DOOR_BEFORE_METHOD {
                assert_eq!(answer.is_json(401)["error"], "unauthenticated");
            } else {
                answer.has_status(subject::WRONG_METHOD);
            }
        }
    }
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body() {
    let app = subject::start().await;
    let mut alice = app.signed_in("alice").await;
    for path in CLOSED.into_iter().chain(OPEN) {
        let head = alice.bare("HEAD", path).await;
        head.has_status(200);
        assert_eq!(head.body, "", "{path}");
        assert_eq!(head.header("content-type"), alice.bare("GET", path).await.header("content-type"), "{path}");
    }
    for path in CLOSED {
        let head = app.browser().bare("HEAD", path).await;
        head.has_status(401);
        assert_eq!(head.body, "");
        let person = Outgoing::new("HEAD", path).with("sec-fetch-mode", "navigate");
        app.browser().send(person).await.has_status(302);
    }
}

#[tokio::test]
async fn options_opens_no_door() {
    let app = subject::start().await;
    for path in CLOSED {
        let preflight = Outgoing::new("OPTIONS", path)
            .with("origin", "https://evil.example")
            .with("access-control-request-method", "GET");
        let answer = app.browser().send(preflight).await;
        answer.has_status(if subject::DOOR_BEFORE_METHOD { 401 } else { subject::WRONG_METHOD });
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[tokio::test]
async fn a_method_that_a_page_does_not_have_is_refused_to_those_who_may_know() {
    let app = subject::start().await;
    let mut alice = app.signed_in("alice").await;
    for (path, method) in [("/profile", "POST"), ("/admin", "DELETE"), ("/", "PUT"), ("/auth/login", "POST")] {
        let own = Outgoing::new(method, path).with("sec-fetch-site", "same-origin");
        alice.send(own).await.has_status(subject::WRONG_METHOD);
    }
}

#[tokio::test]
async fn a_bearer_token_that_means_nothing_lets_nobody_in() {
    let app = subject::start().await;
    for value in ["Bearer x", "Bearer", "bearer a.b.c", "Basic YWxpY2U6cGFzcw=="] {
        let answer = app.browser().send(Outgoing::new("GET", "/profile").with("authorization", value)).await;
        assert!(matches!(answer.status, 400 | 401), "{value}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_page_that_differs_for_those_who_are_signed_in_says_so_to_caches() {
    let app = subject::start().await;
    for mut browser in [app.browser(), app.signed_in("bob").await] {
        let page = browser.get("/").await;
        let varies = page.header("vary").is_some_and(|value| value.to_lowercase().contains("cookie"));
        assert!(varies || page.header("cache-control").is_some_and(|value| value.contains("no-store")));
    }
}
