//! Headers and bodies, over sockets where only they show the bytes as they are sent: session cookies on every response,
//! headers that Rocket's Shield sets too, HEAD, unusual requests, and which bodies are read.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use rocket::{
    Build, Request, Responder, Rocket, catch, catchers,
    fairing::AdHoc,
    futures::channel::oneshot,
    get,
    http::{CookieJar, Header, Status},
    response::stream::TextStream,
    routes,
    shield::{Frame, NoSniff, Referrer, Shield},
    tokio::{sync::Semaphore, task::spawn_blocking},
};
use zitadel_rocket::{Protected, PublicExt as _, User};

use crate::support::{TestApp, TestResponse, UNREADABLE_SESSION, protected, rocket, serve, start};

#[get("/page")]
fn page(jar: &CookieJar<'_>) -> &'static str {
    jar.add(("mine", "1"));
    "page"
}

#[get("/fail")]
fn fail(jar: &CookieJar<'_>) -> Status {
    jar.add(("mine", "1"));
    Status::BadGateway
}

#[get("/early")]
fn early() -> Result<(), Status> {
    Err(Status::NotFound)
}

#[get("/panic")]
fn panics() {
    panic!("on purpose")
}

#[get("/number/<_n>")]
fn number(_n: u8) {}

#[get("/members")]
fn members(_user: User) {}

#[derive(Responder)]
struct WithHeader(&'static str, Header<'static>);

#[get("/cached")]
fn cached() -> WithHeader {
    WithHeader("cached", Header::new("cache-control", "public, max-age=60"))
}

#[get("/varied")]
fn varied() -> WithHeader {
    WithHeader("varied", Header::new("vary", "Cookie"))
}

#[catch(default)]
fn caught(status: Status, request: &Request<'_>) -> String {
    request.cookies().add(("catcher", "1"));
    format!("caught {}", status.code)
}

/// Routes with every kind of response.
fn site() -> Protected {
    protected()
        .mount("/", routes![page, fail, early, panics, number, members, cached, varied].public())
        .mount("/protected", routes![page])
}

fn with_unreadable_session(app: &TestApp, line: &str) -> TestResponse {
    app.send(line, &UNREADABLE_SESSION, "")
}

// Session cookies

#[test]
fn session_cookies_are_on_every_response() {
    let with_catcher = || start(rocket().register("/", catchers![caught]).attach(site()));
    for app in [serve(site()), with_catcher()] {
        for (line, status) in [
            ("GET /page", 200),
            ("GET /fail", 502),
            ("GET /early", 404),
            ("GET /panic", 500),
            ("GET /number/many", 422),
            ("GET /members", 302),
            ("GET /protected/page", 302),
            ("HEAD /page", 200),
            ("HEAD /panic", 500),
        ] {
            let response = with_unreadable_session(&app, line);
            assert_eq!(response.status, status, "{line}");
            response.assert_session_deleted();
            let ours = response.values("set-cookie").into_iter().filter(|cookie| cookie.starts_with("zitadel"));
            assert_eq!(ours.count(), 1, "{line}");
        }
    }
}

#[test]
fn cookies_of_handlers_and_catchers_are_kept() {
    let app = start(rocket().register("/", catchers![caught]).attach(site()));
    assert!(
        with_unreadable_session(&app, "GET /page").values("set-cookie").iter().any(|line| line.starts_with("mine=1"))
    );
    let response = with_unreadable_session(&app, "GET /fail");
    response.assert_is(502, "caught 502");
    assert!(response.values("set-cookie").iter().any(|line| line.starts_with("catcher=1")));
    response.assert_session_deleted();
}

#[test]
fn response_with_a_session_cookie_may_not_be_cached() {
    let app = serve(site());
    assert_eq!(app.navigate("GET /cached").values("cache-control"), ["public, max-age=60"]);
    assert_eq!(with_unreadable_session(&app, "GET /cached").values("cache-control"), ["no-store"]);
    assert_eq!(with_unreadable_session(&app, "GET /varied").values("vary"), ["Cookie"]);
}

#[test]
fn fairing_that_replaces_the_response_keeps_the_session_cookies() {
    let replace =
        || AdHoc::on_response("replace", |_, response| Box::pin(async { *response = rocket::Response::new() }));
    with_unreadable_session(&start(rocket().attach(site()).attach(replace())), "GET /page").assert_session_deleted();
    // A stage, and a stage of a stage.
    let stage = move || AdHoc::on_ignite("stage", move |rocket| async move { rocket.attach(replace()) });
    with_unreadable_session(&start(rocket().attach(site()).attach(stage())), "GET /page").assert_session_deleted();
    let stages = AdHoc::on_ignite("stages", move |rocket| async move { rocket.attach(stage()) });
    with_unreadable_session(&start(rocket().attach(site()).attach(stages)), "GET /page").assert_session_deleted();
}

#[test]
fn endpoint_deletes_an_unreadable_session_once() {
    let response = with_unreadable_session(&serve(site()), "GET /auth/session");
    assert_eq!(response.values("set-cookie").len(), 1);
    response.assert_session_deleted();
}

// Shield

/// Pages of the engine must not be framed or sniffed, and their forms must work.
#[track_caller]
fn assert_shielded(rocket: Rocket<Build>) {
    let app = start(rocket);
    for line in ["GET /auth/callback?code=x&state=y", "GET /auth/logout"] {
        let response = app.navigate(line);
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(response.values(name), [value], "{line}");
        }
        assert!(response.header("content-security-policy").contains("frame-ancestors 'none'"), "{line}");
    }
}

