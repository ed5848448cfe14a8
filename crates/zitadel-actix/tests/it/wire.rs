//! Headers and bodies, over sockets where only they show the bytes as they are sent: session cookies on every response,
//! HEAD, unusual requests, and which bodies are read.

use std::{cell::RefCell, net::SocketAddr, time::Duration};

use actix_web::{
    App, Error, HttpResponse, HttpServer,
    body::BoxBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    error,
    middleware::{Next, NormalizePath, from_fn},
    rt::{net::TcpStream, time::timeout},
    web::{self, Bytes},
};
use futures_util::{Stream, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
};
use zitadel_actix::{Protected, PublicExt as _, User, Zitadel, authenticate, endpoints};

use crate::support::{UNREADABLE_SESSION, protected, serve, start, zitadel};

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "user" } else { "anonymous" }
}

/// Routes with every kind of response.
fn routes(zitadel: &Zitadel) -> Protected {
    async fn fails() -> Result<&'static str, Error> {
        Err(error::ErrorImATeapot("tea"))
    }
    async fn streams() -> HttpResponse {
        let chunks = ["one ", "two"].map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
        HttpResponse::Ok().streaming(stream::iter(chunks))
    }
    async fn early(request: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Ok(request.into_response(HttpResponse::Accepted().finish()))
    }
    async fn broken(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Err(error::ErrorBadGateway("broken"))
    }
    async fn cached() -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.append_header(("cache-control", "public, max-age=60")).append_header(("vary", "Cookie")).body("cached")
    }
    async fn own_cookies() -> HttpResponse {
        HttpResponse::Ok().append_header(("set-cookie", "a=1")).append_header(("set-cookie", "b=2")).finish()
    }
    Protected::new(zitadel.clone())
        .route("/page", web::get().to(page).public())
        .route("/fails", web::get().to(fails).public())
        .route("/streams", web::get().to(streams).public())
        .route("/cached", web::get().to(cached).public())
        .route("/own", web::get().to(own_cookies).public())
        .route("/extractor/{number}", web::get().to(async |_: web::Path<u8>| "").public())
        .route("/user", web::get().to(async |_: User| "user").public())
        .route("/protected", web::get().to(page))
        .service(web::resource("/early").wrap(from_fn(early)).to(page).public())
        .service(web::resource("/broken").wrap(from_fn(broken)).to(page).public())
}

// Session cookies

#[actix_web::test]
async fn session_cookies_are_on_every_response() {
    let (handle, outer) = (zitadel(), zitadel());
    let both = Protected::new(outer.clone()).service(routes(&handle).public());
    for (app, lines) in [
        (serve(routes(&handle)).await, 1),
        (serve(Protected::new(handle.clone()).service(routes(&handle).public())).await, 1),
        (start(App::new().service(routes(&handle)).wrap(authenticate(handle.clone()))).await, 1),
        (start(App::new().service(routes(&handle)).wrap(authenticate(zitadel()))).await, 2),
        (start(App::new().service(both).wrap(authenticate(outer))).await, 2),
    ] {
        for (path, status, body, own) in [
            ("/page", 200, "page", 0),
            ("/fails", 418, "tea", 0),
            ("/streams", 200, "one two", 0),
            ("/cached", 200, "cached", 0),
            ("/own", 200, "", 2),
            ("/early", 202, "", 0),
            ("/broken", 502, "broken", 0),
            ("/unknown", 404, "", 0),
        ] {
            let response = app.send(&format!("GET {path}"), &UNREADABLE_SESSION, "").await;
            response.assert_is(status, body);
            assert_eq!(response.deleted_sessions(), lines, "{path}");
            assert_eq!(response.values("set-cookie").len(), lines + own, "{path}");
            assert_eq!(response.values("vary"), ["Cookie"], "{path}");
            assert_eq!(response.values("cache-control"), ["no-store"], "{path}");
        }
        for (path, status) in [("/extractor/many", 404), ("/user", 302), ("/protected", 302)] {
            let response = app.send(&format!("GET {path}"), &UNREADABLE_SESSION, "").await;
            assert_eq!(response.status, status, "{path}");
            assert_eq!(response.deleted_sessions(), lines, "{path}");
        }
        let response = app.call("GET /cached").await;
        assert_eq!(response.values("vary"), ["Cookie"]);
        assert_eq!(response.values("cache-control"), ["public, max-age=60"]);
    }
}

