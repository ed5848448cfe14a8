//! A profile app on axum: what a team writes, and nothing about OIDC, cookies or tokens in it.

use axum::{
    Router,
    extract::{Query, rejection::QueryRejection},
    http::{HeaderValue, StatusCode, header::X_FRAME_OPTIONS},
    middleware::map_response,
    response::{Html, Response},
    routing::get,
};
use example_pages as pages;
use serde::Deserialize;
use zitadel_axum::{Pages, Protected, PublicExt as _, Role, RoleKey, User, Zitadel, healthz, readyz};

/// The whole application. Routes need a signed-in user unless they say `.public()`.
#[expect(clippy::needless_pass_by_value, reason = "the application owns its handle")]
pub fn app(zitadel: Zitadel) -> Router {
    let zitadel = zitadel.with_pages(
        Pages::new()
            .sign_in("/auth/login")
            .signed_out("/auth/logout/success")
            .logout_error("/auth/logout/error")
            .error("/auth/error")
            .logout(pages::sign_out)
            .problem(pages::problem),
    );
    Protected::new(zitadel.clone())
        .route("/", get(home).public())
        .route("/profile", get(profile))
        .route("/admin", get(admin))
        .route("/auth/login", get(sign_in).public())
        .route("/auth/signin", get(sign_in).public())
        .route("/auth/error", get(error).public())
        .route("/auth/logout/success", get(signed_out).public())
        .route("/auth/logout/error", get(logout_error).public())
        .route("/healthz", healthz().public())
        .route("/readyz", readyz(&zitadel).public())
        .fallback(not_found.public())
        .into_router()
        .layer(map_response(unframed))
}

/// No other site may show a page of ours inside its own.
async fn unframed(mut response: Response) -> Response {
    response.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// The role `admin` of the project in ZITADEL.
#[derive(Debug)]
pub struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

async fn home(user: Option<User>) -> Html<String> {
    Html(pages::home(user.as_deref()))
}

async fn profile(user: User) -> Html<String> {
    Html(pages::profile(&user))
}

async fn admin(admin: Role<Admin>) -> Html<String> {
    Html(pages::admin(&admin))
}

/// What may come along to a page; a query that makes no sense counts as none.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hints {
    callback_url: Option<String>,
    error: Option<String>,
    reason: Option<String>,
}

type MaybeHints = Result<Query<Hints>, QueryRejection>;

async fn sign_in(query: MaybeHints) -> Html<String> {
    let Query(hints) = query.unwrap_or_default();
    Html(pages::sign_in(hints.callback_url.as_deref(), hints.error.as_deref()))
}

async fn error(query: MaybeHints) -> Html<String> {
    Html(pages::error(query.unwrap_or_default().error.as_deref()))
}

async fn signed_out() -> Html<String> {
    Html(pages::signed_out())
}

async fn logout_error(query: MaybeHints) -> Html<String> {
    Html(pages::logout_error(query.unwrap_or_default().reason.as_deref()))
}

async fn not_found() -> (StatusCode, Html<String>) {
    (StatusCode::NOT_FOUND, Html(pages::not_found()))
}
