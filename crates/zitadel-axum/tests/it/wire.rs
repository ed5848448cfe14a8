//! Headers and bodies: session cookies on every response, HEAD, and which bodies are read.

use std::{
    convert::Infallible,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::StatusCode,
    response::{AppendHeaders, IntoResponse},
    routing::get,
};
use futures_util::stream;
use tokio::{net::TcpListener, task::spawn_blocking};
use zitadel_axum::{Protected, PublicExt as _, User, Zitadel, authenticate, endpoints};

use crate::support::{UNREADABLE_SESSION, config, protected, serve, start, zitadel};

async fn page() -> &'static str {
    "page"
}

/// Routes with every kind of response.
fn routes(zitadel: &Zitadel) -> Router {
    async fn fails() -> (StatusCode, &'static str) {
        (StatusCode::IM_A_TEAPOT, "tea")
    }
    async fn streams() -> Body {
        Body::from_stream(stream::iter(["one ", "two"].map(Ok::<_, Infallible>)))
    }
    async fn cached() -> impl IntoResponse {
        ([("cache-control", "public, max-age=60"), ("vary", "Cookie")], "cached")
    }
    async fn own_cookies() -> impl IntoResponse {
        (AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2")]), "own")
    }
    Protected::new(zitadel.clone())
        .route("/page", get(page).public())
        .route("/fails", get(fails).public())
        .route("/streams", get(streams).public())
        .route("/cached", get(cached).public())
        .route("/own", get(own_cookies).public())
        .route("/extractor/{number}", get(async |_: Path<u8>| "").public())
        .route("/user", get(async |_: User| "user").public())
        .route("/protected", get(page))
        .fallback(page.public())
        .into_router()
}

// Session cookies

#[tokio::test]
async fn session_cookies_are_on_every_response() {
    let handle = zitadel();
    for (router, lines) in [
        (routes(&handle), 1),
        (routes(&handle).layer(authenticate(handle.clone())), 1),
        (routes(&handle).layer(authenticate(zitadel())), 2),
    ] {
        let app = start(router);
        for (path, status, own) in [
            ("/page", 200, 0),
            ("/fails", 418, 0),
            ("/streams", 200, 0),
            ("/cached", 200, 0),
            ("/own", 200, 2),
            ("/extractor/many", 400, 0),
            ("/user", 302, 0),
            ("/protected", 302, 0),
            ("/unknown", 200, 0),
        ] {
            let response = app.send(&format!("GET {path}"), &UNREADABLE_SESSION, "").await;
            assert_eq!(response.status, status, "{path}");
            assert_eq!(response.deleted_sessions(), lines, "{path}");
            assert_eq!(response.values("set-cookie").len(), lines + own, "{path}");
            assert_eq!(response.values("vary"), ["Cookie"], "{path}");
            assert_eq!(response.values("cache-control"), ["no-store"], "{path}");
        }
        let response = app.call("GET /cached").await;
        assert_eq!(response.values("vary"), ["Cookie"]);
        assert_eq!(response.values("cache-control"), ["public, max-age=60"]);
    }
}

#[tokio::test]
async fn endpoint_deletes_an_unreadable_session_once_wherever_it_is_mounted() {
    let handle = zitadel();
    // Its endpoints have other paths, so that it answers none of those of `handle`.
    let other = Zitadel::new(config().base_path("/other").build().unwrap());
    for (number, router) in [
        Protected::new(handle.clone()).into_router(),
        Router::new().layer(authenticate(handle.clone())),
        endpoints(&handle),
        endpoints(&handle).layer(authenticate(handle.clone())),
        endpoints(&handle).layer(authenticate(other.clone())),
        Protected::new(handle.clone()).into_router().layer(authenticate(handle.clone())),
        Protected::new(handle.clone()).into_router().layer(authenticate(other.clone())),
        Router::new().layer(authenticate(handle.clone())).layer(authenticate(other)),
    ]
    .into_iter()
    .enumerate()
    {
        let response = start(router).send("GET /auth/session", &UNREADABLE_SESSION, "").await;
        response.assert_is(200, "null");
        assert_eq!(response.values("set-cookie").len(), 1, "{number}");
        response.assert_session_deleted();
    }
}

// HEAD

/// The address of a server for this router, which ends with the test's runtime.
async fn listen(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

/// The head of the response without its date, sorted, and the body.
async fn exchange(address: SocketAddr, line: &str) -> (Vec<String>, String) {
    let headers = UNREADABLE_SESSION.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
    let response = spawn_blocking(move || {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        socket.read_to_string(&mut response).unwrap();
        response
    });
    let response = response.await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let mut head: Vec<_> = head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned).collect();
    head.sort();
    (head, body.to_owned())
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let handle = zitadel();
    let around = Router::new().route("/page", get(page)).layer(authenticate(handle.clone()));
    let every = ["/page", "/fails", "/protected", "/unknown", "/auth/session", "/auth/userinfo", "/auth/logout"];
    for (router, paths) in [(routes(&handle), &every[..]), (around, &["/page", "/auth/session", "/auth/userinfo"])] {
        let address = listen(router).await;
        for path in paths {
            let get = exchange(address, &format!("GET {path}")).await;
            let head = exchange(address, &format!("HEAD {path}")).await;
            assert_eq!(head.0, get.0, "{path}");
            // The redirect to login has no body.
            assert_eq!((get.1.is_empty(), head.1.as_str()), (*path == "/protected", ""), "{path}");
        }
    }
}

// Bodies

#[tokio::test]
async fn endpoint_reads_64_kibibytes_and_no_more() {
    let app = serve(protected());
    let headers = [("sec-fetch-site", "cross-site")];
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024)).await;
    assert_eq!(response.status, 403);
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(response.status, 413);
    assert!(response.body.contains("\"error\""), "{}", response.body);
}

#[tokio::test]
async fn endpoint_does_not_wait_for_a_body_that_it_does_not_read() {
    let never = || Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let handle = zitadel();
    for app in [serve(protected()), start(Router::new().layer(authenticate(handle)))] {
        app.send("GET /auth/session", &[], never()).await.assert_is(200, "null");
        assert_eq!(app.send("PUT /auth/session", &[], never()).await.status, 405);
    }
}
