//! The layers by themselves, for applications that do not use `Protected`.

mod support;

use std::{io, task::Poll};

use axum::{Router, body::Body, http::Request, response::Response, routing::get};
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _, service_fn};
use zitadel_axum::{Role, RoleKey, User, authenticate, endpoints, require_role, require_user};

use self::support::{ask, visit, zitadel};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

async fn page() -> &'static str {
    "page"
}

#[tokio::test]
async fn layers_close_what_they_cover() {
    let zitadel = zitadel();
    let app: Router = Router::new()
        .route("/shut", get(page))
        .layer(require_user())
        .merge(Router::new().route("/role", get(page)).route_layer(require_role("admin")))
        .route("/open", get(async |user: Option<User>| if user.is_some() { "member" } else { "stranger" }))
        .route("/user", get(async |_: User| "member"))
        .route("/admin", get(async |_: Role<Admin>| "admin"))
        .layer(authenticate(zitadel.clone()))
        .merge(endpoints(&zitadel));
    ask(&app, "GET /open").await.is(200, "stranger");
    for path in ["/shut", "/role", "/user", "/admin"] {
        ask(&app, &format!("GET {path}")).await.is_challenge();
        let location = format!("/auth/login?callbackUrl=%2F{}", path.trim_start_matches('/'));
        assert_eq!(visit(&app, &format!("GET {path}")).await.header("location"), location);
    }
    ask(&app, "GET /auth/session").await.is(200, "null");
}

#[tokio::test]
async fn without_authenticate_doors_stay_shut_and_nothing_panics() {
    let app = Router::new()
        .route("/shut", get(page))
        .layer(require_user())
        .route("/role", get(page).layer(require_role("admin")))
        .route("/user", get(async |_: User| "member"))
        .route("/admin", get(async |_: Role<Admin>| "admin"))
        .route("/open", get(async |user: Option<User>| if user.is_some() { "member" } else { "stranger" }));
    for path in ["/shut", "/role", "/user", "/admin"] {
        let answer = ask(&app, &format!("GET {path}")).await;
        assert_eq!(answer.status, 500, "{path}");
        assert!(!answer.body.contains("authenticate"), "advice belongs into the log");
    }
    ask(&app, "GET /open").await.is(200, "stranger");
}

#[tokio::test]
async fn an_error_of_the_inner_service_is_passed_on() {
    let broken = service_fn(async |_: Request<Body>| Err::<Response, _>(io::Error::other("broken")));
    let service = ServiceBuilder::new().layer(authenticate(zitadel())).service(broken);
    let outcome = service.oneshot(Request::new(Body::empty())).await;
    assert_eq!(outcome.unwrap_err().to_string(), "broken");
}

#[tokio::test]
async fn any_request_and_response_body_will_do() {
    let inner = service_fn(async |request: Request<u8>| Ok::<_, io::Error>(Response::new(request.body().to_string())));
    let response = authenticate(zitadel()).layer(inner).oneshot(Request::new(7)).await.unwrap();
    let body = axum::body::to_bytes(response.into_body(), 10).await.unwrap();
    assert_eq!(body, "7");
}

#[tokio::test]
async fn the_service_that_said_it_was_ready_is_the_one_that_answers() {
    /// Answers only if it was asked whether it is ready, as rate limiters do.
    #[derive(Default)]
    struct Once(bool);
    impl Clone for Once {
        fn clone(&self) -> Self {
            Self(false)
        }
    }
    impl tower::Service<Request<Body>> for Once {
        type Response = Response;
        type Error = io::Error;
        type Future = std::future::Ready<io::Result<Response>>;
        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<io::Result<()>> {
            self.0 = true;
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: Request<Body>) -> Self::Future {
            assert!(self.0, "called without being ready");
            std::future::ready(Ok(Response::default()))
        }
    }
    let mut service = authenticate(zitadel()).layer(Once::default());
    for _ in 0..2 {
        service.ready().await.unwrap().call(Request::new(Body::empty())).await.unwrap();
    }
}
