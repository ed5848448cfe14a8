//! What only a real socket shows: bytes as they were sent, and answers as they arrive.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot be set up has failed")]

mod support;

use std::{cell::RefCell, net::SocketAddr, time::Duration};

use actix_web::{
    App, Error, HttpServer,
    dev::ServerHandle,
    rt::{net::TcpStream, time::timeout},
    web::{self, Bytes},
};
use futures_util::{Stream, stream};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::mpsc,
};
use zitadel_actix::{Protected, PublicExt as _, User};

use self::support::zitadel;

const COOKIE: &str = "set-cookie: zitadel.session=; ";

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "member" } else { "stranger" }
}

/// A body whose chunks somebody else hands out.
fn streamed(chunks: mpsc::Receiver<&'static str>) -> impl Stream<Item = Result<Bytes, Error>> {
    stream::unfold(chunks, async |mut chunks| {
        let chunk = chunks.recv().await?;
        Some((Ok(Bytes::from_static(chunk.as_bytes())), chunks))
    })
}

/// An application on a free port, and who hands out the chunks of `/stream`.
fn start() -> (SocketAddr, ServerHandle, mpsc::Sender<&'static str>) {
    let zitadel = zitadel();
    let (sender, receiver) = mpsc::channel(1);
    let receiver = std::sync::Mutex::new(Some(receiver));
    let receiver = std::sync::Arc::new(receiver);
    let server = HttpServer::new(move || {
        let receiver = web::Data::new(RefCell::new(receiver.lock().unwrap().take()));
        let stream = async |receiver: web::Data<RefCell<Option<mpsc::Receiver<&'static str>>>>| {
            let chunks = receiver.borrow_mut().take().unwrap();
            actix_web::HttpResponse::Ok().streaming(streamed(chunks))
        };
        App::new().app_data(receiver).service(
            Protected::new(zitadel.clone())
                .service(web::resource("/open").to(greeting).public())
                .service(web::resource("/shut").to(greeting))
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

/// What arrives until it contains this, or until the end.
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
async fn a_streaming_answer_arrives_in_pieces_and_begins_with_the_cookies() {
    let (address, server, chunks) = start();
    let mut socket = connect(address, request("GET /stream", "cookie: zitadel.session=garbage\r\n").as_bytes()).await;
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
async fn head_gets_the_headers_of_get_and_no_body() {
    let (address, server, _chunks) = start();
    let without_date = |answer: String| {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines: Vec<_> = head.lines().filter(|line| !line.starts_with("date")).map(str::to_owned).collect();
        lines.sort();
        (lines, body.to_owned())
    };
    for path in ["/open", "/shut", "/unknown", "/auth/session", "/auth/userinfo"] {
        let get = without_date(send(address, request(&format!("GET {path}"), "")).await);
        let head = without_date(send(address, request(&format!("HEAD {path}"), "")).await);
        assert_eq!(get.0, head.0, "{path}");
        assert_eq!(head.1, "", "{path}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn odd_requests_open_nothing_and_break_nothing() {
    let (address, server, _chunks) = start();
    let long = format!("GET /shut?{}", "x".repeat(20_000));
    for (line, headers, status) in [
        ("OPTIONS /shut", "", 401),
        ("BREW /shut", "", 401),
        ("get /shut", "", 401),
        ("GET /%73hut", "", 401),
        ("GET http://evil.example/shut", "", 401),
        ("GET /shut#x", "", 401),
        ("GET //shut", "", 404),
        ("GET /shut/", "", 404),
        ("GET /open/../shut", "", 404),
        ("OPTIONS *", "", 404),
        (long.as_str(), "", 401),
        ("GET /shut", "authorization: Basic x\r\nauthorization: Bearer y\r\n", 401),
        ("GET /auth/%73ession", "", 200),
        ("HEAD /auth/callback?code=1", "", 405),
    ] {
        let answer = send(address, request(line, headers)).await;
        let shown: String = line.chars().take(40).collect();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown}: {answer}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn every_cookie_line_counts_whatever_bytes_another_one_has() {
    let (address, server, _chunks) = start();
    for lines in [
        &b"cookie: \xff=1\r\ncookie: zitadel.session=garbage\r\n"[..],
        b"cookie: a=1\r\ncookie: zitadel.session=garbage\r\n",
    ] {
        let mut request = b"GET /open HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n".to_vec();
        request.extend_from_slice(lines);
        request.extend_from_slice(b"\r\n");
        let answer = send(address, request).await;
        assert!(answer.contains(COOKIE) && answer.ends_with("stranger"), "{answer}");
    }
    server.stop(true).await;
}

#[actix_web::test]
async fn a_form_that_is_too_large_is_answered_before_it_was_read() {
    let (address, server, _chunks) = start();
    let headers = format!("sec-fetch-site: same-origin\r\ncontent-length: {}\r\n", 1 << 30);
    let mut socket = connect(address, request("POST /auth/signin/zitadel", &headers).as_bytes()).await;
    socket.write_all(&vec![b'x'; 64 * 1024 + 1]).await.unwrap();
    let answer = until(&mut socket, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    // The client gives up, so that the server need not wait for the rest.
    drop(socket);
    server.stop(false).await;
}

#[actix_web::test]
async fn an_endpoint_waits_for_no_body_that_it_does_not_want() {
    let (address, server, _chunks) = start();
    for (line, headers, status) in [
        ("GET /auth/session", "upgrade: websocket\r\n", 200),
        ("GET /auth/session", "content-length: 5\r\n", 200),
        ("PUT /auth/session", "transfer-encoding: chunked\r\n", 405),
        ("CONNECT /auth/session", "", 405),
    ] {
        let mut socket = connect(address, request(line, headers).as_bytes()).await;
        let answer = until(&mut socket, "\r\n\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {headers}: {answer}");
    }
    server.stop(false).await;
}

#[actix_web::test]
async fn what_follows_a_body_that_nobody_read_is_a_request_of_its_own() {
    let (address, server, _chunks) = start();
    let inner = "GET /open HTTP/1.1\r\nhost: localhost\r\ncookie: zitadel.session=garbage\r\n\r\n";
    let last = request("GET /open", "");
    let too_large = "x".repeat(64 * 1024 + 1);
    for (line, headers, body, status) in [
        ("GET /auth/session", "", inner, 200),
        ("GET /shut", "", inner, 401),
        ("POST /auth/signin/zitadel", "sec-fetch-site: cross-site\r\n", inner, 403),
        ("POST /auth/signin/zitadel", "", too_large.as_str(), 413),
    ] {
        for framing in [
            format!("content-length: {}\r\n\r\n{body}", body.len()),
            format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
        ] {
            let whole = format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}{framing}{last}");
            let answers = send(address, whole).await;
            assert!(answers.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answers}");
            assert!(!answers.contains(COOKIE), "{line}: a body was taken for a request: {answers}");
            assert!(answers.ends_with("stranger") || answers.contains("connection: close"), "{line}: {answers}");
        }
    }
    server.stop(false).await;
}
