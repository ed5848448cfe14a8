//! What every answer carries: the session's cookies, whatever went wrong further in, and the engine's own headers,
//! whatever Rocket's Shield does.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a broken expectation ends the test")]

mod support;

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

use self::support::{Answer, GARBAGE, ask_with, client, protected, rocket, visit, visitor};

#[get("/fine")]
fn fine(jar: &CookieJar<'_>) -> &'static str {
    jar.add(("mine", "1"));
    "fine"
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
struct Kept(&'static str, Header<'static>);

#[get("/kept")]
fn kept() -> Kept {
    Kept("kept", Header::new("cache-control", "public, max-age=60"))
}

#[get("/varied")]
fn varied() -> Kept {
    Kept("varied", Header::new("vary", "Cookie"))
}

#[catch(default)]
fn caught(status: Status, request: &Request<'_>) -> String {
    request.cookies().add(("catcher", "1"));
    format!("caught {}", status.code)
}

fn everything() -> Protected {
    protected()
        .mount("/", routes![fine, fail, early, panics, number, members, kept, varied].public())
        .mount("/shut", routes![fine])
}

fn with_garbage(app: &rocket::local::blocking::Client, line: &str) -> Answer {
    ask_with(app, line, &[GARBAGE], "")
}

#[test]
fn cookies_survive_errors_panics_forwards_and_refusals() {
    let own = || visitor(rocket().register("/", catchers![caught]).attach(everything()));
    for app in [client(everything()), own()] {
        for (line, status) in [
            ("GET /fine", 200),
            ("GET /fail", 502),
            ("GET /early", 404),
            ("GET /panic", 500),
            ("GET /number/many", 422),
            ("GET /members", 401),
            ("GET /shut/fine", 401),
            ("HEAD /fine", 200),
            ("HEAD /panic", 500),
        ] {
            let answer = with_garbage(&app, line);
            assert_eq!(answer.status.code, status, "{line}");
            answer.clears_the_session();
            assert_eq!(answer.lines("set-cookie").filter(|line| line.starts_with("zitadel")).count(), 1, "{line}");
            assert_eq!(answer.header("cache-control"), "no-store", "{line}");
            assert!(answer.lines("vary").any(|value| value == "Cookie"), "{line}");
        }
    }
}

#[test]
fn cookies_of_handlers_and_catchers_stay_beside_ours() {
    let app = visitor(rocket().register("/", catchers![caught]).attach(everything()));
    assert!(with_garbage(&app, "GET /fine").lines("set-cookie").any(|line| line.starts_with("mine=1")));
    let answer = with_garbage(&app, "GET /fail");
    answer.is(502, "caught 502");
    assert!(answer.lines("set-cookie").any(|line| line.starts_with("catcher=1")));
    answer.clears_the_session();
}

#[test]
fn a_page_with_a_session_cookie_on_it_is_kept_by_no_cache() {
    let app = client(everything());
    assert_eq!(visit(&app, "GET /kept").lines("cache-control").collect::<Vec<_>>(), ["public, max-age=60"]);
    assert_eq!(with_garbage(&app, "GET /kept").lines("cache-control").collect::<Vec<_>>(), ["no-store"]);
    assert_eq!(with_garbage(&app, "GET /varied").lines("vary").collect::<Vec<_>>(), ["Cookie"]);
}

#[test]
fn a_fairing_that_replaces_answers_does_not_lose_the_cookies() {
    let replace =
        || AdHoc::on_response("replace", |_, response| Box::pin(async { *response = rocket::Response::new() }));
    with_garbage(&visitor(rocket().attach(everything()).attach(replace())), "GET /fine").clears_the_session();
    // A stage, and a stage of a stage.
    let stage = move || AdHoc::on_ignite("stage", move |rocket| async move { rocket.attach(replace()) });
    with_garbage(&visitor(rocket().attach(everything()).attach(stage())), "GET /fine").clears_the_session();
    let stages = AdHoc::on_ignite("stages", move |rocket| async move { rocket.attach(stage()) });
    with_garbage(&visitor(rocket().attach(everything()).attach(stages)), "GET /fine").clears_the_session();
}

#[test]
fn an_endpoint_says_what_the_engine_says_and_nothing_on_top() {
    let answer = with_garbage(&client(everything()), "GET /auth/session");
    assert_eq!(answer.lines("set-cookie").count(), 1);
    assert_eq!(answer.lines("vary").collect::<Vec<_>>(), ["Cookie"]);
    assert_eq!(answer.lines("cache-control").collect::<Vec<_>>(), ["no-store"]);
}

// Shield

/// The engine's page at the callback without a sign-in: it must not be framed or sniffed, and its forms must work.
#[track_caller]
fn is_guarded(rocket: Rocket<Build>) {
    let app = visitor(rocket);
    for line in ["GET /auth/callback?code=x&state=y", "GET /auth/logout"] {
        let answer = visit(&app, line);
        for (name, value) in
            [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "same-origin")]
        {
            assert_eq!(answer.lines(name).collect::<Vec<_>>(), [value], "{line}");
        }
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{line}");
    }
}

#[test]
fn pages_of_the_engine_are_guarded_with_any_shield_and_without_one() {
    let strict = || Shield::default().enable(Frame::Deny).enable(Referrer::NoReferrer);
    is_guarded(rocket().attach(protected()));
    is_guarded(rocket().attach(protected()).attach(strict()));
    is_guarded(rocket().attach(strict()).attach(protected()));
    is_guarded(rocket().attach(Shield::new()).attach(protected()));
    is_guarded(rocket().attach(protected()).attach(Shield::new().enable(NoSniff::Enable)));
}

#[test]
fn shield_has_nothing_to_warn_about() {
    // What it warns about is a header that is there when it comes; so nothing may be, wherever it is attached.
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let watch = |seen: &Arc<Mutex<Vec<String>>>| {
        let seen = Arc::clone(seen);
        AdHoc::on_response("watch", move |_, response| {
            let guards = ["x-content-type-options", "x-frame-options", "referrer-policy"];
            let found = guards.into_iter().filter(|name| response.headers().contains(*name));
            seen.lock().unwrap().extend(found.map(str::to_owned));
            Box::pin(async {})
        })
    };
    let app = visitor(rocket().attach(Shield::new()).attach(everything()).attach(watch(&seen)));
    for line in ["GET /auth/callback?code=x&state=y", "GET /members", "GET /shut/fine"] {
        assert_eq!(visit(&app, line).header("x-frame-options").is_empty(), !line.contains("callback"));
        with_garbage(&app, line);
    }
    assert_eq!(*seen.lock().unwrap(), [""; 0]);
}

#[test]
fn pages_of_the_application_are_as_the_shield_says() {
    assert_eq!(visit(&client(everything()), "GET /fine").header("x-frame-options"), "SAMEORIGIN");
    let app = visitor(rocket().attach(everything()).attach(Shield::default().enable(Frame::Deny)));
    assert_eq!(visit(&app, "GET /fine").header("x-frame-options"), "DENY");
}

// Over a socket

/// Runs `what` against a Rocket that listens, and stops it.
async fn listening<T: Send + 'static>(rocket: Rocket<Build>, what: impl FnOnce(SocketAddr) -> T + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    let tell = Mutex::new(Some(tell));
    let rocket = rocket.attach(AdHoc::on_liftoff("address", move |rocket| {
        let address = SocketAddr::new(rocket.config().address, rocket.config().port);
        let _ = tell.lock().unwrap().take().unwrap().send(address);
        Box::pin(async {})
    }));
    let rocket = rocket.ignite().await.unwrap();
    let stop = rocket.shutdown();
    let server = rocket::tokio::spawn(rocket.launch());
    let address = told.await.unwrap();
    let outcome = spawn_blocking(move || what(address)).await;
    stop.notify();
    server.await.unwrap().unwrap();
    outcome.unwrap()
}

