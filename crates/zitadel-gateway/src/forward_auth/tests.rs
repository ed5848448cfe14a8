//! Sub-requests and their answers, with an emulator as provider and without a socket. Whole proxies are in `tests/gateway_proxies`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use zitadel_axum::{
    Config, Endpoint, RequestHead, Timestamp,
    core::environment::{BoxFuture, Clock, Transport, TransportError},
};
use zitadel_emulator::{Emulator, SigningAlgorithm};

use super::*;

const LOOPBACK: [u8; 4] = [127, 0, 0, 1];
const START: u64 = 1_800_000_000;
const BASE: &str = "http://localhost:8000";

struct InProcess(Emulator);

impl Transport for InProcess {
    fn send(
        &self,
        request: axum::http::Request<Vec<u8>>,
    ) -> BoxFuture<'_, Result<axum::http::Response<Vec<u8>>, TransportError>> {
        Box::pin(async { self.0.respond(request).await.map_err(|_| TransportError::Broken) })
    }
}

/// The time of gateway and provider.
#[derive(Clone)]
struct MovedClock(Arc<AtomicU64>);

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}

struct Gateway {
    emulator: Emulator,
    zitadel: Zitadel,
    clock: MovedClock,
}

impl Gateway {
    fn new() -> Self {
        let emulator = Emulator::builder()
            .issuer("https://zitadel.example")
            .signing_algorithm(SigningAlgorithm::EdDsa)
            .time(UNIX_EPOCH + Duration::from_secs(START))
            .build();
        let clock = MovedClock(Arc::new(AtomicU64::new(START)));
        let config = Config::from_vars(emulator.env_for(BASE)).unwrap();
        let zitadel = Zitadel::builder(config).transport(InProcess(emulator.clone())).clock(clock.clone());
        Self { emulator, zitadel: zitadel.build().unwrap(), clock }
    }

    fn advance(&self, seconds: u64) {
        self.emulator.advance(Duration::from_secs(seconds));
        self.clock.0.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The session cookie of this user.
    async fn log_in(&self, user: &str) -> String {
        let mut head = RequestHead::new("POST", "/auth/signin/zitadel");
        head.header("sec-fetch-site", b"same-origin");
        let reply = self.zitadel.serve(Endpoint::LoginPost, &head, async { Some(b"") }).await;
        let pair =
            |reply: &zitadel_axum::Reply| reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let callback = self.emulator.authorize_as(reply.header("location").unwrap(), user);
        let mut head = RequestHead::new("GET", callback.strip_prefix(BASE).unwrap());
        head.header("cookie", pair(&reply).as_bytes());
        let reply = self.zitadel.serve(Endpoint::Callback, &head, async { Some(b"") }).await;
        assert_eq!(reply.status, 302, "{}", reply.body);
        pair(&reply)
    }

    async fn send(&self, from: Option<[u8; 4]>, request: Request<Body>) -> Answered {
        let mut request = request;
        if let Some(address) = from {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 50_000))));
        }
        let app: Router = forward_auth(&self.zitadel, &ForwardAuthSettings::default());
        let (parts, body) = app.oneshot(request).await.unwrap().into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().into()).unwrap();
        Answered { status: parts.status, headers: parts.headers, body }
    }

    /// A sub-request of a trusted proxy.
    async fn ask(&self, url: &str, headers: &[(&str, &str)]) -> Answered {
        let request = headers.iter().fold(Request::get(url), |request, (name, value)| request.header(*name, *value));
        self.send(Some(LOOPBACK), request.body(Body::empty()).unwrap()).await
    }
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    #[track_caller]
    fn assert(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{:?} {}", self.headers, self.body);
        self
    }

    #[track_caller]
    fn assert_error(&self, status: u16, error: &str) {
        let body: serde_json::Value = serde_json::from_str(&self.assert(status).body).unwrap();
        assert_eq!(body.get("error").and_then(serde_json::Value::as_str), Some(error), "{body}");
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
    }
}

