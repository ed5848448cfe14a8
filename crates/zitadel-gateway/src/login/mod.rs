//! Login and logout: the core's endpoints below `/api/v1`, and what a single-page application needs beyond them.
//!
//! # Rules
//!
//! 1. A login with `callbackUrl` returns to that page of this origin, as in every application; forward-auth starts such logins. One
//!    without returns to the single-page application, if there is one (`single_page.rs`).
//! 2. An error is JSON, whatever the client accepts.
//! 3. The origin of the single-page application is trusted as the gateway's own is, for logout and for the one-time code
//!    (`trusted_origin.rs`). No other one is.

mod one_time_code;
mod single_page;
mod token;
mod trusted_origin;

use axum::{
    Router,
    body::to_bytes,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, get, post},
};
use serde::Deserialize;
use zitadel_axum::{
    Answer, Endpoint, ErrorCode, Head,
    core::{MAX_FORM_BYTES, RequestHead},
};

pub(crate) use self::{single_page::SinglePageApp, token::token_response, trusted_origin::cors};
use crate::{config, error::ApiError, gateway::Gateway};

/// The routes, with the paths that the configuration of the core has.
pub(crate) fn routes(gateway: &Gateway) -> Router<Gateway> {
    let cors = cors(gateway.spa_origin());
    let shared = Router::new().route("/api/v1/token", post(token::token)).layer(cors.clone());
    gateway.zitadel.endpoints().fold(shared, |router, (endpoint, path)| match endpoint {
        Endpoint::Callback => router.route(path, any(callback)),
        Endpoint::LoggedOut => router.route(path, get(logged_out)),
        Endpoint::LogoutError => router.route(path, get(logout_error)),
        Endpoint::Session => router.route(path, serve(endpoint).layer(cors.clone())),
        Endpoint::Login
        | Endpoint::StepUp
        | Endpoint::Logout
        | Endpoint::LogoutCallback
        | Endpoint::BackChannelLogout => router.route(path, serve(endpoint)),
        // Userinfo is another endpoint here, for access tokens. Of a login there is no button, and of an error no page.
        _ => router,
    })
}

/// One of the core's endpoints, which decides about methods itself.
fn serve(endpoint: Endpoint) -> MethodRouter<Gateway> {
    any(async move |State(gateway): State<Gateway>, request: Request| answer(&gateway, endpoint, request).await)
}

async fn answer(gateway: &Gateway, endpoint: Endpoint, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let head = trusted_origin::head(&parts, gateway.spa_origin());
    let form = async { to_bytes(body, MAX_FORM_BYTES).await.ok() };
    Answer(gateway.zitadel.serve(endpoint, &head, form).await).into_response()
}

/// Finishes a login. Rule 1.
async fn callback(State(gateway): State<Gateway>, Head(head): Head) -> Response {
    let (reply, user) = gateway.zitadel.finish_login(&head).await;
    let for_spa = reply.status == 302 && reply.header("location") == Some(config::SPA_RETURN);
    let Some(spa) = gateway.spa.as_ref().filter(|_| for_spa) else { return Answer(reply).into_response() };
    match user {
        Some(user) => spa.complete(&gateway.zitadel, reply, &user).await,
        // The browser has a session and the response belongs to no login of it: the core continues with that session, which is
        // right for a page. An application that waits for a code must not take it for the login that it started.
        None => single_page::replace(reply, ApiError::from_code(ErrorCode::StateMismatch).into_response()),
    }
}

#[derive(Deserialize)]
struct LogoutReason {
    #[serde(default)]
    reason: String,
}

/// After a logout: back to the single-page application, or the built-in page.
async fn logged_out(State(gateway): State<Gateway>, Head(head): Head) -> Response {
    match &gateway.spa {
        Some(spa) => spa.redirect(""),
        None => built_in_page(&gateway, Endpoint::LoggedOut, &head).await,
    }
}

/// After a logout that failed: back to the single-page application with `#error=`, or JSON.
async fn logout_error(State(gateway): State<Gateway>, reason: Result<Query<LogoutReason>, QueryRejection>) -> Response {
    let code = reason.ok().and_then(|Query(query)| ErrorCode::parse(&query.reason));
    // What a logout can fail with; anyone can make such a link.
    let code = code.filter(|code| {
        matches!(
            code,
            ErrorCode::StillSignedIn
                | ErrorCode::StoreUnavailable
                | ErrorCode::ProviderUnavailable
                | ErrorCode::Misconfigured
        )
    });
    match (&gateway.spa, code) {
        (Some(spa), code) => spa.redirect(&format!("error={}", code.map_or("logout_failed", ErrorCode::as_str))),
        (None, Some(code)) => ApiError::from_code(code).into_response(),
        (None, None) => {
            let text = "The logout did not complete. Please try again.";
            ApiError::new(StatusCode::BAD_REQUEST, "logout_failed", text).into_response()
        }
    }
}

async fn built_in_page(gateway: &Gateway, endpoint: Endpoint, head: &RequestHead) -> Response {
    Answer(gateway.zitadel.serve(endpoint, head, async { None::<Vec<u8>> }).await).into_response()
}
