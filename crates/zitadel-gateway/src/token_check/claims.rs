//! The claims of an access token that was accepted.
//!
//! Of a JWT they are all that it says. Of an opaque token they are what introspection said and the core keeps, under the names that the
//! claims have in ZITADEL.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde_json::{Map, Value};
use zitadel_axum::core::{AccessTokenKind, User};

type Claims = Map<String, Value>;

/// The claims; `headers` are those of the request, whose token was accepted.
pub(super) fn of(user: &User, headers: &HeaderMap) -> Claims {
    let is_jwt = user.access_token_info().is_some_and(|token| token.kind() == AccessTokenKind::Jwt);
    let of_jwt = if is_jwt { payload(headers) } else { None };
    of_jwt.unwrap_or_else(|| known(user))
}

/// The claims of a JWT whose signature was verified (RFC 7519 §7.2).
fn payload(headers: &HeaderMap) -> Option<Claims> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let payload = value.rsplit(' ').next()?.split('.').nth(1)?;
    let payload = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(payload).ok()?;
    serde_json::from_slice(&payload).ok()
}

fn known(user: &User) -> Claims {
    let token = user.access_token_info();
    let organization = user.organization();
    let scope = token.and_then(|token| Some(token.scopes()?.collect::<Vec<_>>().join(" ")));
    let claims = [
        ("sub", Some(user.subject().into())),
        ("client_id", token.and_then(|token| token.client_id()).map(Value::from)),
        ("scope", scope.map(Value::from)),
        ("exp", token.and_then(|token| token.expires_at()).map(|at| at.as_unix().into())),
        ("name", user.name().map(Value::from)),
        ("given_name", user.given_name().map(Value::from)),
        ("family_name", user.family_name().map(Value::from)),
        ("preferred_username", user.preferred_username().map(Value::from)),
        ("email", user.email().map(Value::from)),
        ("email_verified", user.email().map(|_| user.email_verified().into())),
        ("locale", user.locale().map(Value::from)),
        ("urn:zitadel:iam:user:resourceowner:id", organization.map(|it| it.id().into())),
        ("urn:zitadel:iam:user:resourceowner:name", organization.and_then(|it| it.name()).map(Value::from)),
        (
            "urn:zitadel:iam:user:resourceowner:primary_domain",
            organization.and_then(|it| it.primary_domain()).map(Value::from),
        ),
        ("urn:zitadel:iam:org:project:roles", (!user.roles().is_empty()).then(|| user.roles().to_json())),
    ];
    claims.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
