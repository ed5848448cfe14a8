//! `Protected::proxy` of axum: what the API behind it gets, and what the browser gets from it. Over sockets, with the emulator as provider.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a broken expectation ends the test")]

mod upstream;

use behaviours::{Browser, Request, Setup, Subject, subject};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use upstream::Api;
use zitadel_emulator::{AccessTokenType, EndpointName};

async fn start() -> (Subject, Api, Browser) {
    with(Setup::new().sessions_in_cookies()).await
}

async fn with(setup: Setup) -> (Subject, Api, Browser) {
    let api = Api::start().await;
    let app = subject::axum::proxying(setup, &api.address).await;
    let alice = app.logged_in("alice").await;
    (app, api, alice)
}

/// Whether the provider accepts a token now.
async fn is_active(app: &Subject, token: &str) -> bool {
    let url = format!("{}/oidc/v1/userinfo", app.emulator().issuer());
    let request = http::Request::get(url).header("authorization", format!("Bearer {token}"));
    app.emulator().respond(request.body(Vec::new()).unwrap()).await.unwrap().status() == 200
}

#[tokio::test]
async fn request_of_a_user_goes_on_with_their_token_and_without_the_session() {
    let (app, api, mut alice) = start().await;
    alice.set_cookie("theme", "light");
    let request = Request::new("GET", "/api/orders/%C3%A4?open=%2F")
        .with("authorization", "Basic forged")
        .with("x-forwarded-host", "evil.example")
        .with("forwarded", "host=evil.example")
        .with("x-hop", "1")
        .with("connection", "x-hop");
    let response = alice.send(request).await;
    assert_eq!((response.status, response.body.as_str()), (201, "answer"));
    let asked = api.last();
    assert_eq!(asked.line, "GET /v1/orders/%C3%A4?open=%2F");
    assert!(is_active(&app, asked.token()).await);
    assert_eq!(asked.header("cookie"), Some("theme=light"));
    let base = app.base().trim_start_matches("http://");
    assert_eq!((asked.header("x-forwarded-host"), asked.header("x-forwarded-proto")), (Some(base), Some("http")));
    assert_eq!(asked.header("x-forwarded-prefix"), Some("/api"));
    assert_eq!(asked.header("host"), api.address.strip_prefix("http://").and_then(|it| it.strip_suffix("/v1")));
    assert!(asked.header("forwarded").is_none() && asked.header("x-hop").is_none());
    for (path, line) in [("/api", "GET /v1"), ("/api/", "GET /v1/"), ("/api?x", "GET /v1?x")] {
        alice.get(path).await.assert_status(201);
        assert_eq!(api.last().line, line);
    }
}

#[tokio::test]
async fn answer_of_the_upstream_sets_no_cookie_of_ours_and_is_not_stored() {
    let (_app, _api, mut alice) = start().await;
    let response = alice.get("/api/orders").await;
    assert_eq!(response.set_cookies().iter().map(|cookie| cookie.name.as_str()).collect::<Vec<_>>(), ["theme"]);
    assert_eq!((response.header("x-kept"), response.header("x-hop")), (Some("1"), None));
    response.assert_not_stored();
}

#[tokio::test]
async fn requests_without_a_user_or_from_another_site_do_not_reach_it() {
    let (app, api, mut alice) = start().await;
    for path in ["/api", "/api/orders"] {
        assert_eq!(app.browser().get(path).await.assert_json(401)["error"], "unauthenticated", "{path}");
    }
    let post = || Request::new("POST", "/api/orders").form("a=b");
    for request in [post(), post().with("origin", "https://evil.example"), post().with("sec-fetch-site", "cross-site")]
    {
        assert_eq!(alice.send(request).await.assert_json(403)["error"], "cross_site");
    }
    for path in ["/api/../admin", "/api/a/..%2f..%2fadmin", "/api/%2e%2e/admin"] {
        assert!(
            alice
                .raw(
                    format!(
                        "GET {path} HTTP/1.1\r\nhost: a\r\ncookie: {}\r\nconnection: close\r\n\r\n",
                        cookies(&alice)
                    )
                    .as_bytes()
                )
                .await
                .contains(" 404 "),
            "{path}"
        );
    }
    assert!(api.asked().is_empty(), "{:?}", api.asked());
    alice.send(post().with("origin", app.base())).await.assert_status(201);
    let asked = api.last();
    assert_eq!((asked.line.as_str(), asked.body.as_str()), ("POST /v1/orders", "a=b"));
}

