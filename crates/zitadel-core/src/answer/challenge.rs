//! `Challenge`: the `WWW-Authenticate` header (RFC 9110 §11.6.1), made from a code and what a route required.

use std::{
    fmt::{self, Write as _},
    time::Duration,
};

use super::ErrorCode;

/// A `Bearer` challenge (RFC 6750 §3), with the scopes that are required (§3.1) or the step-up parameters of RFC 9470 §3 where they
/// apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    error: Option<&'static str>,
    realm: Option<String>,
    scope: Option<String>,
    max_age: Option<Duration>,
    acr_values: Option<String>,
}

impl Challenge {
    /// The challenge of a code; `None` for a code that authenticating anew would not change.
    pub(crate) const fn for_code(code: ErrorCode) -> Option<Self> {
        let error = match code {
            // RFC 6750 §3.1: no error code for a request without authentication.
            ErrorCode::Unauthenticated | ErrorCode::SessionExpired => None,
            ErrorCode::MalformedToken => Some("invalid_request"),
            ErrorCode::InvalidToken => Some("invalid_token"),
            ErrorCode::Forbidden => Some("insufficient_scope"),
            ErrorCode::InsufficientAuthentication => Some("insufficient_user_authentication"),
            _ => return None,
        };
        Some(Self { error, realm: None, scope: None, max_age: None, acr_values: None })
    }

    /// Names the provider whose access tokens are accepted (`realm`, RFC 9110 §11.5).
    pub(crate) fn with_realm(self, issuer: &str) -> Self {
        Self { realm: Some(issuer.to_owned()), ..self }
    }

    /// Names the scopes that were required (RFC 6750 §3.1), where the code asks for some.
    pub(crate) fn with_scopes(self, scopes: &[&str]) -> Self {
        match self.error {
            Some("insufficient_scope") if !scopes.is_empty() => Self { scope: Some(scopes.join(" ")), ..self },
            _ => self,
        }
    }

    /// Names the authentication that was required (RFC 9470 §3), where the code asks for one.
    pub(crate) fn with_step_up(self, max_age: Option<Duration>, acr: Option<&str>) -> Self {
        match self.error {
            Some("insufficient_user_authentication") => Self { max_age, acr_values: acr.map(str::to_owned), ..self },
            _ => self,
        }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer")?;
        let mut separator = " ";
        let mut parameter = |name: &str, value: &str| -> fmt::Result {
            write!(f, "{separator}{name}=\"")?;
            separator = ", ";
            // A quoted string (RFC 9110 §5.6.4); what a header cannot hold is left out.
            for character in value.chars().filter(|character| matches!(character, ' '..='~')) {
                if matches!(character, '"' | '\\') {
                    f.write_str("\\")?;
                }
                f.write_char(character)?;
            }
            f.write_str("\"")
        };
        if let Some(realm) = &self.realm {
            parameter("realm", realm)?;
        }
        if let Some(error) = self.error {
            parameter("error", error)?;
        }
        if let Some(scope) = &self.scope {
            parameter("scope", scope)?;
        }
        if let Some(max_age) = self.max_age {
            parameter("max_age", &max_age.as_secs().to_string())?;
        }
        if let Some(acr_values) = &self.acr_values {
            parameter("acr_values", acr_values)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(code: ErrorCode) -> Option<String> {
        Challenge::for_code(code).map(|challenge| challenge.to_string())
    }

    #[test]
    fn a_challenge_names_an_error_only_if_a_credential_was_presented() {
        assert_eq!(header(ErrorCode::Unauthenticated).unwrap(), "Bearer");
        assert_eq!(header(ErrorCode::SessionExpired).unwrap(), "Bearer");
        assert_eq!(header(ErrorCode::Forbidden).unwrap(), r#"Bearer error="insufficient_scope""#);
        assert_eq!(header(ErrorCode::CrossSite), None);
        assert_eq!(header(ErrorCode::ProviderUnavailable), None);
    }

    #[test]
    fn a_step_up_names_what_was_required() {
        let step_up = |code| {
            let challenge = Challenge::for_code(code).unwrap();
            challenge.with_step_up(Some(Duration::from_secs(60)), Some("urn:mfa")).to_string()
        };
        assert_eq!(
            step_up(ErrorCode::InsufficientAuthentication),
            r#"Bearer error="insufficient_user_authentication", max_age="60", acr_values="urn:mfa""#
        );
        assert_eq!(step_up(ErrorCode::Forbidden), r#"Bearer error="insufficient_scope""#);
    }

    #[test]
    fn a_lack_of_scopes_names_those_that_were_required() {
        let scopes = |code, scopes: &[&str]| Challenge::for_code(code).unwrap().with_scopes(scopes).to_string();
        assert_eq!(
            scopes(ErrorCode::Forbidden, &["read", "write"]),
            r#"Bearer error="insufficient_scope", scope="read write""#
        );
        assert_eq!(scopes(ErrorCode::Forbidden, &[]), r#"Bearer error="insufficient_scope""#);
        assert_eq!(scopes(ErrorCode::Unauthenticated, &["read"]), "Bearer");
    }

    #[test]
    fn no_text_leaves_its_quotes() {
        let challenge = Challenge::for_code(ErrorCode::InsufficientAuthentication).unwrap();
        assert_eq!(
            challenge.with_step_up(None, Some("a\"b\\c\r\nd\u{e4}")).to_string(),
            r#"Bearer error="insufficient_user_authentication", acr_values="a\"b\\cd""#
        );
    }
}
