//! The application is opened at another name of its host than that of `ZITADEL_CALLBACK_URL`.

use zitadel_core::{Endpoint, Reply, RequestHead, Requirement};

use crate::support::{App, BASE, Browser, assert_page, json, location};

/// The same page load at another host.
fn at(browser: &Browser, host: &str, target: &str) -> RequestHead {
    let mut head = browser.navigation("GET", target);
    head.header("host", host.as_bytes());
    head
}

/// The response to a page that requires a user.
async fn open(app: &App, head: RequestHead) -> Reply {
    app.zitadel.authenticate(head).await.authorize(&Requirement::user()).unwrap_err().into_reply()
}

#[tokio::test]
async fn page_at_another_name_of_the_host_is_opened_at_the_configured_origin() {
    let app = App::new();
    let mut browser = app.browser();
    for host in ["127.0.0.1:3000", "[::1]:3000"] {
        let reply = open(&app, at(&browser, host, "/orders?page=2")).await;
        assert_eq!(location(&reply), format!("{BASE}/orders?page=2"), "{host}");
        for (endpoint, target) in
            [(Endpoint::Login, "/auth/login?callbackUrl=%2Forders"), (Endpoint::Logout, "/auth/logout")]
        {
            let reply = browser.clone().serve(endpoint, &at(&browser, host, target), "").await;
            assert_eq!(location(&reply), format!("{BASE}{target}"));
        }
    }
    for host in ["localhost:3000", "LOCALHOST:3000", "backend:3000", "127.0.0.1:8080", "evil.example"] {
        let reply = open(&app, at(&browser, host, "/orders")).await;
        assert_eq!(location(&reply), "/auth/login?callbackUrl=%2Forders", "{host}");
    }
    // A page at the right host, and a user who is logged in.
    browser.login("alice", "/").await;
    let authentication = app.zitadel.authenticate(at(&browser, "localhost:3000", "/")).await;
    assert!(authentication.authorize(&Requirement::user()).is_ok());
}

/// A proxy that adds `www.` would send the browser around in a circle.
#[tokio::test]
async fn redirect_to_the_configured_origin_happens_once() {
    let app = App::new();
    let mut browser = app.browser();
    let reply = open(&app, at(&browser, "127.0.0.1:3000", "/orders")).await;
    assert_eq!(location(&reply), format!("{BASE}/orders"));
    browser.store_cookies(&reply);
    let reply = open(&app, at(&browser, "127.0.0.1:3000", "/orders")).await;
    assert_eq!(location(&reply), "/auth/login?callbackUrl=%2Forders");
}

#[tokio::test]
async fn form_of_another_name_of_the_host_is_refused_with_words_that_name_the_origin() {
    let app = App::new();
    let browser = app.browser();
    let post = |accept: &str| {
        let mut head = RequestHead::new("POST", "/auth/logout");
        head.header("host", b"127.0.0.1:3000");
        head.header("origin", b"http://127.0.0.1:3000");
        head.header("sec-fetch-site", b"same-origin");
        head.header("accept", accept.as_bytes());
        head.header("sec-fetch-mode", if accept == "text/html" { b"navigate" } else { b"cors" });
        head
    };
    let reply = browser.clone().serve(Endpoint::Logout, &post("text/html"), "").await;
    assert_page(&reply, 403, "This site is at http://localhost:3000.");
    let reply = browser.clone().serve(Endpoint::Logout, &post("*/*"), "").await;
    assert!(json(&reply, 403)["error_description"].as_str().unwrap().contains("http://localhost:3000"));
    let mut logged_in = app.logged_in("alice").await;
    let mut head = post("text/html");
    head.header(
        "cookie",
        format!("{}={}", app.zitadel.session_cookie_name().unwrap(), logged_in.session_cookie().unwrap()).as_bytes(),
    );
    assert_page(&open(&app, head).await, 403, "This site is at http://localhost:3000.");
    assert!(logged_in.open("/profile").await.is_ok());
}
