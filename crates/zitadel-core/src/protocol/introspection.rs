//! Introspection (RFC 7662): what the provider says about an access token.
//!
//! 1. The request authenticates this client, by the rules of the [token endpoint](super::token); ZITADEL answers callers it does not
//!    know with 400 `unauthorized_client`.
//! 2. The answer is 200 with a JSON object, no member twice, and `active` true or false. Anything else says nothing about the token.
//! 3. An inactive token is that: expired, revoked, unknown, or not for this application. ZITADEL does not tell which.
//! 4. An active one must name an accepted audience in `aud`, and a `sub` of 1 to 255 characters; `iss`, where it is present, is the
//!    configured issuer, and `token_type`, where it is present, `Bearer`. For a personal access token ZITADEL writes the caller's
//!    own client id and project id into `aud`, so the client id of the caller is always accepted.
//!    If no audience is configured ([`AudienceCheck::ByProvider`]), any `aud` is acceptable: ZITADEL calls a token active only for a
//!    caller whose client id or project id it names, and this application does not know the id of its project.
//! 5. `exp`, where it is present, has not passed; `nbf` is not in the future. ZITADEL writes the year 9999 for a token that never
//!    expires.

use http::Request;
use serde_json::{Map, Value};

use super::{
    access_token::{AccessTokenKind, Expected, VerifiedAccessToken, verified},
    client::{self, Client},
    discovery::ProviderMetadata,
    jwt::{CLOCK_SKEW, JwtError, check_audience, check_issuer, subject, time},
    oauth_error::OAuthErrorCode,
    strict_json,
    token::{self, TokenError},
};
use crate::time::Timestamp;

/// Why the provider gave no answer about a token, or one that is not acceptable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IntrospectionError {
    #[error("the introspection endpoint responded with the error `{0}`")]
    OAuth(OAuthErrorCode),
    #[error("the introspection endpoint is not available")]
    Unavailable,
    #[error("the introspection endpoint gave no readable response")]
    Malformed,
    #[error("the provider says that the token is active, and it is not acceptable here")]
    NotAcceptable(#[from] JwtError),
    #[error("`token_type` is not `Bearer`")]
    NotBearer,
}

impl IntrospectionError {
    /// Whether it is said of the token; everything else is said of this application or of the provider.
    pub(crate) const fn is_about_token(&self) -> bool {
        matches!(self, Self::NotAcceptable(_) | Self::NotBearer)
    }

    /// Whether the provider refuses this client.
    pub(crate) const fn is_about_client(&self) -> bool {
        matches!(self, Self::OAuth(code) if code.is_about_client())
    }
}

/// Who decides whether a token is for this application.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AudienceCheck<'a> {
    /// It must name one of the configured audiences, or this client id, which introspects.
    ByName(&'a str),
    ByProvider,
}

/// The request about `token`; `None` if the provider has no endpoint for it.
pub(crate) fn introspection_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    token: &str,
) -> Option<Request<Vec<u8>>> {
    let fields = [("token", token), ("token_type_hint", "access_token")];
    Some(client::form_request(metadata.introspection_endpoint()?, metadata, client, &fields))
}

/// Reads the response. `None`: the token is not active.
///
/// # Errors
///
/// [`IntrospectionError`], by the rules of the module.
pub(crate) fn parse(
    status: u16,
    body: &[u8],
    expected: &Expected<'_>,
    audience: AudienceCheck<'_>,
    now: Timestamp,
) -> Result<Option<VerifiedAccessToken>, IntrospectionError> {
    if status != 200 {
        return Err(match token::error(status, body) {
            TokenError::OAuth(code) => IntrospectionError::OAuth(code),
            TokenError::Unavailable => IntrospectionError::Unavailable,
            TokenError::Refused(_) | TokenError::Malformed | TokenError::NotBearer => IntrospectionError::Malformed,
        });
    }
    let members = strict_json::object(body).map_err(|_| IntrospectionError::Malformed)?;
    match members.get("active") {
        Some(Value::Bool(true)) => accept(members, expected, audience, now).map(Some),
        Some(Value::Bool(false)) => Ok(None),
        _ => Err(IntrospectionError::Malformed),
    }
}

/// Rules 4 and 5.
fn accept(
    members: Map<String, Value>,
    expected: &Expected<'_>,
    audience: AudienceCheck<'_>,
    now: Timestamp,
) -> Result<VerifiedAccessToken, IntrospectionError> {
    let is_bearer = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("bearer"));
    if !members.get("token_type").is_none_or(is_bearer) {
        return Err(IntrospectionError::NotBearer);
    }
    if members.contains_key("iss") {
        check_issuer(&members, expected.issuer)?;
    }
    check_audience(&members, |named| match audience {
        AudienceCheck::ByName(client_id) => named == client_id || expected.accepts(named),
        AudienceCheck::ByProvider => true,
    })?;
    subject(&members)?;
    let expires_at = time(&members, "exp")?;
    if expires_at.is_some_and(|at| now >= at.saturating_add(CLOCK_SKEW)) {
        return Err(JwtError::Expired.into());
    }
    if time(&members, "nbf")?.is_some_and(|at| at > now.saturating_add(CLOCK_SKEW)) {
        return Err(JwtError::NotYetValid("nbf").into());
    }
    Ok(verified(AccessTokenKind::Opaque, members)?)
}

#[cfg(test)]
mod tests;
