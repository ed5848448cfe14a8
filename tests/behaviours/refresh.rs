//! Refreshed sessions reach the browser, whatever a framework does with a request.

use std::time::Duration;

use behaviours::{Request, Setup};
use futures_util::future::join_all;
use zitadel_emulator::{EndpointName, Fault};

use super::subject;

#[tokio::test]
async fn refreshed_session_is_set_by_every_kind_of_response() {
    let app = subject::with(Setup::new().with_short_lived_tokens().sessions_in_cookies()).await;
    let mut browser = app.logged_in("bob").await;
    for (path, status) in
        [("/", 200), ("/profile", 200), ("/admin", 403), ("/auth/session", 200), ("/auth/userinfo", 200)]
    {
        app.make_tokens_due();
        let response = browser.get(path).await;
        response.assert_status(status);
        assert!(response.sets_session(), "{path}");
    }
    app.make_tokens_due();
    assert!(browser.plain("HEAD", "/profile").await.sets_session());
    app.make_tokens_due();
    let response = browser.send(Request::same_origin_post("/profile")).await;
    response.assert_status(subject::UNSUPPORTED_METHOD);
    assert_eq!(
        response.sets_session(),
        subject::AUTHENTICATES_BEFORE_ROUTING,
        "without authentication nothing is lost"
    );
    browser.get("/profile").await.assert_page(200, "bob@example.com");
}

/// actix-web answers on several runtimes, which share a refresh.
#[tokio::test]
async fn concurrent_requests_refresh_once() {
    let app = subject::with(Setup::new().with_short_lived_tokens()).await;
    let browser = app.logged_in("alice").await;
    app.make_tokens_due();
    app.emulator().clear_requests();
    let pages = join_all((0..50).map(|_| {
        let mut browser = browser.clone();
        async move { browser.get("/profile").await }
    }));
    for page in pages.await {
        page.assert_page(200, "alice@example.com").assert_text("Refreshed 1 time");
    }
    assert_eq!(app.emulator().count(EndpointName::Token), 1);
}

#[tokio::test]
async fn client_that_disconnects_during_a_refresh_does_not_lose_the_session() {
    let app = subject::with(Setup::new().with_short_lived_tokens()).await;
    let mut browser = app.logged_in("alice").await;
    app.make_tokens_due();
    app.emulator().clear_requests();
    app.emulator().fault_times(EndpointName::Token, Fault::Delay(Duration::from_millis(200)), 1);
    let cookie = browser.cookie(app.session_cookie()).unwrap();
    let name = app.session_cookie();
    let request = format!("GET /profile HTTP/1.1\r\nhost: localhost\r\ncookie: {name}={cookie}\r\n\r\n");
    let provider_is_asked = async {
        while app.emulator().count(EndpointName::Token) == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        response = browser.raw(request.as_bytes()) => panic!("the response came before the client disconnected: {response}"),
        () = provider_is_asked => {}
    }
    browser.get("/profile").await.assert_page(200, "Alice Anderson").assert_text("Refreshed 1 time");
    assert_eq!(app.emulator().count(EndpointName::Token), 1);
}
