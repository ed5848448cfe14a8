//! The responses of the token endpoint (RFC 6749 §5).
//!
//! 1. What the response means depends on its status first: ZITADEL says `invalid_request` where the RFC says
//!    `invalid_grant`, and `invalid_client` with 400.
//! 2. 2xx: a JSON object, no member twice, with an `access_token` and a `token_type` that is `Bearer` in any case.
//! 3. 4xx with an OAuth error: [`OAuth`](TokenError::OAuth). [Final](TokenError::is_final) if the code is about the code
//!    or refresh token; `invalid_client` and its kind are [about this client](TokenError::is_about_client), and a code of
//!    no specification may be that of a proxy. 4xx with the JSON of ZITADEL's other errors (`code` and `message`):
//!    [`Refused`](TokenError::Refused), which says nothing about the token.
//! 4. 429, 408 and 5xx whatever the body contains, and `temporarily_unavailable`, `server_error` and `slow_down` whatever
//!    the status is: [`Unavailable`](TokenError::Unavailable).
//! 5. Anything else, such as a proxy's page with 404: [`Malformed`](TokenError::Malformed), which like rule 4 says nothing
//!    about the token.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    oauth_error::{self, OAuthErrorCode},
    strict_json::{self, text},
};
use crate::secret::Secret;

/// Why the token endpoint gave no tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// An error response.
    #[error("the token endpoint responded with the error `{0}`")]
    OAuth(OAuthErrorCode),
    #[error("the token endpoint refused the request with status {0}")]
    Refused(u16),
    #[error("the token endpoint is not available")]
    Unavailable,
    #[error("the token endpoint gave no readable response")]
    Malformed,
    #[error("the token endpoint gave a token that is not a bearer token")]
    NotBearer,
}

impl TokenError {
    /// Whether the code or refresh token is no longer valid. Everything else may succeed the next time.
    #[cfg(feature = "login")]
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::OAuth(code) if code.ends_grant())
    }

    /// Whether the provider refuses this client, whichever token it sends.
    pub(crate) const fn is_about_client(self) -> bool {
        matches!(self, Self::OAuth(code) if code.is_about_client())
    }
}

/// A successful token response (RFC 6749 §5.1, OIDC Core §3.1.3.3).
#[derive(Clone, Debug)]
pub(crate) struct TokenResponse {
    /// Printable ASCII, so it fits into a header.
    pub(crate) access_token: Secret<String>,
    /// ZITADEL gives a new one with every refresh; the old one is revoked at once.
    #[cfg(feature = "login")]
    pub(crate) refresh_token: Option<Secret<String>>,
    #[cfg(feature = "login")]
    pub(crate) id_token: Option<Secret<String>>,
    /// How long the access token lives, from now.
    pub(crate) expires_in: Option<Duration>,
}

impl TokenResponse {
    /// That of a token which came in another way, and of which nothing else is known.
    pub(crate) const fn of_access_token(access_token: Secret<String>) -> Self {
        Self {
            access_token,
            #[cfg(feature = "login")]
            refresh_token: None,
            #[cfg(feature = "login")]
            id_token: None,
            expires_in: None,
        }
    }

    /// Reads a response of the token endpoint.
    ///
    /// # Errors
    ///
    /// [`TokenError`], by the rules of the module.
    pub(crate) fn parse(status: u16, body: &[u8]) -> Result<Self, TokenError> {
        if !(200..300).contains(&status) {
            return Err(error(status, body));
        }
        let members = strict_json::object(body).map_err(|_| TokenError::Malformed)?;
        let access_token = secret(&members, "access_token")?.ok_or(TokenError::Malformed)?;
        if !access_token.expose().bytes().all(|byte| matches!(byte, b'!'..=b'~')) {
            return Err(TokenError::Malformed);
        }
        let token_type = text(&members, "token_type").ok_or(TokenError::Malformed)?;
        if !token_type.eq_ignore_ascii_case("bearer") {
            return Err(TokenError::NotBearer);
        }
        Ok(Self {
            access_token,
            #[cfg(feature = "login")]
            refresh_token: secret(&members, "refresh_token")?,
            #[cfg(feature = "login")]
            id_token: secret(&members, "id_token")?,
            expires_in: members.get("expires_in").and_then(seconds).map(Duration::from_secs),
        })
    }
}

/// Rules 3 to 5, for every endpoint with OAuth error responses.
pub(super) fn error(status: u16, body: &[u8]) -> TokenError {
    match status {
        408 | 429 | 500.. => TokenError::Unavailable,
        400..500 => match oauth_error_code(body) {
            Some(code) if code.is_transient() => TokenError::Unavailable,
            Some(code) => TokenError::OAuth(code),
            None if is_other_error(body) => TokenError::Refused(status),
            None => TokenError::Malformed,
        },
        _ => TokenError::Malformed,
    }
}

fn oauth_error_code(body: &[u8]) -> Option<OAuthErrorCode> {
    text(&strict_json::object(body).ok()?, "error").map(OAuthErrorCode::parse)
}

/// Whether it is the JSON of ZITADEL's other errors: `{"code":5,"message":"Errors.User.NotFound","details":[]}`.
fn is_other_error(body: &[u8]) -> bool {
    strict_json::object(body).is_ok_and(|members| members.contains_key("code") && text(&members, "message").is_some())
}

/// The `error_description` of an OAuth error, or the `message` of ZITADEL's other errors, fit for a line of the log and
/// nothing else. ZITADEL puts there what its codes do not tell: `Errors.OIDCSession.RefreshTokenInvalid`.
pub(crate) fn loggable_description(body: &[u8]) -> Option<String> {
    let members = strict_json::object(body).ok()?;
    text(&members, "error_description").or_else(|| text(&members, "message")).map(oauth_error::printable)
}

/// A token; absent, null and empty are all `None`.
fn secret(members: &Map<String, Value>, name: &str) -> Result<Option<Secret<String>>, TokenError> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty()).map(Secret::from)),
        Some(_) => Err(TokenError::Malformed),
    }
}

/// Some providers write the number as text.
fn seconds(value: &Value) -> Option<u64> {
    strict_json::seconds(value).or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests;