#[tokio::test]
async fn token_that_was_presented_goes_on() {
    let (app, api, _) = start().await;
    app.emulator().client().set_access_token_type(AccessTokenType::Jwt);
    let token = app.emulator().access_token_for("bob");
    let request = Request::new("POST", "/api/orders").with("authorization", &format!("Bearer {token}"));
    app.browser().send(request).await.assert_status(201);
    assert_eq!(api.last().token(), token);
}

#[tokio::test]
async fn rejected_token_is_replaced_once_where_the_request_has_no_body() {
    let (app, api, mut alice) = start().await;
    app.emulator().clear_requests();
    let response = alice.get("/api/first-token-is-revoked").await;
    assert_eq!((response.status, api.asked().len()), (201, 2));
    assert!(response.sets_session(), "the refreshed session reaches the browser");
    assert!(is_active(&app, api.last().token()).await);
    alice.get("/api/first-token-is-revoked").await.assert_status(201);
    assert_eq!((api.asked().len(), app.emulator().count(EndpointName::Token)), (3, 1), "with the new session");

    let (app, api, mut alice) = start().await;
    app.emulator().clear_requests();
    let post = Request::new("POST", "/api/first-token-is-revoked").with("origin", app.base()).form("a=b");
    let response = alice.send(post).await;
    assert_eq!((response.status, response.body.as_str()), (401, "revoked"), "its body was consumed");
    assert_eq!((api.asked().len(), app.emulator().count(EndpointName::Token)), (1, 0));
}

#[tokio::test]
async fn upstream_that_does_not_answer_is_502() {
    let (_app, api, mut alice) = start().await;
    let address = api.address.clone();
    drop(api);
    let app = subject::axum::proxying(Setup::new(), &address).await;
    let response = app.logged_in("alice").await.get("/api/orders").await;
    assert_eq!(response.assert_json(502)["error"], "upstream_unavailable");
    response.assert_not_stored();
    alice.get("/").await.assert_status(200);
}

fn cookies(browser: &Browser) -> String {
    browser.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// A connection to the application, on which a request was begun.
async fn connect(app: &Subject, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", app.port())).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Reads until the end of `text` has come.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).ends_with(text) {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).await.unwrap(), 1, "closed after {}", String::from_utf8_lossy(&read));
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

#[tokio::test]
async fn bodies_are_streamed_in_both_directions() {
    let (app, _api, alice) = start().await;
    let head = format!(
        "POST /api/echo HTTP/1.1\r\nhost: localhost\r\norigin: {}\r\ncookie: {}\r\ntransfer-encoding: chunked\r\n\r\n",
        app.base(),
        cookies(&alice)
    );
    let mut stream = connect(&app, &head).await;
    stream.write_all(b"5\r\nfirst\r\n").await.unwrap();
    // Before the request ends.
    assert!(read_until(&mut stream, "first\r\n").await.starts_with("HTTP/1.1 200 OK"));
    stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").await.unwrap();
    read_until(&mut stream, "second\r\n").await;
    read_until(&mut stream, "0\r\n\r\n").await;
}

#[tokio::test]
async fn web_socket_is_kept_and_needs_to_come_from_this_application() {
    let (app, api, alice) = start().await;
    let open = |origin: &str| {
        format!(
            "GET /api/socket HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\norigin: {origin}\r\ncookie: {}\r\n\r\n",
            cookies(&alice)
        )
    };
    let mut other = connect(&app, &open("https://evil.example")).await;
    assert!(read_until(&mut other, "\r\n").await.contains(" 403 "));
    assert!(api.asked().is_empty());
    let mut stream = connect(&app, &open(app.base())).await;
    let head = read_until(&mut stream, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101") && head.to_ascii_lowercase().contains("upgrade: websocket"), "{head}");
    for message in ["ping", "pong"] {
        stream.write_all(message.as_bytes()).await.unwrap();
        assert_eq!(read_until(&mut stream, message).await, message);
    }
    let asked = api.last();
    assert_eq!(asked.header("sec-websocket-key"), Some("dGhlIHNhbXBsZSBub25jZQ=="));
    assert!(is_active(&app, asked.token()).await);
    assert!(asked.header("cookie").is_none());
}