#[test]
fn page_of_the_engine_has_its_own_headers_with_any_shield_and_without() {
    let strict = || Shield::default().enable(Frame::Deny).enable(Referrer::NoReferrer);
    assert_shielded(rocket().attach(protected()));
    assert_shielded(rocket().attach(protected()).attach(strict()));
    assert_shielded(rocket().attach(strict()).attach(protected()));
    assert_shielded(rocket().attach(Shield::new()).attach(protected()));
    assert_shielded(rocket().attach(protected()).attach(Shield::new().enable(NoSniff::Enable)));
}

#[test]
fn shield_finds_no_headers_of_the_engine() {
    // It warns about headers that are present when it runs; so none may be, wherever it is attached.
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let record = |seen: &Arc<Mutex<Vec<String>>>| {
        let seen = Arc::clone(seen);
        AdHoc::on_response("record", move |_, response| {
            let names = ["x-content-type-options", "x-frame-options", "referrer-policy"];
            let found = names.into_iter().filter(|name| response.headers().contains(*name));
            seen.lock().unwrap().extend(found.map(str::to_owned));
            Box::pin(async {})
        })
    };
    let app = start(rocket().attach(Shield::new()).attach(site()).attach(record(&seen)));
    for line in ["GET /auth/callback?code=x&state=y", "GET /members", "GET /protected/page"] {
        assert_eq!(app.navigate(line).header("x-frame-options").is_empty(), !line.contains("callback"));
        with_unreadable_session(&app, line);
    }
    assert_eq!(*seen.lock().unwrap(), [""; 0]);
}

#[test]
fn page_of_the_application_has_the_headers_of_shield() {
    assert_eq!(serve(site()).navigate("GET /page").header("x-frame-options"), "SAMEORIGIN");
    let app = start(rocket().attach(site()).attach(Shield::default().enable(Frame::Deny)));
    assert_eq!(app.navigate("GET /page").header("x-frame-options"), "DENY");
}

// Bodies

#[test]
fn endpoint_reads_64_kibibytes_and_no_more() {
    let app = serve(protected());
    let headers = [("sec-fetch-site", "cross-site")];
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024));
    assert_eq!(response.status, 403);
    let response = app.send("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1));
    assert_eq!(response.status, 413);
    assert!(response.body.contains("\"error\""), "{}", response.body);
}

// Over a socket

/// Runs `test` against a Rocket that listens, and stops it.
async fn listening<T: Send + 'static>(rocket: Rocket<Build>, test: impl FnOnce(SocketAddr) -> T + Send + 'static) -> T {
    let (sender, address) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let rocket = rocket.attach(AdHoc::on_liftoff("address", move |rocket| {
        let address = SocketAddr::new(rocket.config().address, rocket.config().port);
        let _ = sender.lock().unwrap().take().unwrap().send(address);
        Box::pin(async {})
    }));
    let rocket = rocket.ignite().await.unwrap();
    let stop = rocket.shutdown();
    let server = rocket::tokio::spawn(rocket.launch());
    let address = address.await.unwrap();
    let outcome = spawn_blocking(move || test(address)).await;
    stop.notify();
    server.await.unwrap().unwrap();
    outcome.unwrap()
}

fn connect(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.write_all(request).unwrap();
    socket
}

/// Head, in lower case, and body.
fn exchange(address: SocketAddr, request: &[u8]) -> (String, String) {
    let mut response = Vec::new();
    connect(address, request).read_to_end(&mut response).unwrap();
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn get_line(target: &str, more: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n").into_bytes()
}

#[rocket::async_test]
async fn head_has_the_headers_of_get_and_no_body() {
    listening(rocket().attach(site()), |address| {
        for target in ["/page", "/protected/page", "/fail", "/auth/session", "/unknown"] {
            let request = get_line(target, "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n");
            let (get, body) = exchange(address, &request);
            let (head, nothing) = exchange(address, &[b"HEAD", &request[3..]].concat());
            let stable = |head: &str| {
                let lines = head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned);
                let mut lines: Vec<_> = lines.collect();
                lines.sort();
                lines
            };
            assert_eq!(stable(&get), stable(&head), "{target}");
            // The redirect to login has no body.
            assert_eq!((body.is_empty(), nothing.as_str()), (target == "/protected/page", ""), "{target}");
        }
    })
    .await;
}

