//! `AuthorizationResponse`: the query of the callback (RFC 6749 §4.1.2, OIDC Core §3.1.2.5 and §3.1.2.6).
//!
//! 1. No parameter appears twice, known or not.
//! 2. There is a `state`, and it is not empty: we always send one.
//! 3. There is a `code` or an `error`, not both, not neither; neither is empty.
//! 4. An `error` becomes one of a closed list of codes; its description is for the log only.
//!
//! Other parameters are ignored: a redirect URI may have a query of its own, which ZITADEL keeps.

use std::fmt;

use super::{oauth_error, oauth_error::OAuthErrorCode, query};
use crate::secret::Secret;

/// Why an authorization response is not acceptable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackError {
    #[error("the callback's query is not an authorization response")]
    Malformed,
    #[error("no login is pending in this browser")]
    NotPending,
    #[error("the login took too long")]
    Expired,
    #[error("`state` does not match the pending login")]
    StateMismatch,
    #[error("the response is from another issuer")]
    IssuerMismatch,
    #[error("the provider responded with the error `{0}`")]
    Provider(OAuthErrorCode),
    #[error("the user does not belong to the requested organization")]
    OrganizationMismatch,
    #[error("the user did not authenticate as recently, or not with the class or method, that a page requires")]
    AuthenticationMismatch,
}

/// The provider's response as the browser delivers it; not yet trusted. Only
/// [`PendingLogin::accept`](super::authorization::PendingLogin::accept) takes the code out.
pub(crate) struct AuthorizationResponse {
    state: String,
    issuer: Option<String>,
    outcome: Result<Secret<String>, OAuthErrorCode>,
    description: Option<String>,
}

impl AuthorizationResponse {
    /// Reads the query of the callback, without the `?`.
    ///
    /// # Errors
    ///
    /// [`CallbackError::Malformed`], whatever is wrong.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, CallbackError> {
        let mut parameters = query::parameters(query).ok_or(CallbackError::Malformed)?;
        let state = parameters.remove("state").filter(|state| !state.is_empty()).ok_or(CallbackError::Malformed)?;
        let outcome = match (parameters.remove("code"), parameters.remove("error")) {
            (Some(code), None) if !code.is_empty() => Ok(Secret::new(code)),
            (None, Some(error)) if !error.is_empty() => Err(OAuthErrorCode::parse(&error)),
            _ => return Err(CallbackError::Malformed),
        };
        Ok(Self {
            state,
            issuer: parameters.remove("iss"),
            outcome,
            description: parameters.remove("error_description"),
        })
    }

    /// The `state`, before it is compared.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }

    /// Its `iss` (RFC 9207).
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The provider's `error_description`, fit for a line of the log and nothing else.
    pub(crate) fn loggable_description(&self) -> Option<String> {
        self.description.as_deref().map(oauth_error::printable)
    }

    /// The code; for [`PendingLogin::accept`](super::authorization::PendingLogin::accept) only.
    pub(super) fn into_code(self) -> Result<Secret<String>, CallbackError> {
        self.outcome.map_err(CallbackError::Provider)
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse").field("error", &self.outcome.as_ref().err()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(query: &str) -> Result<AuthorizationResponse, CallbackError> {
        AuthorizationResponse::parse(Some(query))
    }

    #[test]
    fn a_code_comes_with_its_state() {
        let response = parse("code=a%2Bb+c&state=AbCd-_12xyz&iss=https%3A%2F%2Fid.example").unwrap();
        assert_eq!(response.state(), "AbCd-_12xyz");
        assert_eq!(response.issuer(), Some("https://id.example"));
        assert_eq!(response.into_code().unwrap().expose(), "a+b c");
    }

    #[test]
    fn rule_1_no_parameter_may_repeat() {
        for query in [
            "code=a&state=s&code=a",
            "code=a&state=s&state=s",
            "code=a&state=s&iss=i&iss=i",
            "code=a&state=s&tenant=1&tenant=1",
            "code=a&state=s&c%6Fde=b",
        ] {
            assert!(matches!(parse(query), Err(CallbackError::Malformed)), "{query}");
        }
        assert!(parse("code=a&state=s&tenant=1").is_ok());
    }

    #[test]
    fn rule_2_there_is_a_state() {
        for query in ["code=a", "code=a&state=", "error=access_denied", "error=access_denied&state="] {
            assert!(matches!(parse(query), Err(CallbackError::Malformed)), "{query}");
        }
        assert!(matches!(AuthorizationResponse::parse(None), Err(CallbackError::Malformed)));
    }

    #[test]
    fn rule_3_there_is_a_code_or_an_error_and_not_both() {
        for query in [
            "state=s",
            "state=s&code=",
            "state=s&error=",
            "state=s&code=a&error=access_denied",
            "state=s&code=a&error=",
        ] {
            assert!(matches!(parse(query), Err(CallbackError::Malformed)), "{query}");
        }
    }

    #[test]
    fn rule_4_an_error_is_one_of_a_closed_list() {
        let code = |query| match parse(query).unwrap().into_code() {
            Err(CallbackError::Provider(code)) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code("state=s&error=access_denied"), OAuthErrorCode::AccessDenied);
        assert_eq!(code("state=s&error=%3Cscript%3E"), OAuthErrorCode::Other);
        let response = parse("state=s&error=x&error_description=a%0Ab").unwrap();
        assert_eq!(response.loggable_description().unwrap(), "a?b");
    }

    #[test]
    fn debug_shows_neither_code_nor_state() {
        let shown = format!("{:?}", parse("code=c0de-canary&state=state-canary").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in ".{0,200}") {
            if let Ok(response) = parse(&query) {
                let _ = response.loggable_description();
            }
        }
    }
}
