//! The middleware and the guards without a `Protected`.

use std::time::Duration;

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::PayloadError,
    http::StatusCode,
    middleware::{Next, from_fn},
    web,
};
use zitadel_actix::{
    AccessToken, Authorized, Policy, PublicExt as _, Requirement, Role, RoleKey, User, authenticate, endpoints, guard,
    require, require_role, require_user,
};

use crate::support::{TestApp, UNREADABLE_SESSION, protected, serve, start, zitadel};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

const TWO_FACTORS: Requirement<'static> = Requirement::user().amr("mfa");

async fn fresh(_: Authorized<Fresh>) -> &'static str {
    "fresh"
}

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "user" } else { "anonymous" }
}

async fn user(_: User) -> &'static str {
    "user"
}

async fn role(_: Role<Admin>) -> &'static str {
    "role"
}

/// Routes with every way to require a user, and a public one.
fn routes(app: &mut web::ServiceConfig) {
    app.service(web::scope("/scope").wrap(require_user()).route("/page", web::get().to(page)))
        .service(web::resource("/role-resource").wrap(require_role("admin")).to(page))
        .service(web::resource("/policy-resource").wrap(require(TWO_FACTORS)).to(page))
        .route("/policy", web::get().to(fresh))
        .route("/user", web::get().to(user))
        .route("/role", web::get().to(role))
        .route("/token", web::get().to(async |_: AccessToken| "token"))
        .route("/maybe-token", web::get().to(async |token: Option<AccessToken>| token.is_some().to_string()))
        .route("/public", web::get().to(greeting));
}

const PROTECTED: [&str; 7] =
    ["/token", "/scope/page", "/role-resource", "/policy-resource", "/policy", "/user", "/role"];

async fn assert_protected(app: &TestApp, paths: &[&str]) {
    for path in paths {
        app.call(&format!("GET {path}")).await.assert_challenge();
        app.navigate(&format!("GET {path}")).await.assert_redirect_to_login(&path.replace('/', "%2F"));
    }
}

#[actix_web::test]
async fn middleware_protect_what_they_cover_and_endpoints_are_mounted_next_to_them() {
    let zitadel = zitadel();
    let app = App::new()
        .configure(endpoints(&zitadel))
        .service(
            web::scope("/area")
                .wrap(require_user())
                .wrap(authenticate(zitadel.clone()))
                .route("/page", web::get().to(page)),
        )
        .service(web::resource("/one").wrap(require_user()).wrap(authenticate(zitadel.clone())).to(page));
    let app = start(app).await;
    assert_protected(&app, &["/area/page", "/one"]).await;
    for path in ["/auth/session", "/auth/se%73sion"] {
        app.call(&format!("GET {path}")).await.assert_is(200, "null");
    }
    let response = app.call("BREW /auth/logout").await;
    assert_eq!((response.status, response.header("allow")), (405, "POST, GET, HEAD"));
    let response = app.send("POST /auth/signin/zitadel", &[], "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(response.status, 413);
}

#[actix_web::test]
async fn authenticate_around_the_application_answers_the_endpoints() {
    let app = start(App::new().configure(routes).wrap(authenticate(zitadel()))).await;
    app.call("GET /public").await.assert_is(200, "anonymous");
    assert_protected(&app, &PROTECTED).await;
    assert_eq!(app.call("GET /scope/unknown").await.status, 401);
    app.call("GET /auth/session").await.assert_is(200, "null");
    let response = app.call("BREW /auth/session").await;
    assert_eq!((response.status, response.header("allow")), (405, "GET, HEAD"));
    let response = app.send("POST /auth/signin/zitadel", &[], "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(response.status, 413);
    assert_eq!(app.call("GET /unknown").await.status, 404);
}

#[actix_web::test]
async fn require_user_around_the_application_leaves_the_endpoints_public() {
    let app = App::new().wrap(require_user()).wrap(authenticate(zitadel())).route("/", web::get().to(page));
    let app = start(app).await;
    assert_protected(&app, &["/", "/unknown"]).await;
    app.call("GET /auth/session").await.assert_is(200, "null");
    app.call("GET /auth/s%65ssion").await.assert_is(200, "null");
    assert_eq!(app.navigate("GET /auth/callback").await.status, 400);
}

#[actix_web::test]
async fn routes_without_authenticate_are_500_and_the_reason_is_not_in_the_response() {
    let app = App::new()
        .configure(routes)
        .service(web::resource("/reversed").wrap(authenticate(zitadel())).wrap(require_user()).to(page))
        .route("/guarded", web::get().guard(guard::has_user()).to(page));
    let app = start(app).await;
    for path in PROTECTED.into_iter().chain(["/scope/unknown", "/reversed"]) {
        let response = app.call(&format!("GET {path}")).await;
        assert_eq!(response.status, 500, "{path}");
        assert!(!response.body.contains("authenticate"), "{path}: {}", response.body);
    }
    app.call("GET /public").await.assert_is(200, "anonymous");
    app.call("GET /maybe-token").await.assert_is(200, "false");
    assert_eq!(app.call("GET /guarded").await.status, 404);
}

#[actix_web::test]
async fn authenticate_returns_an_error_of_the_inner_service() {
    async fn broken(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse, Error> {
        Err(PayloadError::Overflow.into())
    }
    /// The error is the one of `broken`, and its response can be made more than once.
    async fn inspect(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let outcome = next.call(request).await;
        let error = outcome.as_ref().err();
        assert!(error.is_some_and(|error| matches!(error.as_error(), Some(PayloadError::Overflow))));
        let response = error.map(Error::error_response);
        assert_eq!(response.map(|response| response.status()), Some(StatusCode::PAYLOAD_TOO_LARGE));
        outcome
    }
    let app = App::new()
        .route("/", web::get().to(page))
        .wrap(from_fn(broken))
        .wrap(authenticate(zitadel()))
        .wrap(from_fn(inspect));
    let response = start(app).await.send("GET /", &UNREADABLE_SESSION, "").await;
    response.assert_is(413, &PayloadError::Overflow.to_string());
    response.assert_session_deleted();
}

#[actix_web::test]
async fn guards_choose_a_route_and_protect_none() {
    let app = protected()
        .service(
            web::resource("/")
                .route(web::get().guard(guard::meets(TWO_FACTORS)).to(async || "two factors"))
                .route(web::get().guard(guard::has_role("admin")).to(async || "admin"))
                .route(web::get().guard(guard::has_user()).to(async || "dashboard"))
                .route(web::get().to(async || "landing"))
                .public(),
        )
        .service(web::scope("/staff").guard(guard::has_role("staff")).route("", web::get().to(page)).public())
        .route("/route", web::get().guard(guard::has_user()).to(page).public())
        .service(web::resource("/inside").route(web::get().guard(guard::has_user()).to(page)).public())
        .service(web::scope("/deep").route("/inside", web::get().guard(guard::has_user()).to(page)).public());
    let app = serve(app).await;
    app.call("GET /").await.assert_is(200, "landing");
    for path in ["/staff", "/route"] {
        app.call(&format!("GET {path}")).await.assert_challenge();
    }
    assert_eq!(app.call("GET /inside").await.status, 405);
    assert_eq!(app.call("GET /deep/inside").await.status, 404);
    let app = App::new().route("/", web::get().guard(guard::has_user()).to(page)).wrap(authenticate(zitadel()));
    assert_eq!(start(app).await.call("GET /").await.status, 404);
}
