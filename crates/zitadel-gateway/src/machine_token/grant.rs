//! Which scopes a caller's token has.
//!
//! # Rules
//!
//! 1. An audience is a project's id. At ZITADEL it is the scope `urn:zitadel:iam:org:project:id:ID:aud`, and is accepted as that, too.
//! 2. Without `audience` a token has all audiences of the caller, without `scope` all its scopes. `openid` is always among them, because
//!    ZITADEL asks for it.
//! 3. An audience that the caller may not have is `invalid_target` (RFC 8707 §2), a scope `invalid_scope` (RFC 6749 §5.2): nothing is
//!    left out silently.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use crate::error::ApiError;

const PREFIX: &str = "urn:zitadel:iam:org:project:id:";
const SUFFIX: &str = ":aud";
const OPENID: &str = "openid";

/// What a caller may have at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    audiences: BTreeSet<String>,
    scopes: BTreeSet<String>,
}

impl Limits {
    /// # Errors
    ///
    /// What is no audience or no scope.
    pub(super) fn new(audiences: Vec<String>, scopes: Vec<String>) -> Result<Self, String> {
        if !audiences
            .iter()
            .all(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        {
            return Err("`audiences` must be ids of projects".to_owned());
        }
        if !scopes.iter().all(|scope| is_scope(scope)) {
            return Err("`scopes` must be scopes without white space".to_owned());
        }
        if scopes.iter().any(|scope| audience(scope).is_some()) {
            return Err("`scopes` has the scope of an audience; write its project's id into `audiences`".to_owned());
        }
        Ok(Self { audiences: audiences.into_iter().collect(), scopes: scopes.into_iter().collect() })
    }

    /// Those of the service account's own scopes.
    pub(super) fn of_scopes(scopes: Vec<String>) -> Self {
        let mut limits = Self::default();
        for scope in scopes {
            match audience(&scope) {
                Some(id) => drop(limits.audiences.insert(id.to_owned())),
                None => drop(limits.scopes.insert(scope)),
            }
        }
        limits
    }
}

/// What a caller asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct GrantRequest {
    audiences: Option<BTreeSet<String>>,
    scopes: Option<BTreeSet<String>>,
}

impl GrantRequest {
    /// From `audience`, which may repeat, and `scope`, words with spaces between them. Parameters of a form win.
    ///
    /// # Errors
    ///
    /// `scope` more than once, or in query and form.
    pub(super) fn parse(query: &str, form: &[u8]) -> Result<Self, ApiError> {
        let mut request = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(form)) {
            match &*name {
                "audience" => {
                    let ids = value.split_whitespace().map(str::to_owned);
                    request.audiences.get_or_insert_default().extend(ids);
                }
                "scope" if request.scopes.is_some() => {
                    let text = "`scope` must not repeat.";
                    return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_request", text));
                }
                "scope" => request.scopes = Some(value.split_whitespace().map(str::to_owned).collect()),
                _ => {}
            }
        }
        // Rule 1.
        if let Some(scopes) = request.scopes.take() {
            let (audiences, scopes): (BTreeSet<_>, BTreeSet<_>) =
                scopes.into_iter().partition(|scope| audience(scope).is_some());
            if !audiences.is_empty() {
                let ids = audiences.iter().filter_map(|scope| audience(scope)).map(str::to_owned);
                request.audiences.get_or_insert_default().extend(ids);
            }
            request.scopes = Some(scopes);
        }
        Ok(request)
    }

    /// The scopes to request for a caller with these limits.
    ///
    /// # Errors
    ///
    /// Rule 3.
    pub(super) fn scopes(self, limits: &Limits) -> Result<Vec<String>, ApiError> {
        let audiences = self.audiences.unwrap_or_else(|| limits.audiences.clone());
        let scopes = self.scopes.unwrap_or_else(|| limits.scopes.clone());
        if !audiences.is_subset(&limits.audiences) {
            let text = "The caller may not have a token for this audience.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_target", text));
        }
        if !scopes.iter().all(|scope| scope == OPENID || limits.scopes.contains(scope)) {
            let text = "The caller may not have a token with this scope.";
            return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_scope", text));
        }
        let audiences = audiences.into_iter().map(|id| format!("{PREFIX}{id}{SUFFIX}"));
        let all: BTreeSet<_> = [OPENID.to_owned()].into_iter().chain(scopes).chain(audiences).collect();
        Ok(all.into_iter().collect())
    }
}

/// The project's id of the scope of an audience.
fn audience(scope: &str) -> Option<&str> {
    scope.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)
}

/// RFC 6749 §3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits::new(vec!["1".to_owned(), "2".to_owned()], vec!["roles".to_owned(), "email".to_owned()]).unwrap()
    }

    fn scopes(query: &str) -> Result<String, StatusCode> {
        let scopes = GrantRequest::parse(query, b"").and_then(|request| request.scopes(&limits()));
        scopes.map(|scopes| scopes.join(" ")).map_err(|error| error.status())
    }

    const ONE: &str = "urn:zitadel:iam:org:project:id:1:aud";
    const TWO: &str = "urn:zitadel:iam:org:project:id:2:aud";

    #[test]
    fn rule_2_without_parameters_a_token_has_everything_that_the_caller_may_have() {
        assert_eq!(scopes("").unwrap(), format!("email openid roles {ONE} {TWO}"));
    }

    #[test]
    fn rules_1_and_2_a_token_has_what_was_asked_for() {
        assert_eq!(scopes("audience=1&scope=roles").unwrap(), format!("openid roles {ONE}"));
        assert_eq!(scopes("audience=1&audience=2&scope=").unwrap(), format!("openid {ONE} {TWO}"));
        assert_eq!(scopes(&format!("scope=openid+{TWO}")).unwrap(), format!("openid {TWO}"));
        assert_eq!(scopes("audience=").unwrap(), "email openid roles");
        let form = GrantRequest::parse("", b"audience=2&scope=email").unwrap();
        assert_eq!(form.scopes(&limits()).unwrap().join(" "), format!("email openid {TWO}"));
    }

    #[test]
    fn rule_3_what_the_caller_may_not_have_is_refused() {
        for query in [
            "audience=3",
            "audience=1&audience=3",
            "scope=profile",
            "scope=roles+urn:zitadel:iam:org:project:id:3:aud",
            "scope=urn:zitadel:iam:org:project:id:zitadel:aud",
            "scope=roles&scope=email",
        ] {
            assert_eq!(scopes(query), Err(StatusCode::BAD_REQUEST), "{query}");
        }
    }
}