const PAGE: [(&str, &str); 3] =
    [("x-forwarded-method", "GET"), ("x-forwarded-uri", "/orders?page=2&role=admin"), ("sec-fetch-mode", "navigate")];
const FETCH: [(&str, &str); 3] =
    [("x-forwarded-method", "GET"), ("x-forwarded-uri", "/orders"), ("sec-fetch-mode", "cors")];
const LOGIN: &str = "/auth/login?callbackUrl=%2Forders%3Fpage%3D2%26role%3Dadmin";

#[tokio::test]
async fn user_passes_with_identity_headers() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("alice").await;
    let answer = gateway.ask(PATH, &[&PAGE[..], &[("cookie", &cookie)]].concat()).await;
    answer.assert(202);
    assert_eq!(answer.header("x-auth-request-user"), gateway.emulator.person("alice").unwrap().id);
    assert_eq!(answer.header("x-auth-request-email"), "alice@example.com");
    assert!(answer.header("x-auth-request-roles").split(',').any(|role| role == "admin"), "{:?}", answer.headers);
    assert!(!answer.header("x-auth-request-org").is_empty());
    assert_eq!((answer.header("cache-control"), &*answer.body), ("no-store", ""));
    assert!(!answer.headers.contains_key("set-cookie"), "nothing was refreshed");
    let head = Request::head(PATH).header("cookie", &cookie).header(PAGE[0].0, "HEAD").header(PAGE[1].0, "/");
    gateway.send(Some(LOOPBACK), head.body(Body::empty()).unwrap()).await.assert(202);
}

#[tokio::test]
async fn an_email_address_that_is_not_verified_is_not_sent() {
    let gateway = Gateway::new();
    gateway.emulator.update_person("alice", |person| person.email_verified = false);
    let cookie = gateway.log_in("alice").await;
    let answer = gateway.ask(PATH, &[&PAGE[..], &[("cookie", &cookie)]].concat()).await;
    assert_eq!(answer.assert(202).headers.get("x-auth-request-email").unwrap(), "");
}

#[tokio::test]
async fn browser_without_a_session_is_redirected_and_everything_else_gets_401() {
    let gateway = Gateway::new();
    let page = gateway.ask(PATH, &PAGE).await;
    assert_eq!(page.assert(302).header("location"), LOGIN);
    let fetch = gateway.ask(PATH, &FETCH).await;
    fetch.assert_error(401, "unauthenticated");
    assert!(fetch.header("www-authenticate").starts_with("Bearer"));
    assert!(!fetch.headers.contains_key("x-auth-request-user"));
}

#[tokio::test]
async fn traefik_gets_the_redirect_as_an_absolute_url() {
    let gateway = Gateway::new();
    let page = gateway.ask("/forward-auth?proxy=traefik", &PAGE).await;
    assert_eq!(page.assert(302).header("location"), format!("{BASE}{LOGIN}"));
}

#[tokio::test]
async fn nginx_gets_401_and_the_address_of_the_redirect_in_a_header() {
    let gateway = Gateway::new();
    let (url, nginx) = ("/forward-auth?proxy=nginx", ["x-original-method", "x-original-uri"]);
    let page = [(nginx[0], PAGE[0].1), (nginx[1], PAGE[1].1), PAGE[2]];
    let answer = gateway.ask(url, &page).await;
    answer.assert_error(401, "unauthenticated");
    assert_eq!((answer.header("x-auth-request-redirect"), answer.header("location")), (LOGIN, ""));
    let answer = gateway.ask(url, &[(nginx[0], "GET"), (nginx[1], "/orders"), FETCH[2]]).await;
    answer.assert_error(401, "unauthenticated");
    assert_eq!(answer.header("x-auth-request-redirect"), "");
    // Another proxy's headers pass through nginx as the client sent them.
    gateway.ask(url, &PAGE).await.assert_error(400, "no_original_request");
    let spoofed = [&page[..], &[("x-forwarded-uri", "/spoofed"), ("x-forwarded-host", "evil.example")]].concat();
    assert_eq!(gateway.ask(url, &spoofed).await.header("x-auth-request-redirect"), LOGIN);
}

