//! A profile app on actix-web: what a team writes, and nothing about OIDC, cookies or tokens in it.

use actix_web::{
    App, Error, FromRequest, Handler, Resource, Responder,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard::{Any, Get, Head},
    http::{StatusCode, header::X_FRAME_OPTIONS},
    middleware::DefaultHeaders,
    web::{self, Html, Query},
};
use example_pages as pages;
use serde::Deserialize;
use zitadel_actix::{Pages, Protected, PublicExt as _, Role, RoleKey, User, Zitadel, healthz, readyz};

/// The handle that knows our pages. Once per process, so that all workers remember the same sessions.
pub fn with_pages(zitadel: &Zitadel) -> Zitadel {
    zitadel.with_pages(
        Pages::new()
            .sign_in("/auth/login")
            .signed_out("/auth/logout/success")
            .logout_error("/auth/logout/error")
            .error("/auth/error")
            .logout(pages::sign_out)
            .problem(pages::problem),
    )
}

/// The whole application, for one worker. Routes need a signed-in user unless they say `.public()`.
pub fn app(
    zitadel: Zitadel,
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>> {
    let readyz = readyz(&zitadel);
    let protected = Protected::new(zitadel)
        .service(page("/", home).public())
        .service(page("/profile", profile))
        .service(page("/admin", admin))
        .service(page("/auth/login", sign_in).public())
        .service(page("/auth/signin", sign_in).public())
        .service(page("/auth/error", error).public())
        .service(page("/auth/logout/success", signed_out).public())
        .service(page("/auth/logout/error", logout_error).public())
        .service(web::resource("/healthz").route(healthz()).public())
        .service(web::resource("/readyz").route(readyz).public());
    App::new()
        .service(protected)
        .default_service(web::to(not_found))
        // No other site may show a page of ours inside its own.
        .wrap(DefaultHeaders::new().add((X_FRAME_OPTIONS, "DENY")))
}

/// Answers `GET` and `HEAD`, and says so to other methods.
fn page<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    F::Output: Responder + 'static,
    Args: FromRequest + 'static,
{
    web::resource(path).route(web::route().guard(Any(Get()).or(Head())).to(handler))
}

/// The role `admin` of the project in ZITADEL.
#[derive(Debug)]
pub struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

async fn home(user: Option<User>) -> Html {
    Html::new(pages::home(user.as_deref()))
}

async fn profile(user: User) -> Html {
    Html::new(pages::profile(&user))
}

async fn admin(admin: Role<Admin>) -> Html {
    Html::new(pages::admin(&admin))
}

/// What may come along to a page; a query that makes no sense counts as none.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hints {
    callback_url: Option<String>,
    error: Option<String>,
    reason: Option<String>,
}

type MaybeHints = Option<Query<Hints>>;

fn hints(query: MaybeHints) -> Hints {
    query.map(Query::into_inner).unwrap_or_default()
}

async fn sign_in(query: MaybeHints) -> Html {
    let hints = hints(query);
    Html::new(pages::sign_in(hints.callback_url.as_deref(), hints.error.as_deref()))
}

async fn error(query: MaybeHints) -> Html {
    Html::new(pages::error(hints(query).error.as_deref()))
}

async fn signed_out() -> Html {
    Html::new(pages::signed_out())
}

async fn logout_error(query: MaybeHints) -> Html {
    Html::new(pages::logout_error(hints(query).reason.as_deref()))
}

async fn not_found() -> impl Responder {
    Html::new(pages::not_found()).customize().with_status(StatusCode::NOT_FOUND)
}