#[actix_web::test]
async fn endpoint_deletes_an_unreadable_session_once_wherever_it_is_mounted() {
    let handle = zitadel();
    let apps = [
        serve(Protected::new(handle.clone())).await,
        start(App::new().wrap(authenticate(handle.clone()))).await,
        start(App::new().configure(endpoints(&handle))).await,
        start(App::new().configure(endpoints(&handle)).wrap(authenticate(handle.clone()))).await,
        start(App::new().service(Protected::new(handle.clone())).wrap(authenticate(handle.clone()))).await,
        // Here only the endpoint's resource knows that the path is its own.
        start(App::new().configure(endpoints(&handle)).wrap(NormalizePath::trim()).wrap(authenticate(handle.clone())))
            .await,
        // And here only the inner `authenticate`.
        start(
            App::new()
                .service(Protected::new(handle.clone()))
                .wrap(NormalizePath::trim())
                .wrap(authenticate(handle.clone())),
        )
        .await,
    ];
    for (number, app) in apps.iter().enumerate() {
        for path in ["/auth/session", "/auth/s%65ssion", "/auth/session/"] {
            let response = app.send(&format!("GET {path}"), &UNREADABLE_SESSION, "").await;
            if path.ends_with('/') && number < 5 {
                assert_eq!(response.status, 404, "{number} {path}");
                continue;
            }
            response.assert_is(200, "null");
            assert_eq!(response.values("set-cookie").len(), 1, "{number} {path}");
            response.assert_session_deleted();
        }
    }
}

// Bodies

#[actix_web::test]
async fn endpoint_reads_64_kibibytes_and_no_more() {
    let app = serve(protected()).await;
    let headers = [("sec-fetch-site", "cross-site")];
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024)).await;
    assert_eq!(response.status, 403);
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(response.status, 413);
    assert!(response.body.contains("\"error\""), "{}", response.body);
}

// Over a socket

const COOKIE: &str = "set-cookie: zitadel.session.02456aa4=; ";

/// A body of the chunks that the test sends.
fn streamed(chunks: mpsc::Receiver<&'static str>) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::unfold(chunks, async |mut chunks| {
        let chunk = chunks.recv().await?;
        Some((Ok(Bytes::from_static(chunk.as_bytes())), chunks))
    })
}

/// An application on a free port, and the sender of the chunks of `/stream`.
fn listen() -> (SocketAddr, ServerHandle, mpsc::Sender<&'static str>) {
    let zitadel = zitadel();
    let (sender, receiver) = mpsc::channel(1);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let receiver = std::sync::Arc::new(receiver);
    let server = HttpServer::new(move || {
        let receiver = web::Data::new(RefCell::new(receiver.lock().unwrap().take()));
        let stream = async |receiver: web::Data<RefCell<Option<mpsc::Receiver<&'static str>>>>| {
            let chunks = receiver.borrow_mut().take().unwrap();
            HttpResponse::Ok().streaming(streamed(chunks))
        };
        App::new().app_data(receiver).service(
            Protected::new(zitadel.clone())
                .service(web::resource("/public").to(greeting).public())
                .service(web::resource("/protected").to(greeting))
                .route("/stream", web::get().to(stream).public()),
        )
    });
    let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (address, handle, sender)
}

async fn connect(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request).await.unwrap();
    socket
}

/// What arrives until it contains this text, or until the end.
async fn until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut seen = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&seen).contains(wanted) && socket.read_buf(&mut seen).await.unwrap() > 0 {}
    };
    timeout(Duration::from_secs(10), reading).await.unwrap();
    String::from_utf8(seen).unwrap()
}

async fn send(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    until(&mut connect(address, request.as_ref()).await, "\0").await
}

fn request(line: &str, headers: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n")
}

#[actix_web::test]
async fn streamed_body_arrives_in_pieces_after_the_session_cookies() {
    let (address, server, chunks) = listen();
    let mut socket = connect(
        address,
        request("GET /stream", "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n").as_bytes(),
    )
    .await;
    chunks.send("first").await.unwrap();
    let head = until(&mut socket, "first").await;
    assert!(head.contains(COOKIE) && head.contains("transfer-encoding: chunked"), "{head}");
    chunks.send("second").await.unwrap();
    until(&mut socket, "second").await;
    drop(chunks);
    assert!(until(&mut socket, "\0").await.ends_with("0\r\n\r\n"));
    server.stop(true).await;
}