#[tokio::test]
async fn envoy_gets_200_and_may_use_every_method() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("bob").await;
    let send = async |method: &str, url: &str, headers: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri(url);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        gateway.send(Some(LOOPBACK), request.body(Body::empty()).unwrap()).await
    };
    let session = [("cookie", &*cookie), ("sec-fetch-site", "same-origin")];
    for method in ["GET", "POST", "DELETE", "PURGE"] {
        send(method, "/forward-auth/envoy/-/orders", &session).await.assert(200);
    }
    send("POST", "/forward-auth/envoy/-/orders", &session[..1]).await.assert_error(403, "cross_site");
    send("GET", "/forward-auth/envoy/role=admin/orders", &session).await.assert(403);
    // The policy of the client's own query is not one.
    send("GET", "/forward-auth/envoy/-/orders?role=admin&nonsense=1", &session).await.assert(200);
    send("GET", "/forward-auth/envoy/role=admin/?role=user", &session).await.assert(403);
    let page = send("GET", "/forward-auth/envoy/-/orders?page=2&role=admin", &[PAGE[2]]).await;
    assert_eq!(page.assert(302).header("location"), LOGIN);
    for wrong in ["nonsense=1/orders", "proxy=nginx/orders", "role=/orders", "/orders"] {
        send("GET", &format!("/forward-auth/envoy/{wrong}"), &session).await.assert_error(500, "misconfigured");
    }
    // At the path of the other proxies the sub-request itself is GET or HEAD.
    send("POST", PATH, &session).await.assert(405);
}

#[tokio::test]
async fn policy_of_the_url_decides_and_the_original_query_does_not() {
    let gateway = Gateway::new();
    let (alice, bob) = (gateway.log_in("alice").await, gateway.log_in("bob").await);
    let status = async |query: &str, cookie: &str| {
        gateway.ask(&format!("{PATH}?{query}"), &[&FETCH[..], &[("cookie", cookie)]].concat()).await.status.as_u16()
    };
    let org = {
        let answer = gateway.ask(PATH, &[&FETCH[..], &[("cookie", &*alice)]].concat()).await;
        answer.header("x-auth-request-org").to_owned()
    };
    for (query, for_alice, for_bob) in [
        ("role=admin", 202, 403),
        ("role=none,admin", 202, 403),
        ("role=none&role=admin", 202, 403),
        ("role=none", 403, 403),
        (&format!("org={org}"), 202, 403),
        ("org=0", 403, 403),
        ("project=0", 403, 403),
        ("max_age=300", 202, 202),
        ("role=admin&max_age=300", 202, 403),
        ("proxy=caddy", 202, 202),
        ("proxy=traefik&role=admin", 202, 403),
        ("roles=admin", 500, 500),
        ("role=", 500, 500),
        ("proxy=other", 500, 500),
    ] {
        assert_eq!((status(query, &alice).await, status(query, &bob).await), (for_alice, for_bob), "{query}");
    }
    let page = [&PAGE[..], &[("cookie", &*bob)]].concat();
    gateway.ask("/forward-auth?role=admin", &page).await.assert_error(403, "forbidden");
}

#[tokio::test]
async fn an_old_login_is_repeated_by_browsers_and_nothing_else() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("alice").await;
    gateway.advance(301);
    let page = [&PAGE[..], &[("cookie", &*cookie)]].concat();
    let answer = gateway.ask("/forward-auth?max_age=300", &page).await;
    let expected = "/auth/step-up?callbackUrl=%2Forders%3Fpage%3D2%26role%3Dadmin&max_age=300";
    assert_eq!(answer.assert(302).header("location"), expected);
    let fetch = [&FETCH[..], &[("cookie", &*cookie)]].concat();
    gateway.ask("/forward-auth?max_age=300", &fetch).await.assert_error(401, "insufficient_user_authentication");
    let nginx = [("x-original-method", "GET"), ("x-original-uri", PAGE[1].1), PAGE[2], ("cookie", &*cookie)];
    let answer = gateway.ask("/forward-auth?max_age=300&proxy=nginx", &nginx).await;
    answer.assert_error(401, "insufficient_user_authentication");
    assert_eq!(answer.header("x-auth-request-redirect"), expected);
}

