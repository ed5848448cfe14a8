//! Revocation (RFC 7009).
//!
//! At logout the refresh token is revoked, because ending the session at ZITADEL leaves it valid. Revoking it revokes
//! its current access token too; the reverse is not true.

use http::Request;

use super::{
    client::{self, Client},
    discovery::ProviderMetadata,
    oauth_error::OAuthErrorCode,
    token::{self, TokenError},
};
use crate::secret::Secret;

/// Why a token was not revoked. The rules are those of the [token endpoint](token); the messages name the other
/// endpoint, for the operator who reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RevocationError {
    #[error("the revocation endpoint responded with the error `{0}`")]
    OAuth(OAuthErrorCode),
    #[error("the revocation endpoint is not available")]
    Unavailable,
    #[error("the revocation endpoint gave no readable response")]
    Malformed,
}

/// The kind of token (`token_type_hint`, §2.1). A wrong hint does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenTypeHint {
    AccessToken,
    RefreshToken,
}

/// The request that revokes `token`; `None` if the provider has no endpoint for it.
pub(crate) fn revocation_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    token: &Secret<String>,
    hint: TokenTypeHint,
) -> Option<Request<Vec<u8>>> {
    let hint = match hint {
        TokenTypeHint::AccessToken => "access_token",
        TokenTypeHint::RefreshToken => "refresh_token",
    };
    let fields = [("token", token.expose().as_str()), ("token_type_hint", hint)];
    Some(client::form_request(metadata.revocation_endpoint()?, metadata, client, &fields))
}

/// Reads the response (§2.2). A token that the provider does not know counts as revoked: 200.
///
/// # Errors
///
/// [`RevocationError`], for the log; the logout continues regardless.
pub(crate) fn parse(status: u16, body: &[u8]) -> Result<(), RevocationError> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    Err(match token::error(status, body) {
        TokenError::OAuth(code) => RevocationError::OAuth(code),
        TokenError::Unavailable => RevocationError::Unavailable,
        TokenError::Refused(_) | TokenError::Malformed | TokenError::NotBearer => RevocationError::Malformed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::discovery::tests::{metadata, metadata_with};

    #[test]
    fn the_token_goes_to_the_revocation_endpoint_with_client_authentication() {
        let client = Client { id: "app", credential: client::Credential::None };
        let token = Secret::from("r1");
        let request = revocation_request(&metadata(), &client, &token, TokenTypeHint::RefreshToken).unwrap();
        assert_eq!(request.uri(), "https://id.example/oauth/v2/revoke");
        assert_eq!(request.body(), b"token=r1&token_type_hint=refresh_token&client_id=app");
        let request = revocation_request(&metadata(), &client, &token, TokenTypeHint::AccessToken).unwrap();
        assert_eq!(request.body(), b"token=r1&token_type_hint=access_token&client_id=app");
    }

    #[test]
    fn a_provider_without_the_endpoint_gets_no_request() {
        let metadata = metadata_with("revocation_endpoint", serde_json::Value::Null);
        let client = Client { id: "app", credential: client::Credential::None };
        assert!(revocation_request(&metadata, &client, &Secret::from("r1"), TokenTypeHint::RefreshToken).is_none());
    }

    #[test]
    fn an_empty_200_is_a_success_and_the_rest_is_as_at_the_token_endpoint() {
        assert_eq!(parse(200, b""), Ok(()));
        assert_eq!(parse(503, b""), Err(RevocationError::Unavailable));
        assert_eq!(parse(404, b"<html>"), Err(RevocationError::Malformed));
        let body = br#"{"error":"invalid_client"}"#;
        assert_eq!(parse(401, body), Err(RevocationError::OAuth(OAuthErrorCode::InvalidClient)));
        let message = parse(401, body).unwrap_err().to_string();
        assert_eq!(message, "the revocation endpoint responded with the error `invalid_client`");
    }
}
