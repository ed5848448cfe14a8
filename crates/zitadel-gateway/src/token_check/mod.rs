//! What an access token is, for applications that do not verify it themselves.
//!
//! # Rules
//!
//! 1. The token stands in the `Authorization` header, and nowhere else (RFC 6750 §2.1). Cookies are not looked at.
//! 2. No token, or a malformed header: 400 (ZitAuth's contract; RFC 6750 §3.1 would have 401 for the first). Not acceptable: 401 with a
//!    challenge. The provider cannot be asked: 503 with `Retry-After`, never 401.
//! 3. JWTs are verified here, opaque tokens and personal access tokens by introspection: by the core, as for every API.

mod claims;

use axum::{
    Json,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;
use zitadel_axum::{
    Denied, ErrorCode, Zitadel,
    core::{Authentication, RequestHead, Requirement, User},
};

use crate::{error::ApiError, gateway::Gateway};

/// `GET /api/v1/validate`: 200 and the claims of the token.
pub(crate) async fn validate(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let authentication = authenticate(&gateway.zitadel, "/api/v1/validate", &headers).await;
    match user(&authentication) {
        Ok(user) => ok(&claims::of(user, &headers)),
        Err(denied) => refused(denied),
    }
}

/// `GET /api/v1/userinfo`: 200 and `{"userinfo": …}`, what the provider says now about the user of the token (OIDC Core §5.3).
pub(crate) async fn user_info(State(gateway): State<Gateway>, headers: HeaderMap) -> Response {
    let authentication = authenticate(&gateway.zitadel, "/api/v1/userinfo", &headers).await;
    let user = match user(&authentication) {
        Ok(user) => user,
        Err(denied) => return refused(denied),
    };
    let token = match authentication.access_token().await {
        Ok(token) => token,
        Err(denied) => return Denied::from(denied).into_response(),
    };
    match gateway.zitadel.user_info_of_token(&token, user.subject()).await {
        Ok(claims) => ok(&json!({ "userinfo": claims })),
        // The provider revoked it after it was verified here.
        Err(error) if error.code() == ErrorCode::SessionExpired => {
            ApiError::from_code(ErrorCode::InvalidToken).with_challenge(INVALID_TOKEN).into_response()
        }
        Err(error) => {
            let code = error.code();
            tracing::warn!(name: "user_info_failed", code = code.as_str(), error = &error as &dyn std::error::Error, "user_info_failed");
            ApiError::from_code(code).into_response()
        }
    }
}

const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;

/// Rule 1: of the request, the core sees the header `Authorization`.
pub(crate) async fn authenticate(zitadel: &Zitadel, path: &str, headers: &HeaderMap) -> Authentication {
    let mut head = RequestHead::new("GET", path);
    for value in headers.get_all(AUTHORIZATION) {
        head.shared_header(AUTHORIZATION.as_str(), value);
    }
    match zitadel.authenticate_cached(head) {
        Ok(authentication) => authentication,
        Err(head) => zitadel.authenticate(head).await,
    }
}

fn user(authentication: &Authentication) -> Result<&User, Denied> {
    Ok(authentication.authorize(const { &Requirement::bearer() })?)
}

/// Rule 2.
fn refused(denied: Denied) -> Response {
    match denied.code() {
        ErrorCode::Unauthenticated => {
            let text = "Send the access token in the header `Authorization: Bearer …`.";
            ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", text).with_challenge("Bearer").into_response()
        }
        _ => denied.into_response(),
    }
}

fn ok(body: &impl serde::Serialize) -> Response {
    ([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
}
