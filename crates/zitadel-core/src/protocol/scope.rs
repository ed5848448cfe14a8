//! Scopes, spelled once: OpenID Connect's (OIDC Core §5.4) and ZITADEL's reserved ones.

/// Requests an ID token; always sent, because login needs one.
#[cfg(feature = "login")]
pub(crate) const OPENID: &str = "openid";

/// Precedes an organization's id: only its members may log in.
#[cfg(feature = "login")]
const ORGANIZATION_PREFIX: &str = "urn:zitadel:iam:org:id:";

/// Stand around the id of a project.
const PROJECT_PREFIX: &str = "urn:zitadel:iam:org:project:id:";
const PROJECT_SUFFIX: &str = ":aud";

/// The default of `ZITADEL_SCOPES`.
///
/// - `openid`: an ID token; `profile`, `email`: name, picture, address.
/// - `offline_access`: a refresh token, if the application has the refresh grant.
/// - `urn:zitadel:iam:user:metadata`: what was set on the user; `urn:zitadel:iam:user:resourceowner`: the
///   organization the user belongs to.
/// - `urn:zitadel:iam:org:projects:roles`: the roles of this application's project, and of every project whose
///   audience is requested.
pub(crate) const DEFAULT_SCOPES: &str = "openid profile email offline_access urn:zitadel:iam:user:metadata \
     urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:projects:roles";

/// The scope that lets only members of this organization log in; the users of others see ZITADEL's own error.
#[cfg(feature = "login")]
pub(crate) fn organization_scope(id: &str) -> String {
    format!("{ORGANIZATION_PREFIX}{id}")
}

/// The scope that makes a token one for the API of this project: it adds the project to `aud`.
pub(crate) fn project_scope(id: &str) -> String {
    format!("{PROJECT_PREFIX}{id}{PROJECT_SUFFIX}")
}

/// Whether a scope is one of these.
pub(crate) fn is_project_scope(scope: &str) -> bool {
    scope.starts_with(PROJECT_PREFIX) && scope.ends_with(PROJECT_SUFFIX)
}

/// Whether a text can be one scope (`scope-token`, RFC 6749 §3.3): no space, quote or backslash, ASCII.
pub(crate) fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_a_list_of_scopes_that_begins_with_openid() {
        let default: Vec<_> = DEFAULT_SCOPES.split(' ').collect();
        assert_eq!(default.len(), 7);
        assert_eq!(default[0], OPENID);
        assert!(default.iter().all(|scope| is_scope_token(scope)));
    }

    #[test]
    fn a_text_with_a_space_is_not_one_scope() {
        assert_eq!(organization_scope("1700"), "urn:zitadel:iam:org:id:1700");
        assert_eq!(project_scope("1700"), "urn:zitadel:iam:org:project:id:1700:aud");
        assert!(is_project_scope(&project_scope("zitadel")) && !is_project_scope(&organization_scope("1700")));
        for text in ["", "a b", "a\"b", "a\\b", "a\n", "ä"] {
            assert!(!is_scope_token(text), "{text}");
        }
    }
}
