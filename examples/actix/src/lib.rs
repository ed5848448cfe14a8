//! A profile application on actix-web. The adapter handles OIDC, cookies and tokens.

use std::time::Duration;

use actix_web::{
    App, Either, Error, FromRequest, Handler, Resource, Responder,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard::{Any, Get, Head},
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_FRAME_OPTIONS},
    },
    middleware::DefaultHeaders,
    web::{self, Data, Form, Html, Query, Redirect},
};
use example_pages as pages;
use example_start::Metrics;
use serde::Deserialize;
use zitadel_actix::{
    Authorized, ErrorPage, Policy, Protected, PublicExt as _, Requirement, Role, RoleKey, User, Zitadel, healthz,
    readyz,
};

/// The whole application, for one worker. Routes require a user unless they are marked `.public()`.
///
/// `zitadel` was built with the [pages](pages::pages) that are mounted here, once per process: clones share its caches.
pub fn app(
    zitadel: Zitadel,
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>> {
    let (readyz, metrics) = (readyz(&zitadel), example_start::metrics());
    let data = Data::new(zitadel.clone());
    let protected = Protected::new(zitadel)
        .service(page("/", home).public())
        .service(page("/profile", profile))
        .service(web::resource(pages::END_SESSION).route(web::post().to(end_session)))
        .service(page("/admin", admin))
        .api("/api")
        .service(page("/api/me", me))
        .service(page("/api/admin", api_admin))
        .service(page("/api/fresh", api_fresh))
        .service(page("/auth/login", login).public())
        .service(page("/auth/signin", login).public())
        .service(page("/auth/error", error).public())
        .service(page("/auth/logout/success", logged_out).public())
        .service(page("/auth/logout/error", logout_error).public())
        .service(web::resource("/healthz").route(healthz()).public())
        .service(web::resource("/readyz").route(readyz).public())
        .service(page("/metrics", async move || metrics_text(metrics)).public());
    App::new()
        .app_data(data)
        .service(protected)
        .default_service(web::to(not_found))
        // No other site may embed these pages in a frame.
        .wrap(DefaultHeaders::new().add((X_FRAME_OPTIONS, "DENY")))
}

/// A page for `GET` and `HEAD`; other methods get 405.
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

/// A login that is at most a minute old.
#[derive(Debug)]
pub struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

async fn home(user: Option<User>) -> Html {
    Html::new(pages::home(user.as_deref()))
}

/// Without the list of sessions if the store does not answer.
async fn profile(zitadel: Data<Zitadel>, user: User) -> Html {
    Html::new(pages::profile(&user, &zitadel.sessions(&user).await.unwrap_or_default()))
}

#[derive(Deserialize)]
struct SessionId {
    id: String,
}

/// Ends a session of the user. The adapter refuses a form that another site sent.
async fn end_session(zitadel: Data<Zitadel>, user: User, form: Form<SessionId>) -> impl Responder {
    match zitadel.end_session(&user, &form.id).await {
        Ok(_) => Either::Left(Redirect::to("/profile#sessions").see_other()),
        Err(error) => {
            let page = ErrorPage::new(error.code());
            let status = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Either::Right(Html::new(pages::error_page(&page)).customize().with_status(status))
        }
    }
}

async fn admin(admin: Role<Admin>) -> Html {
    Html::new(pages::admin(&admin))
}

/// By session or access token.
async fn me(user: User) -> impl Responder {
    json(pages::user_json(&user))
}

async fn api_admin(admin: Role<Admin>) -> impl Responder {
    json(pages::user_json(&admin))
}

/// A login that is older is 401 with what is required (RFC 9470).
async fn api_fresh(user: Authorized<Fresh>) -> impl Responder {
    json(pages::user_json(&user))
}

fn json(body: String) -> impl Responder {
    body.customize().insert_header((CONTENT_TYPE, "application/json"))
}

/// Optional parameters of a page; a query that cannot be read is treated as empty.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    callback_url: Option<String>,
    error: Option<String>,
    reason: Option<String>,
}

type OptionalQuery = Option<Query<Parameters>>;

fn parameters(query: OptionalQuery) -> Parameters {
    query.map(Query::into_inner).unwrap_or_default()
}

async fn login(query: OptionalQuery) -> Html {
    let parameters = parameters(query);
    Html::new(pages::login(parameters.callback_url.as_deref(), parameters.error.as_deref()))
}

async fn error(query: OptionalQuery) -> Html {
    Html::new(pages::error(parameters(query).error.as_deref()))
}

async fn logged_out() -> Html {
    Html::new(pages::logged_out())
}

async fn logout_error(query: OptionalQuery) -> Html {
    Html::new(pages::logout_error(parameters(query).reason.as_deref()))
}

/// What Prometheus reads.
fn metrics_text(metrics: &Metrics) -> impl Responder + use<> {
    let text = metrics.render().customize();
    text.insert_header((CONTENT_TYPE, Metrics::CONTENT_TYPE)).insert_header((CACHE_CONTROL, "no-store"))
}

async fn not_found() -> impl Responder {
    Html::new(pages::not_found()).customize().with_status(StatusCode::NOT_FOUND)
}
