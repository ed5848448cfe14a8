//! Requests that another site makes in somebody's browser.

use behaviours::{Log, Outgoing};

use super::subject;

const EVIL: &str = "https://evil.example";

/// What a browser sends when a page elsewhere posts a form here.
fn from_elsewhere(path: &str) -> Outgoing {
    Outgoing::new("POST", path)
        .with("accept", "text/html")
        .with("origin", EVIL)
        .with("sec-fetch-site", "cross-site")
        .with("sec-fetch-mode", "navigate")
}

#[tokio::test]
async fn another_site_cannot_sign_anybody_out() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let session = browser.session();
    let answer = browser.send(from_elsewhere("/auth/logout")).await;
    answer.is_page(403, "That came from another site");
    assert_eq!(answer.set_cookies(), []);
    assert_eq!(browser.session(), session);
    browser.get("/profile").await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn another_site_cannot_begin_a_sign_in() {
    let app = subject::start().await;
    for mut browser in [app.browser(), app.signed_in("alice").await] {
        let answer = browser.send(from_elsewhere("/auth/signin/zitadel")).await;
        answer.is_page(403, "That came from another site");
        assert_eq!(browser.attempts(), []);
    }
}

#[tokio::test]
async fn whatever_does_not_prove_that_it_comes_from_here_is_refused() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let headers: [&[(&str, &str)]; 9] = [
        &[],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-origin"), ("origin", EVIL)],
        &[("origin", EVIL)],
        &[("origin", "null")],
        &[("origin", "http://localhost")],
        &[("origin", app.base()), ("origin", EVIL)],
        &[("referer", app.base())],
    ];
    for lines in headers {
        for path in ["/auth/logout", "/profile", "/admin"] {
            let mut request = Outgoing::new("POST", path);
            request.headers = lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let answer = browser.send(request).await;
            if path == "/auth/logout" || subject::DOOR_BEFORE_METHOD {
                assert_eq!(answer.is_json(403)["error"], "cross_site", "{path} {lines:?}");
            } else {
                answer.has_status(subject::WRONG_METHOD);
            }
        }
    }
    browser.get("/profile").await.is_page(200, "Alice Anderson");
}

/// `http://127.0.0.1` and `http://localhost` are two sites to a browser, and one to a person.
#[tokio::test]
async fn an_app_that_was_opened_at_another_address_says_so_in_its_log() {
    let app = subject::start().await;
    let log = Log::listen();
    let elsewhere = app.base().replace("localhost", "127.0.0.1");
    let form = Outgoing::new("POST", "/auth/signin/zitadel").with("sec-fetch-site", "same-origin");
    app.browser().send(form.clone().with("origin", &elsewhere)).await.has_status(403);
    assert!(log.text().contains("opened at another address"), "{}", log.text());
    drop(log);
    let log = Log::listen();
    app.browser().send(Outgoing::new("POST", "/auth/logout").with("origin", EVIL)).await.has_status(403);
    assert!(log.text().contains("refused a request from another site"), "{}", log.text());
    assert!(!log.text().contains("opened at another address"), "{}", log.text());
}

#[tokio::test]
async fn a_socket_that_another_site_opens_is_not_the_users() {
    let app = subject::start().await;
    let mut alice = app.signed_in("alice").await;
    let socket = |origin: &str| {
        Outgoing::new("GET", "/profile")
            .with("connection", "upgrade")
            .with("upgrade", "websocket")
            .with("origin", origin)
    };
    assert_eq!(alice.send(socket(EVIL)).await.is_json(403)["error"], "cross_site");
    alice.send(socket(app.base())).await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn an_old_browser_that_only_says_its_origin_can_sign_in_and_out() {
    let app = subject::start().await;
    let mut browser = app.browser();
    let own = |path: &str| Outgoing::new("POST", path).with("accept", "text/html").with("origin", app.base());
    let begun = browser.send(own("/auth/signin/zitadel")).await;
    let back = app.emulator().authorize_as(begun.has_status(302).location(), "bob");
    browser.send(Outgoing::new("GET", &back).with("accept", "text/html")).await.is_redirect_to("/profile");
    browser.send(own("/auth/logout")).await.is_redirect_to(&app.end_session_endpoint());
    assert_eq!(browser.session(), []);
}

/// `Referrer-Policy: no-referrer` makes browsers post forms with `Origin: null`: one without fetch metadata
/// (Safari before 16.4) then looks as if it came from elsewhere.
#[tokio::test]
async fn a_page_with_a_form_does_not_make_old_browsers_hide_where_they_come_from() {
    let app = subject::start().await;
    let mut browser = app.signed_in("bob").await;
    for path in ["/", "/profile", "/admin", "/auth/login", "/auth/logout"] {
        let page = browser.get(path).await;
        assert!(page.body.contains("<form"), "{path}");
        assert_ne!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}

#[tokio::test]
async fn a_link_from_another_site_works() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    let link = Outgoing::new("GET", "/profile").with("sec-fetch-site", "cross-site").with("sec-fetch-mode", "navigate");
    browser.send(link).await.is_page(200, "Alice Anderson");
}

#[tokio::test]
async fn no_answer_invites_scripts_of_other_sites() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    for path in ["/", "/profile", "/auth/session", "/auth/userinfo", "/auth/login", "/healthz", "/readyz", "/nowhere"] {
        let answer = browser.send(Outgoing::new("GET", path).with("origin", EVIL)).await;
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}");
    }
}

#[tokio::test]
async fn no_page_can_be_framed_by_another_site() {
    let app = subject::start().await;
    let mut browser = app.signed_in("bob").await;
    for path in ["/", "/profile", "/admin", "/auth/login", "/auth/logout", "/auth/error", "/nowhere"] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default();
        let framed = !policy.contains("frame-ancestors 'none'") && page.header("x-frame-options") != Some("DENY");
        assert!(!framed, "{path} can be framed: {policy:?}");
    }
}
