//! Once per framework: a callback that comes twice makes a session that works at the provider; and a key file authenticates.

use std::time::Duration;

use behaviours::{Browser, Response, Subject};
use tokio::time::sleep;

use super::subject;
use crate::provider::{ACCESS_TOKEN_SECONDS, Provider};

/// Long enough that every request comes while the provider has not answered the first one.
const TOKEN_DELAY: Duration = Duration::from_secs(1);

#[tokio::test]
#[ignore = "needs Node.js and npm: cargo xtask test"]
async fn two_callbacks_at_once_get_the_same_session() {
    let provider = Provider::start(TOKEN_DELAY).await;
    let app = subject::with(provider.setup()).await;
    let mut browser = app.browser();
    let callback = authorize(&mut browser, &app).await;
    let mut other = browser.clone();
    let (first, second) = tokio::join!(browser.get(&callback), other.get(&callback));
    assert_same([(&first, &browser), (&second, &other)]);
    assert_works(&provider, &app, browser).await;
}

/// In real time, which the provider has: while the first one is answered, and afterwards.
#[tokio::test]
#[ignore = "needs Node.js and npm: cargo xtask test"]
async fn callback_that_comes_again_after_400_ms_gets_the_same_session() {
    for token_delay in [TOKEN_DELAY, Duration::ZERO] {
        let provider = Provider::start(token_delay).await;
        let app = subject::with(provider.setup()).await;
        let mut browser = app.browser();
        let callback = authorize(&mut browser, &app).await;
        let mut other = browser.clone();
        let later = async {
            sleep(Duration::from_millis(400)).await;
            other.get(&callback).await
        };
        let (first, second) = tokio::join!(browser.get(&callback), later);
        assert_same([(&first, &browser), (&second, &other)]);
        assert_works(&provider, &app, browser).await;
    }
}

/// The connection ends while the provider answers; the next response arrives, and its cookies are lost with the browser.
#[tokio::test]
#[ignore = "needs Node.js and npm: cargo xtask test"]
async fn callback_after_a_lost_response_gets_the_same_session() {
    let provider = Provider::start(TOKEN_DELAY).await;
    let app = subject::with(provider.setup()).await;
    let mut browser = app.browser();
    let callback = authorize(&mut browser, &app).await;
    let cookies: Vec<_> = browser.cookies().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let path = callback.strip_prefix(app.base()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n", host(&app), cookies.join("; "));
    tokio::select! {
        response = browser.raw(request.as_bytes()) => panic!("the response came before the client disconnected: {response}"),
        () = provider.wait_for("authorization_code 200") => {}
    }
    let mut lost = browser.clone();
    let first = lost.get(&callback).await;
    let second = browser.get(&callback).await;
    assert_same([(&first, &lost), (&second, &browser)]);
    assert_works(&provider, &app, browser).await;
}

/// The provider verifies each assertion by itself (RFC 7523 §3), and accepts its `jti` once.
#[tokio::test]
#[ignore = "needs Node.js and npm: cargo xtask test"]
async fn key_file_authenticates_login_refresh_and_revocation() {
    let provider = Provider::start(Duration::ZERO).await;
    let app = subject::with(provider.setup_with_key().await).await;
    let mut browser = app.browser();
    let callback = authorize(&mut browser, &app).await;
    browser.get(&callback).await.assert_redirect("/profile");
    assert_works(&provider, &app, browser.clone()).await;
    browser.get("/profile").await.assert_status(200);
    browser.click("Sign out").await;
    provider.wait_for("revocation 200").await;
}

/// From the page for login to the redirect to the callback.
async fn authorize(browser: &mut Browser, app: &Subject) -> String {
    let callback = format!("{}/auth/callback?", app.base());
    let mut response = browser.start_login().await;
    while !response.location().starts_with(&callback) {
        response = browser.follow().await;
    }
    response.location().to_owned()
}

#[track_caller]
fn assert_same([(first, one), (second, other)]: [(&Response, &Browser); 2]) {
    first.assert_redirect("/profile").assert_not_stored();
    second.assert_redirect("/profile").assert_not_stored();
    assert_eq!(one.cookies().len(), 1, "the session, and no pending login: {:?}", one.cookies());
    assert_eq!(one.session(), one.cookies());
    assert_eq!(one.cookies(), other.cookies());
}

/// The access token and the refresh token are accepted, and the code was sent once.
async fn assert_works(provider: &Provider, app: &Subject, mut browser: Browser) {
    browser.get("/profile").await.assert_page(200, "alice@example.com").assert_text("Refreshed 0 times");
    assert_eq!(browser.fetch("GET", "/auth/userinfo").await.assert_json(200)["email"], "alice@example.com");
    app.advance(ACCESS_TOKEN_SECONDS);
    browser.get("/profile").await.assert_page(200, "alice@example.com").assert_text("Refreshed 1 time");
    let log = provider.log().await;
    let login = ["token request", "authorization_code 200", "userinfo 200"];
    let refresh = ["token request", "refresh_token 200", "userinfo 200"];
    assert_eq!(log, [&login[..], &["userinfo 200"], &refresh].concat());
}

fn host(app: &Subject) -> &str {
    app.base().strip_prefix("http://").unwrap()
}