fn connect(address: SocketAddr, request: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    stream
}

/// Head, in lower case, and body.
fn exchange(address: SocketAddr, request: &[u8]) -> (String, String) {
    let mut answer = Vec::new();
    connect(address, request).read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn get_line(target: &str, more: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n").into_bytes()
}

#[rocket::async_test]
async fn over_a_socket_head_is_get_without_a_body() {
    listening(rocket().attach(everything()), |address| {
        for target in ["/fine", "/shut/fine", "/fail", "/auth/session", "/unknown"] {
            let request = get_line(target, "cookie: zitadel.session=garbage\r\n");
            let (get, body) = exchange(address, &request);
            let (head, nothing) = exchange(address, &[b"HEAD", &request[3..]].concat());
            let stable = |head: &str| {
                let lines = head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned);
                let mut lines: Vec<_> = lines.collect();
                lines.sort();
                lines
            };
            assert_eq!(stable(&get), stable(&head), "{target}");
            assert_eq!((body.is_empty(), nothing.as_str()), (false, ""), "{target}");
        }
    })
    .await;
}

#[rocket::async_test]
async fn over_a_socket_odd_requests_are_as_closed_as_plain_ones() {
    listening(rocket().attach(everything()), |address| {
        for target in
            ["//shut/fine", "/shut/fine/", "/%73hut/fine", "/shut//fine?a=%zz", "http://evil.example/shut/fine"]
        {
            let (head, _) = exchange(address, &get_line(target, ""));
            assert!(head.starts_with("http/1.1 401"), "{target} {head}");
        }
        // Where somebody goes back to after sign-in is never another site.
        let (head, _) = exchange(address, &get_line("//evil.example/shut/fine", "accept: text/html\r\n"));
        assert!(head.starts_with("http/1.1 404"), "{head}");
        let (head, _) = exchange(address, &get_line("//shut/fine", "accept: text/html\r\n"));
        assert!(head.contains("location: /auth/login\r\n"), "{head}");
        let long = format!("/shut/fine?q={}", "x".repeat(16_000));
        let (head, _) = exchange(address, &get_line(&long, "accept: text/html\r\n"));
        assert!(head.starts_with("http/1.1 302"), "{head}");
        for request in [
            &b"BREW /shut/fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"[..],
            b"get /shut/fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        ] {
            let (head, _) = exchange(address, request);
            assert!(head.starts_with("http/1.1 400"), "{head}");
        }
        let (head, _) = exchange(address, b"OPTIONS /shut/fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        assert!(head.starts_with("http/1.1 404"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn over_a_socket_a_method_nobody_knows_gets_a_page_without_anything_of_ours() {
    #[catch(default)]
    async fn asks(status: Status, request: &Request<'_>) -> String {
        let _ = request.guard::<Option<User>>().await;
        format!("caught {}", status.code)
    }
    // As the README says; a Rocket that runs its fairings here as well would do better.
    listening(rocket().register("/", catchers![asks]).attach(everything()), |address| {
        let request = get_line("/fine", "cookie: zitadel.session=garbage\r\n");
        let (head, body) = exchange(address, &[b"BREW", &request[3..]].concat());
        assert!(head.starts_with("http/1.1 400") && body == "caught 400", "{head}");
        assert!(!head.contains("set-cookie") && !head.contains("x-frame-options"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn over_a_socket_every_cookie_line_counts_and_unreadable_ones_harm_nobody() {
    listening(rocket().attach(everything()), |address| {
        for line in ["cookie: a=1\r\ncookie: zitadel.session=garbage\r\n", "cookie: zitadel.session=garbage\r\ncookie: b=2\r\n"] {
            let (head, _) = exchange(address, &get_line("/fine", line));
            assert!(head.contains("set-cookie: zitadel.session=;"), "{head}");
        }
        let request = b"GET /fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-odd: \xff\r\ncookie: \xff=1\r\ncookie: zitadel.session=garbage\r\n\r\n";
        let (head, _) = exchange(address, request);
        assert!(head.starts_with("http/1.1 200") && head.contains("set-cookie: zitadel.session=;"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn over_a_socket_a_caught_panic_keeps_the_cookies() {
    listening(rocket().attach(everything()), |address| {
        let (head, _) = exchange(address, &get_line("/panic", "cookie: zitadel.session=garbage\r\n"));
        assert!(head.starts_with("http/1.1 500") && head.contains("set-cookie: zitadel.session=;"), "{head}");
    })
    .await;
}

#[rocket::async_test]
async fn over_a_socket_a_body_streams_and_its_cookies_come_first() {
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
        let mut stream = connect(address, &get_line("/stream", "cookie: zitadel.session=garbage\r\n"));
        let mut read_until = |end: &str| {
            let (mut text, mut byte) = (String::new(), [0]);
            while !text.ends_with(end) {
                stream.read_exact(&mut byte).unwrap();
                text.push(char::from(byte[0]));
            }
            text.to_lowercase()
        };
        let head = read_until("\r\n\r\n");
        assert!(head.contains("set-cookie: zitadel.session=;") && head.contains("chunked"), "{head}");
        // Each part arrives before the next one was made.
        for part in ["one;", "two;", "three;"] {
            next.add_permits(1);
            read_until(part);
        }
    })
    .await;
}