#[tokio::test]
async fn unsafe_original_request_from_another_site_is_refused() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("alice").await;
    let original = |method, site| {
        let described = [("x-forwarded-method", method), ("x-forwarded-uri", "/orders"), ("cookie", &*cookie)];
        [&described[..], &[("sec-fetch-site", site)]].concat()
    };
    for (method, site, status) in [
        ("GET", "cross-site", 202),
        ("POST", "cross-site", 403),
        ("POST", "same-site", 403),
        ("DELETE", "none", 202),
        ("POST", "same-origin", 202),
        // Methods are case-sensitive, and one that is not known is unsafe.
        ("get", "cross-site", 403),
    ] {
        gateway.ask(PATH, &original(method, site)).await.assert(status);
    }
    let web_socket = [("x-forwarded-method", "GET"), ("x-forwarded-uri", "/ws"), ("cookie", &*cookie)];
    let web_socket = [&web_socket[..], &[("upgrade", "websocket"), ("origin", "https://evil.example")]].concat();
    gateway.ask(PATH, &web_socket).await.assert_error(403, "cross_site");
}

#[tokio::test]
async fn nothing_of_an_untrusted_peer_is_believed() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("alice").await;
    for from in [None, Some([10, 0, 0, 7])] {
        for url in [PATH, "/forward-auth?proxy=nginx", "/forward-auth?nonsense=1", "/forward-auth/envoy/-/orders"] {
            let request = PAGE.iter().fold(Request::get(url), |request, (name, value)| request.header(*name, *value));
            let request = request.header("cookie", &cookie).header("x-forwarded-for", "127.0.0.1");
            let answer = gateway.send(from, request.body(Body::empty()).unwrap()).await;
            answer.assert_error(400, "untrusted_proxy");
            assert!(!answer.headers.contains_key("x-auth-request-user"));
        }
    }
}

#[tokio::test]
async fn identity_headers_of_the_sub_request_are_not_echoed() {
    let gateway = Gateway::new();
    let cookie = gateway.log_in("carol").await;
    let spoofed = [
        ("x-auth-request-user", "admin"),
        ("x_auth_request_user", "admin"),
        ("x-auth-request-roles", "admin"),
        ("x-auth-request-redirect", "https://evil.example"),
    ];
    let answer = gateway.ask(PATH, &[&PAGE[..], &spoofed, &[("cookie", &*cookie)]].concat()).await;
    answer.assert(202);
    assert_eq!(answer.headers.get_all("x-auth-request-user").iter().count(), 1);
    assert_ne!(answer.header("x-auth-request-user"), "admin");
    assert_eq!(answer.headers.get("x-auth-request-roles").unwrap(), "", "empty, so that a proxy overwrites it");
    assert!(!answer.headers.contains_key("x_auth_request_user"));
    assert_eq!(answer.header("x-auth-request-redirect"), "");
}

#[tokio::test]
async fn access_token_of_a_program_is_accepted_and_wins_over_a_session() {
    let gateway = Gateway::new();
    gateway.emulator.client().set_access_token_type(zitadel_emulator::AccessTokenType::Jwt);
    let (token, cookie) = (gateway.emulator.access_token_for("bob"), gateway.log_in("alice").await);
    let bearer = format!("Bearer {token}");
    let post = [("x-forwarded-method", "POST"), ("x-forwarded-uri", "/orders"), ("cookie", &*cookie)];
    let answer = gateway.ask(PATH, &[&post[..], &[("authorization", &*bearer)]].concat()).await;
    assert_eq!(answer.assert(202).header("x-auth-request-user"), gateway.emulator.person("bob").unwrap().id);
    let wrong = [&PAGE[..], &[("cookie", &*cookie), ("authorization", "Bearer nonsense")]].concat();
    gateway.ask(PATH, &wrong).await.assert_error(401, "invalid_token");
}