#[actix_web::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let (address, server, _chunks) = listen();
    let without_date = |response: String| {
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> = head.lines().filter(|line| !line.starts_with("date")).map(str::to_owned).collect();
        lines.sort();
        (lines, body.to_owned())
    };
    for path in ["/public", "/protected", "/unknown", "/auth/session", "/auth/userinfo"] {
        let get = without_date(send(address, request(&format!("GET {path}"), "")).await);
        let head = without_date(send(address, request(&format!("HEAD {path}"), "")).await);
        assert_eq!(get.0, head.0, "{path}");
        assert_eq!(head.1, "", "{path}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn unusual_requests_are_denied_or_unknown() {
    let (address, server, _chunks) = listen();
    let long = format!("GET /protected?{}", "x".repeat(20_000));
    for (line, headers, status) in [
        ("OPTIONS /protected", "", 401),
        ("BREW /protected", "", 401),
        ("get /protected", "", 401),
        ("GET /%70rotected", "", 401),
        ("GET http://evil.example/protected", "", 401),
        ("GET /protected#x", "", 401),
        ("GET //protected", "", 404),
        ("GET /protected/", "", 404),
        ("GET /public/../protected", "", 404),
        ("OPTIONS *", "", 404),
        (long.as_str(), "", 401),
        ("GET /protected", "authorization: Basic x\r\nauthorization: Bearer y\r\n", 401),
        ("GET /auth/%73ession", "", 200),
        ("HEAD /auth/callback?code=1", "", 405),
    ] {
        let response = send(address, request(line, headers)).await;
        let shown: String = line.chars().take(40).collect();
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {response}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn every_cookie_line_is_read_whatever_bytes_another_has() {
    let (address, server, _chunks) = listen();
    for lines in [
        &b"cookie: \xff=1\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n"[..],
        b"cookie: a=1\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n",
    ] {
        let mut request = b"GET /public HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".to_vec();
        request.extend_from_slice(lines);
        request.extend_from_slice(b"\r\n");
        let response = send(address, request).await;
        assert!(response.contains(COOKIE) && response.ends_with("anonymous"), "{response}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn form_that_is_too_large_is_answered_before_its_end() {
    let (address, server, _chunks) = listen();
    let headers = format!("sec-fetch-site: same-origin\r\ncontent-length: {}\r\n", 1 << 30);
    let mut socket = connect(address, request("POST /auth/signin/zitadel", &headers).as_bytes()).await;
    socket.write_all(&vec![b'x'; 64 * 1024 + 1]).await.unwrap();
    let response = until(&mut socket, "\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    // The client closes the connection, so that the server does not wait for the rest.
    drop(socket);
    server.stop(false).await;
}

#[actix_web::test]
async fn endpoint_does_not_wait_for_a_body_that_it_does_not_read() {
    let (address, server, _chunks) = listen();
    for (line, headers, status) in [
        ("GET /auth/session", "upgrade: websocket\r\n", 200),
        ("GET /auth/session", "content-length: 5\r\n", 200),
        ("PUT /auth/session", "transfer-encoding: chunked\r\n", 405),
        ("CONNECT /auth/session", "", 405),
    ] {
        let mut socket = connect(address, request(line, headers).as_bytes()).await;
        let response = until(&mut socket, "\r\n\r\n").await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {headers}: {response}");
    }
    server.stop(false).await;
}

#[actix_web::test]
async fn unread_body_is_not_taken_for_a_request() {
    let (address, server, _chunks) = listen();
    let inner = "GET /public HTTP/1.1\r\nhost: localhost\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n\r\n";
    let last = request("GET /public", "");
    let too_large = "x".repeat(64 * 1024 + 1);
    for (line, headers, body, status) in [
        ("GET /auth/session", "", inner, 200),
        ("GET /protected", "", inner, 401),
        ("POST /auth/signin/zitadel", "sec-fetch-site: cross-site\r\n", inner, 403),
        ("POST /auth/signin/zitadel", "", too_large.as_str(), 413),
    ] {
        for framing in [
            format!("content-length: {}\r\n\r\n{body}", body.len()),
            format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
        ] {
            let whole = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}{framing}{last}");
            let responses = send(address, whole).await;
            assert!(responses.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {responses}");
            assert!(!responses.contains(COOKIE), "{line}: a body was taken for a request: {responses}");
            assert!(responses.ends_with("anonymous") || responses.contains("connection: close"), "{line}: {responses}");
        }
    }
    server.stop(false).await;
}
