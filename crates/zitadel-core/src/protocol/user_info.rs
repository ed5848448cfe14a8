//! Userinfo (OIDC Core §5.3): current claims about the user of an access token.
//!
//! 1. The token goes into the `Authorization` header, nowhere else.
//! 2. A success is 200 with `application/json`, an object in which no member appears twice. Signed or encrypted
//!    responses are refused; ZITADEL never sends them.
//! 3. `sub` is present and is the user of the ID token (§5.3.2): otherwise the claims are those of another user.
//! 4. 401 and 403: the access token is [invalid](UserInfoError::InvalidToken), which after a refresh elsewhere is
//!    ordinary. 408, 429 and 5xx: the provider is [not available](UserInfoError::is_unavailable).

use http::{
    HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION},
};
use serde_json::{Map, Value};

use super::{discovery::ProviderMetadata, strict_json};
use crate::secret::Secret;

/// Why there are no claims from userinfo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UserInfoError {
    #[error("the provider has no userinfo endpoint")]
    NoEndpoint,
    #[error("the access token cannot be sent in a header")]
    Token,
    #[error("the userinfo endpoint refused the access token with status {0}")]
    InvalidToken(u16),
    #[error("the userinfo endpoint responded with status {0}")]
    Status(u16),
    #[error("the userinfo response is not of type `application/json`")]
    ContentType,
    #[error("the userinfo endpoint gave no readable response")]
    Malformed,
    #[error("the userinfo response is about another user")]
    Subject,
}

impl UserInfoError {
    /// Whether the provider, or a proxy in front of it, cannot answer just now.
    pub(crate) const fn is_unavailable(self) -> bool {
        matches!(self, Self::Status(408 | 429 | 500..))
    }
}

/// The request for the claims.
///
/// # Errors
///
/// [`NoEndpoint`](UserInfoError::NoEndpoint) if the provider has none, [`Token`](UserInfoError::Token) if the token
/// has characters that no token has.
pub(crate) fn user_info_request(
    metadata: &ProviderMetadata,
    access_token: &Secret<String>,
) -> Result<Request<Vec<u8>>, UserInfoError> {
    let endpoint = metadata.user_info_endpoint().ok_or(UserInfoError::NoEndpoint)?;
    let mut bearer =
        HeaderValue::try_from(format!("Bearer {}", access_token.expose())).map_err(|_| UserInfoError::Token)?;
    bearer.set_sensitive(true);
    let mut request = Request::new(Vec::new());
    *request.uri_mut() = endpoint.uri().clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(AUTHORIZATION, bearer);
    Ok(request)
}

/// Reads the response for the user `subject`.
///
/// # Errors
///
/// [`UserInfoError`], by the rules of the module.
pub(crate) fn parse(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    subject: &str,
) -> Result<Map<String, Value>, UserInfoError> {
    match status {
        200 => {}
        401 | 403 => return Err(UserInfoError::InvalidToken(status)),
        _ => return Err(UserInfoError::Status(status)),
    }
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(UserInfoError::ContentType);
    }
    let claims = strict_json::object(body).map_err(|_| UserInfoError::Malformed)?;
    match claims.get("sub") {
        Some(Value::String(sub)) if sub == subject => Ok(claims),
        Some(Value::String(_)) => Err(UserInfoError::Subject),
        _ => Err(UserInfoError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::discovery::tests::{metadata, metadata_with};

    const JSON: Option<&str> = Some("application/json");

    #[test]
    fn rule_1_the_token_is_in_the_header_only() {
        let request = user_info_request(&metadata(), &Secret::from("a.b-c")).unwrap();
        assert_eq!(request.method(), http::Method::GET);
        assert_eq!(request.uri(), "https://id.example/oidc/v1/userinfo");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer a.b-c");
        assert!(!format!("{request:?}").contains("a.b-c"));
        assert!(request.body().is_empty());
        assert_eq!(user_info_request(&metadata(), &Secret::from("a\nb")).unwrap_err(), UserInfoError::Token);
        let without = metadata_with("userinfo_endpoint", Value::Null);
        assert_eq!(user_info_request(&without, &Secret::from("a")).unwrap_err(), UserInfoError::NoEndpoint);
    }

    #[test]
    fn rule_2_a_success_is_an_object_of_type_application_json() {
        let body = br#"{"sub":"1","name":"Alice"}"#;
        assert_eq!(parse(200, JSON, body, "1").unwrap()["name"], "Alice");
        assert!(parse(200, Some("Application/JSON; charset=utf-8"), body, "1").is_ok());
        for other in [None, Some("application/jwt"), Some("text/html"), Some("application/json+x")] {
            assert_eq!(parse(200, other, body, "1"), Err(UserInfoError::ContentType));
        }
        for broken in [&b""[..], b"[]", b"<html>", br#"{"sub":"1","name":"a","name":"b"}"#] {
            assert_eq!(parse(200, JSON, broken, "1"), Err(UserInfoError::Malformed));
        }
    }

    #[test]
    fn rule_3_claims_of_another_user_are_refused() {
        assert_eq!(parse(200, JSON, br#"{"sub":"2"}"#, "1"), Err(UserInfoError::Subject));
        assert_eq!(parse(200, JSON, br#"{"name":"Alice"}"#, "1"), Err(UserInfoError::Malformed));
        assert_eq!(parse(200, JSON, br#"{"sub":1}"#, "1"), Err(UserInfoError::Malformed));
    }

    #[test]
    fn rule_4_an_invalid_token_is_not_an_unavailable_provider() {
        for status in [401, 403] {
            assert_eq!(parse(status, JSON, b"{}", "1"), Err(UserInfoError::InvalidToken(status)));
        }
        for status in [408, 429, 500, 503] {
            let error = parse(status, JSON, b"{}", "1").unwrap_err();
            assert_eq!(error, UserInfoError::Status(status));
            assert!(error.is_unavailable() && error.to_string().contains(&status.to_string()));
        }
        for status in [201, 302, 400, 404] {
            let error = parse(status, JSON, br#"{"sub":"1"}"#, "1").unwrap_err();
            assert_eq!(error, UserInfoError::Status(status));
            assert!(!error.is_unavailable());
        }
    }
}
