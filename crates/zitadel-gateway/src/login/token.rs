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
use zitadel_axum::core::{AccessToken, Authentication, Requirement, Timestamp};

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
        Err(_) => Err(StatusCode::PAYLOAD_TOO_LARGE.into_response()),
    };
    let authentication = gateway.zitadel.authenticate(head).await;
    let mut response = match code {
        Ok(code) => exchange(&gateway, &authentication, &code).await.unwrap_or_else(|refusal| refusal),
        Err(refusal) => refusal,
    };
    // A session that was refreshed reaches the browser, whatever the answer is.
    zitadel_axum::finish(&authentication, &mut response);
    response
}

async fn exchange(gateway: &Gateway, authentication: &Authentication, code: &str) -> Result<Response, Response> {
    // Of a browser without a session no code is valid; of one that cannot be accepted the reason is told.
    let user = match authentication.authorize(&Requirement::user()) {
        Ok(user) if user.session().is_some() => user,
        Err(denied) if !matches!(denied.to_reply().status, 401) => {
            return Err(zitadel_axum::Denied::from(denied).into_response());
        }
        _ => return Err(invalid_grant()),
    };
    if !one_time_code::redeem(&gateway.zitadel, code, user).await.map_err(ApiError::into_response)? {
        return Err(invalid_grant());
    }
    let token = authentication.access_token().await;
    let token = token.map_err(|denied| zitadel_axum::Denied::from(denied).into_response())?;
    Ok(token_response(&token, gateway.zitadel.now()))
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
fn read_code(content_type: &str, body: &[u8]) -> Result<String, Response> {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let code = match media_type.as_str() {
        "application/json" => serde_json::from_slice::<TokenRequest>(body).ok().map(|request| request.code),
        "application/x-www-form-urlencoded" => {
            let mut codes = form_urlencoded::parse(body).filter(|(name, _)| name == "code");
            codes.next().map(|(_, code)| code.into_owned()).filter(|_| codes.next().is_none())
        }
        _ => return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()),
    };
    code.ok_or_else(|| {
        let text = "Send `code` once, as JSON or as a form.";
        ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", text).into_response()
    })
}

fn invalid_grant() -> Response {
    let text = "The code is unknown, was redeemed, is older than a minute, or belongs to another browser. Start another login.";
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_grant", text).into_response()
}
