//! `AuthorizationResponse`: the query of the callback (RFC 6749 §4.1.2, OIDC Core §3.1.2.5 and §3.1.2.6).
//!
//! 1. No parameter appears twice, known or not.
//! 2. There is a `state`, and it is not empty: we always send one.
//! 3. There is a `code` or an `error`, not both, not neither; neither is empty.
//! 4. An `error` becomes one of a closed list of codes; its description is for the log only.
//!
//! Other parameters are none of our business: a redirect URI may have a query of its own, which ZITADEL keeps.

use std::fmt;

use super::{authorization::SUFFIX_LENGTH, provider_code::ProviderCode, query};
use crate::secret::Secret;

/// Why an answer to a sign-in is not acceptable.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackError {
    #[error("the callback's query is not an authorization response")]
    Malformed,
    #[error("no sign-in is pending in this browser")]
    NotPending,
    #[error("the sign-in took too long")]
    Expired,
    #[error("`state` does not match the pending sign-in")]
    StateMismatch,
    #[error("the answer is from another issuer")]
    IssuerMismatch,
    #[error("the provider refused: {0}")]
    Provider(ProviderCode),
    #[error("the user is not of the requested organisation")]
    OrganisationMismatch,
}

/// The provider's answer as the browser brings it; not yet trusted. Only
/// [`PendingLogin::accept`](super::authorization::PendingLogin::accept) takes the code out.
pub(crate) struct AuthorizationResponse {
    state: String,
    issuer: Option<String>,
    outcome: Result<Secret<String>, ProviderCode>,
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
            (None, Some(error)) if !error.is_empty() => Err(ProviderCode::of(&error)),
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
    pub(crate) fn description_for_the_log(&self) -> Option<String> {
        self.description.as_deref().map(super::provider_code::for_the_log)
    }

    /// The code; for [`PendingLogin::accept`](super::authorization::PendingLogin::accept) only.
    pub(super) fn into_code(self) -> Result<Secret<String>, CallbackError> {
        self.outcome.map_err(CallbackError::Provider)
    }
}

/// The part of a `state` that names its attempt's cookie: the first eight characters. `None` if they cannot be part
/// of a cookie's name, so no attempt of ours.
pub(crate) fn cookie_suffix(state: &str) -> Option<&str> {
    state
        .get(..SUFFIX_LENGTH)
        .filter(|suffix| suffix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))
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
        let answer = parse("code=a%2Bb+c&state=AbCd-_12xyz&iss=https%3A%2F%2Fid.example").unwrap();
        assert_eq!(answer.state(), "AbCd-_12xyz");
        assert_eq!(cookie_suffix(answer.state()), Some("AbCd-_12"));
        assert_eq!(answer.issuer(), Some("https://id.example"));
        assert_eq!(answer.into_code().unwrap().expose(), "a+b c");
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
        assert_eq!(code("state=s&error=access_denied"), ProviderCode::AccessDenied);
        assert_eq!(code("state=s&error=%3Cscript%3E"), ProviderCode::Other);
        let answer = parse("state=s&error=x&error_description=a%0Ab").unwrap();
        assert_eq!(answer.description_for_the_log().unwrap(), "a?b");
    }

    #[test]
    fn a_state_that_cannot_be_ours_names_no_cookie() {
        for state in ["short", "a%20bcdefgh", "%3B%3B%3B%3B%3B%3B%3B%3B%3B", "%C3%A4%C3%A4%C3%A4%C3%A4x"] {
            assert_eq!(cookie_suffix(parse(&format!("code=a&state={state}")).unwrap().state()), None, "{state}");
        }
    }

    #[test]
    fn debug_shows_neither_code_nor_state() {
        let shown = format!("{:?}", parse("code=c0de-canary&state=state-canary").unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in ".{0,200}") {
            if let Ok(answer) = parse(&query) {
                let _ = (cookie_suffix(answer.state()), answer.description_for_the_log());
            }
        }
    }
}