#[rocket::async_test]
async fn unusual_requests_are_denied_or_unknown() {
    listening(rocket().attach(site()), |address| {
        for target in [
            "//protected/page",
            "/protected/page/",
            "/%70rotected/page",
            "/protected//page?a=%zz",
            "http://evil.example/protected/page",
        ] {
            let (head, _) = exchange(address, &get_line(target, ""));
            assert!(head.starts_with("http/1.1 401"), "{target} {head}");
        }
        // The page after login is never on another site.
        let (head, _) = exchange(address, &get_line("//evil.example/protected/page", "accept: text/html\r\n"));
        assert!(head.starts_with("http/1.1 404"), "{head}");
        let (head, _) = exchange(address, &get_line("//protected/page", "accept: text/html\r\n"));
        assert!(head.contains("location: /auth/login\r\n"), "{head}");
        let long = format!("/protected/page?q={}", "x".repeat(16_000));
        let (head, _) = exchange(address, &get_line(&long, "accept: text/html\r\n"));
        assert!(head.starts_with("http/1.1 302"), "{head}");
        for request in [
            &b"BREW /protected/page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"[..],
            b"get /protected/page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        ] {
            let (head, _) = exchange(address, request);
            assert!(head.starts_with("http/1.1 400"), "{head}");
        }
        let (head, _) = exchange(address, b"OPTIONS /protected/page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert!(head.starts_with("http/1.1 404"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn unknown_method_is_answered_without_fairings() {
    #[catch(default)]
    async fn asking(status: Status, request: &Request<'_>) -> String {
        let _ = request.guard::<Option<User>>().await;
        format!("caught {}", status.code)
    }
    // As the README says: Rocket runs no response fairing here.
    listening(rocket().register("/", catchers![asking]).attach(site()), |address| {
        let request = get_line("/page", "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n");
        let (head, body) = exchange(address, &[b"BREW", &request[3..]].concat());
        assert!(head.starts_with("http/1.1 400") && body == "caught 400", "{head}");
        assert!(!head.contains("set-cookie") && !head.contains("x-frame-options"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn every_cookie_line_is_read_whatever_bytes_another_has() {
    listening(rocket().attach(site()), |address| {
        for line in ["cookie: a=1\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n", "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\ncookie: b=2\r\n"] {
            let (head, _) = exchange(address, &get_line("/page", line));
            assert!(head.contains("set-cookie: zitadel.session.02456aa4=;"), "{head}");
        }
        let request = b"GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-odd: \xff\r\ncookie: \xff=1\r\nsec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n\r\n";
        let (head, _) = exchange(address, request);
        assert!(head.starts_with("http/1.1 200") && head.contains("set-cookie: zitadel.session.02456aa4=;"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn panic_that_is_caught_keeps_the_session_cookies() {
    listening(rocket().attach(site()), |address| {
        let (head, _) = exchange(
            address,
            &get_line("/panic", "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n"),
        );
        assert!(head.starts_with("http/1.1 500") && head.contains("set-cookie: zitadel.session.02456aa4=;"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn streamed_body_arrives_in_pieces_after_the_session_cookies() {
    #[get("/stream")]
    fn stream(next: &rocket::State<Arc<Semaphore>>) -> TextStream![&'static str + '_] {
        TextStream! {
            for part in ["one;", "two;", "three;"] {
                next.acquire().await.unwrap().forget();
                yield part;
            }
        }
    }
    let next = Arc::new(Semaphore::new(0));
    let rocket = rocket().manage(Arc::clone(&next)).attach(protected().mount("/", routes![stream].public()));
    listening(rocket, move |address| {
        let mut socket = connect(
            address,
            &get_line("/stream", "sec-fetch-mode: navigate\r\ncookie: zitadel.session.02456aa4=garbage\r\n"),
        );
        let mut read_until = |end: &str| {
            let (mut text, mut byte) = (String::new(), [0]);
            while !text.ends_with(end) {
                socket.read_exact(&mut byte).unwrap();
                text.push(char::from(byte[0]));
            }
            text.to_lowercase()
        };
        let head = read_until("\r\n\r\n");
        assert!(head.contains("set-cookie: zitadel.session.02456aa4=;") && head.contains("chunked"), "{head}");
        // Each part arrives before the next one is made.
        for part in ["one;", "two;", "three;"] {
            next.add_permits(1);
            read_until(part);
        }
    })
    .await;
}
