//! `POST /api/v1/token`: the one-time code for the access token of the session.
//!
//! The request has the session cookie (`fetch` with `credentials: "include"`), so that the application and the gateway must be
//! same-site. The answer is the current access token of that session, refreshed if it is due.

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use zitadel_axum::{
    Denied, ErrorCode,
    core::{AccessToken, Authentication, Requirement, Timestamp},
};

use super::{one_time_code, single_page::expires_in, trusted_origin};
use crate::{error::ApiError, gateway::Gateway};

/// A code and the syntax around it are smaller.
const MAX_BODY: usize = 1024;

#[derive(Deserialize)]
struct TokenRequest {
    code: String,
}

pub(super) async fn token(State(gateway): State<Gateway>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let head = trusted_origin::head(&parts, gateway.spa_origin());
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let code = match to_bytes(body, MAX_BODY).await {
        Ok(body) => read_code(content_type, &body),
        Err(_) => Err(ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    let authentication = gateway.zitadel.authenticate(head).await;
    let mut response = match code {
        Ok(code) => exchange(&gateway, &authentication, &code).await,
        Err(error) => error.into_response(),
    };
    // A session that was refreshed reaches the browser, whatever the answer is.
    zitadel_axum::finish(&authentication, &mut response);
    response
}

async fn exchange(gateway: &Gateway, authentication: &Authentication, code: &str) -> Response {
    let user = match authentication.authorize(const { &Requirement::user() }) {
        Ok(user) if user.session().is_some() => user,
        // The request comes from another site, or it is not known whether the session ended.
        Err(denied) if !matches!(denied.code(), ErrorCode::Unauthenticated | ErrorCode::SessionExpired) => {
            return Denied::from(denied).into_response();
        }
        // Of a browser without a session no code is valid.
        _ => return invalid_grant().into_response(),
    };
    match one_time_code::redeem(&gateway.zitadel, code, user).await {
        Ok(true) => {}
        Ok(false) => return invalid_grant().into_response(),
        Err(error) => return error.into_response(),
    }
    match authentication.access_token().await {
        Ok(token) => token_response(&token, gateway.zitadel.now()),
        Err(denied) => Denied::from(denied).into_response(),
    }
}

/// `{"access_token", "token_type", "expires_in"}` (RFC 6749 §5.1), which nobody stores.
pub(crate) fn token_response(token: &AccessToken, now: Timestamp) -> Response {
    let mut body = json!({ "access_token": token.expose(), "token_type": "Bearer" });
    if let (Some(seconds), Some(members)) = (expires_in(token, now), body.as_object_mut()) {
        members.insert("expires_in".to_owned(), Value::from(seconds));
    }
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
}

/// `code` of a form or of JSON.
fn read_code(content_type: &str, body: &[u8]) -> Result<String, ApiError> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let code = match media_type.as_str() {
        "application/json" => serde_json::from_slice::<TokenRequest>(body).ok().map(|request| request.code),
        "application/x-www-form-urlencoded" => {
            let mut codes = form_urlencoded::parse(body).filter(|(name, _)| name == "code");
            codes.next().map(|(_, code)| code.into_owned()).filter(|_| codes.next().is_none())
        }
        _ => return Err(ApiError::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    };
    let text = "Send `code` once, as JSON or as a form.";
    code.ok_or_else(|| ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", text))
}

const fn invalid_grant() -> ApiError {
    let text = "The code is unknown, was redeemed, is older than a minute, or belongs to another browser. Start another login.";
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_grant", text)
}
