//! A profile application on axum. The adapter handles OIDC, cookies and tokens.

use std::time::Duration;

use axum::{
    Form, Router,
    extract::{Query, State, rejection::QueryRejection},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_FRAME_OPTIONS},
    },
    middleware::map_response,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use example_pages as pages;
use example_start::Metrics;
use serde::Deserialize;
use zitadel_axum::{
    Authorized, ErrorPage, Policy, Protected, PublicExt as _, Requirement, Role, RoleKey, User, Zitadel, healthz,
    readyz,
};

/// The whole application. Routes require a user unless they are marked `.public()`.
///
/// `zitadel` was built with the [pages](pages::pages) that are mounted here.
pub fn app(zitadel: Zitadel) -> Router {
    let (readyz, metrics) = (readyz(&zitadel), example_start::metrics());
    Protected::new(zitadel.clone())
        .route("/", get(home).public())
        .route("/profile", get(profile))
        .route(pages::END_SESSION, post(end_session))
        .route("/admin", get(admin))
        .api("/api")
        .route("/api/me", get(me))
        .route("/api/admin", get(api_admin))
        .route("/api/fresh", get(api_fresh))
        .route("/auth/login", get(login).public())
        .route("/auth/signin", get(login).public())
        .route("/auth/error", get(error).public())
        .route("/auth/logout/success", get(logged_out).public())
        .route("/auth/logout/error", get(logout_error).public())
        .route("/healthz", healthz().public())
        .route("/readyz", readyz.public())
        .route("/metrics", get(async || metrics_text(metrics)).public())
        .fallback(not_found.public())
        .with_state(zitadel)
        .into_router()
        .layer(map_response(deny_frames))
}

/// No other site may embed these pages in a frame.
async fn deny_frames(mut response: Response) -> Response {
    response.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
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

async fn home(user: Option<User>) -> Html<String> {
    Html(pages::home(user.as_deref()))
}

/// Without the list of sessions if the store does not answer.
async fn profile(State(zitadel): State<Zitadel>, user: User) -> Html<String> {
    Html(pages::profile(&user, &zitadel.sessions(&user).await.unwrap_or_default()))
}

#[derive(Deserialize)]
struct SessionId {
    id: String,
}

/// Ends a session of the user. The adapter refuses a form that another site sent.
async fn end_session(State(zitadel): State<Zitadel>, user: User, Form(form): Form<SessionId>) -> Response {
    match zitadel.end_session(&user, &form.id).await {
        Ok(_) => Redirect::to("/profile#sessions").into_response(),
        Err(error) => {
            let page = ErrorPage::new(error.code());
            let status = StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Html(pages::error_page(&page))).into_response()
        }
    }
}

async fn admin(admin: Role<Admin>) -> Html<String> {
    Html(pages::admin(&admin))
}

/// By session or access token.
async fn me(user: User) -> impl IntoResponse {
    json(pages::user_json(&user))
}

async fn api_admin(admin: Role<Admin>) -> impl IntoResponse {
    json(pages::user_json(&admin))
}

/// A login that is older is 401 with what is required (RFC 9470).
async fn api_fresh(user: Authorized<Fresh>) -> impl IntoResponse {
    json(pages::user_json(&user))
}

fn json(body: String) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], body)
}

/// Optional parameters of a page; a query that cannot be read is treated as empty.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    callback_url: Option<String>,
    error: Option<String>,
    reason: Option<String>,
}

type OptionalQuery = Result<Query<Parameters>, QueryRejection>;

async fn login(query: OptionalQuery) -> Html<String> {
    let Query(parameters) = query.unwrap_or_default();
    Html(pages::login(parameters.callback_url.as_deref(), parameters.error.as_deref()))
}

async fn error(query: OptionalQuery) -> Html<String> {
    Html(pages::error(query.unwrap_or_default().error.as_deref()))
}

async fn logged_out() -> Html<String> {
    Html(pages::logged_out())
}

async fn logout_error(query: OptionalQuery) -> Html<String> {
    Html(pages::logout_error(query.unwrap_or_default().reason.as_deref()))
}

/// What Prometheus reads.
fn metrics_text(metrics: &Metrics) -> impl IntoResponse {
    ([(CONTENT_TYPE, Metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], metrics.render())
}

async fn not_found() -> (StatusCode, Html<String>) {
    (StatusCode::NOT_FOUND, Html(pages::not_found()))
}
