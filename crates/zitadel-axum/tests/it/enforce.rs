//! The layers without a `Protected`.

use std::{io, task::Poll, time::Duration};

use axum::{Router, body::Body, http::Request, response::Response, routing::get};
use serde_json::Value;
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _, service_fn};
use zitadel_axum::{
    AccessToken, Authentication, Authorized, Config, Policy, Requirement, Role, RoleKey, Timestamp, User, Zitadel,
    authenticate, core::environment::Clock, endpoints, require, require_role, require_user,
};

use crate::support::{TestApp, start, zitadel};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

const TWO_FACTORS: Requirement<'static> = Requirement::user().amr("mfa");

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "user" } else { "anonymous" }
}

/// Routes with every way to require a user, and a public one.
fn routes() -> Router {
    Router::new()
        .route("/layer", get(page))
        .layer(require_user())
        .merge(Router::new().route("/role-layer", get(page)).route_layer(require_role("admin")))
        .merge(Router::new().route("/policy-layer", get(page)).route_layer(require(TWO_FACTORS)))
        .route("/policy", get(async |_: Authorized<Fresh>| "fresh"))
        .route("/user", get(async |_: User| "user"))
        .route("/role", get(async |_: Role<Admin>| "role"))
        .route("/token", get(async |_: AccessToken| "token"))
        .route("/maybe-token", get(async |token: Option<AccessToken>| token.is_some().to_string()))
        .route("/public", get(greeting))
}

const PROTECTED: [&str; 7] = ["/token", "/layer", "/role-layer", "/policy-layer", "/policy", "/user", "/role"];

async fn assert_protected(app: &TestApp, paths: &[&str]) {
    for path in paths {
        app.call(&format!("GET {path}")).await.assert_challenge();
        app.navigate(&format!("GET {path}")).await.assert_redirect_to_login(&path.replace('/', "%2F"));
    }
}

#[tokio::test]
async fn layers_protect_what_they_cover_and_endpoints_are_mounted_next_to_them() {
    let zitadel = zitadel();
    let app = start(routes().layer(authenticate(zitadel.clone())).merge(endpoints(&zitadel)));
    app.call("GET /public").await.assert_is(200, "anonymous");
    assert_protected(&app, &PROTECTED).await;
    app.call("GET /auth/session").await.assert_is(200, "null");
}

#[tokio::test]
async fn authenticate_around_the_application_answers_the_endpoints() {
    let app = start(routes().layer(authenticate(zitadel())));
    app.call("GET /public").await.assert_is(200, "anonymous");
    assert_protected(&app, &PROTECTED).await;
    app.call("GET /auth/session").await.assert_is(200, "null");
    let response = app.call("BREW /auth/session").await;
    assert_eq!((response.status, response.header("allow")), (405, "GET, HEAD"));
    let response = app.send("POST /auth/signin/zitadel", &[], "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(response.status, 413);
    assert_eq!(app.call("GET /unknown").await.status, 404);
}

#[tokio::test]
async fn require_user_around_the_application_leaves_the_endpoints_public() {
    let router = Router::new().route("/", get(page)).layer(require_user()).layer(authenticate(zitadel()));
    let app = start(router);
    assert_protected(&app, &["/", "/unknown"]).await;
    app.call("GET /auth/session").await.assert_is(200, "null");
    assert_eq!(app.navigate("GET /auth/callback").await.status, 400);
}

#[tokio::test]
async fn routes_without_authenticate_are_500_and_the_reason_is_not_in_the_response() {
    let reversed = Router::new().route("/reversed", get(page)).layer(authenticate(zitadel())).layer(require_user());
    let app = start(routes().merge(reversed));
    for path in PROTECTED.into_iter().chain(["/reversed"]) {
        let response = app.call(&format!("GET {path}")).await;
        assert_eq!(response.status, 500, "{path}");
        assert!(!response.body.contains("authenticate"), "{path}: {}", response.body);
    }
    app.call("GET /public").await.assert_is(200, "anonymous");
    app.call("GET /maybe-token").await.assert_is(200, "false");
}

#[tokio::test]
async fn authenticate_returns_an_error_of_the_inner_service() {
    let broken = service_fn(async |_: Request<Body>| Err::<Response, _>(io::Error::other("broken")));
    let service = ServiceBuilder::new().layer(authenticate(zitadel())).service(broken);
    let outcome = service.oneshot(Request::new(Body::empty())).await;
    assert_eq!(outcome.unwrap_err().to_string(), "broken");
}

#[tokio::test]
async fn authenticate_accepts_other_bodies_than_those_of_axum() {
    let inner = service_fn(async |request: Request<String>| Ok::<_, io::Error>(Response::new(request.into_body())));
    let response = authenticate(zitadel()).layer(inner).oneshot(Request::new("body".to_owned())).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 10).await.unwrap();
    assert_eq!(body, "body");
}

/// A handle at a fixed time, and the header of a session that is valid then: a test vector of the core.
fn zitadel_with_a_session() -> (Zitadel, String) {
    struct FixedClock(u64);
    impl Clock for FixedClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix(self.0)
        }
    }
    let vector = include_str!("../../../zitadel-core/tests/it/data/cookies-e62ad1d.json");
    let vector: Value = serde_json::from_str(vector).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let vars = vector["settings"].as_object().unwrap().iter().map(|(name, value)| (name, text(value)));
    let clock = FixedClock(vector["sealed_at"].as_u64().unwrap());
    let zitadel = Zitadel::builder(Config::from_vars(vars).unwrap()).clock(clock).build().unwrap();
    (zitadel, format!("zitadel.session={}", text(&vector["session"]["zitadel.session"])))
}

#[tokio::test]
async fn authenticate_calls_the_instance_that_was_ready() {
    /// Accepts a call only on an instance that was polled, as rate limiters do. The response contains whether there is a
    /// user.
    #[derive(Default)]
    struct Once(bool);
    impl Clone for Once {
        fn clone(&self) -> Self {
            Self(false)
        }
    }
    impl tower::Service<Request<Body>> for Once {
        type Response = String;
        type Error = io::Error;
        type Future = std::future::Ready<io::Result<String>>;
        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<io::Result<()>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, request: Request<Body>) -> Self::Future {
            assert!(self.0, "called without being ready");
            let authentication = request.extensions().get::<Authentication>().unwrap();
            std::future::ready(Ok(authentication.user().is_some().to_string()))
        }
    }
    let (zitadel, cookie) = zitadel_with_a_session();
    let mut service = authenticate(zitadel).layer(Once::default());
    // The first request with a session waits for the store, which knows whether it was revoked.
    for (cookie, is_user) in [("", "false"), (cookie.as_str(), "true"), (cookie.as_str(), "true"), ("", "false")] {
        let request = Request::builder().header("cookie", cookie).body(Body::empty()).unwrap();
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        assert_eq!(axum::body::to_bytes(response.into_body(), 10).await.unwrap(), is_user);
    }
}
