//! Access tokens of service accounts: programs that act for themselves.
//!
//! 1. JWT bearer (RFC 7523 §2.1): an [assertion](super::assertion) is the grant, and nothing else authenticates.
//! 2. Client credentials (RFC 6749 §4.4): the client id is the account's login name, the secret goes as for other clients.
//! 3. `scope` is always sent: ZITADEL refuses client credentials without one, and a token without the scope of a project is for no
//!    API: introspection calls it inactive.
//! 4. The response is read by the rules of the [token endpoint](super::token), with two differences: any OAuth error is the
//!    operator's business, since no user is involved; and ZITADEL answers every assertion that it does not accept with status 500
//!    and `server_error`, which for an assertion is therefore [`AssertionRefused`](ServiceAccountError::AssertionRefused).

use http::Request;

use super::{
    client::{self, Client},
    discovery::ProviderMetadata,
    scope::is_project_scope,
    strict_json::{self, text},
    token::{TokenError, TokenResponse},
};
use crate::secret::Secret;

/// The scopes that are requested if none are named. `openid` alone gives a token that ZITADEL's userinfo accepts.
pub(crate) const DEFAULT_SCOPES: &str = "openid urn:zitadel:iam:org:projects:roles";

/// Why there is no token for a service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ServiceAccountError {
    #[error(transparent)]
    Token(#[from] TokenError),
    /// It may also be out of order: its answer does not tell.
    #[error("the token endpoint answered an assertion with an internal error, as ZITADEL does to every one it refuses")]
    AssertionRefused,
}

impl ServiceAccountError {
    /// Whether the provider refuses this account, and will the next time.
    pub(crate) const fn is_refusal(self) -> bool {
        matches!(self, Self::AssertionRefused | Self::Token(TokenError::OAuth(_) | TokenError::Refused(_)))
    }
}

/// Rule 1.
pub(crate) fn assertion_request(
    metadata: &ProviderMetadata,
    assertion: &Secret<String>,
    scopes: &[String],
) -> Request<Vec<u8>> {
    let scope = scopes.join(" ");
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", assertion.expose().as_str()),
        ("scope", scope.as_str()),
    ];
    client::unauthenticated_form_request(metadata.token_endpoint(), &fields)
}

/// Rule 2.
pub(crate) fn client_credentials_request(
    metadata: &ProviderMetadata,
    client: &Client<'_>,
    scopes: &[String],
) -> Request<Vec<u8>> {
    let scope = scopes.join(" ");
    let fields = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
    client::form_request(metadata.token_endpoint(), metadata, client, &fields)
}

/// Reads the response.
///
/// # Errors
///
/// [`ServiceAccountError`], by rule 4.
pub(crate) fn parse(status: u16, body: &[u8], by_assertion: bool) -> Result<TokenResponse, ServiceAccountError> {
    TokenResponse::parse(status, body).map_err(|error| match error {
        TokenError::Unavailable if by_assertion && status == 500 && is_server_error(body) => {
            ServiceAccountError::AssertionRefused
        }
        error => error.into(),
    })
}

/// Whether a token with these scopes is for the API of any project.
pub(crate) fn names_project(scopes: &[String]) -> bool {
    scopes.iter().any(|scope| is_project_scope(scope))
}

fn is_server_error(body: &[u8]) -> bool {
    strict_json::object(body).is_ok_and(|members| text(&members, "error") == Some("server_error"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{OAuthErrorCode, client::Credential, discovery::tests::metadata, scope::project_scope};

    fn scopes() -> Vec<String> {
        vec!["openid".to_owned(), project_scope("1700")]
    }

    fn body(request: &Request<Vec<u8>>) -> &str {
        str::from_utf8(request.body()).unwrap()
    }

    #[test]
    fn rule_1_an_assertion_is_all_that_authenticates() {
        let request = assertion_request(&metadata(), &Secret::from("e.y.J"), &scopes());
        assert_eq!(request.uri(), "https://id.example/oauth/v2/token");
        assert!(!request.headers().contains_key("authorization"));
        assert_eq!(
            body(&request),
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=e.y.J\
             &scope=openid+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3A1700%3Aaud"
        );
    }

    #[test]
    fn rule_2_a_secret_authenticates_as_it_does_for_other_clients() {
        let secret = Secret::from("s");
        let client = Client { id: "robot", credential: Credential::Secret(&secret, None) };
        let request = client_credentials_request(&metadata(), &client, &scopes());
        assert_eq!(request.headers()["authorization"], "Basic cm9ib3Q6cw==");
        assert!(body(&request).starts_with("grant_type=client_credentials&scope=openid+urn"));
    }

    #[test]
    fn rule_3_a_project_is_named_by_its_scope() {
        assert!(names_project(&scopes()));
        assert!(!names_project(&DEFAULT_SCOPES.split(' ').map(str::to_owned).collect::<Vec<_>>()));
    }

    #[test]
    fn rule_4_an_internal_error_refuses_an_assertion_and_nothing_else() {
        let refused: &[u8] = br#"{"error":"server_error","error_description":"Errors.Internal"}"#;
        let error = |status, body, by_assertion| parse(status, body, by_assertion).unwrap_err();
        assert_eq!(error(500, refused, true), ServiceAccountError::AssertionRefused);
        assert_eq!(error(500, refused, false), TokenError::Unavailable.into());
        for (status, body) in [(503, refused), (500, &b"<html>"[..]), (502, b""), (429, b"")] {
            let error = error(status, body, true);
            assert_eq!(error, TokenError::Unavailable.into(), "{status}");
            assert!(!error.is_refusal());
        }
        let unknown: &[u8] = br#"{"error":"invalid_client","error_description":"client not found"}"#;
        let error = error(400, unknown, false);
        assert_eq!(error, TokenError::OAuth(OAuthErrorCode::parse("invalid_client")).into());
        assert!(error.is_refusal() && ServiceAccountError::AssertionRefused.is_refusal());
    }
}
