//! Scopes: which ones ZITADEL keeps, and what they ask for.

use crate::registry::Registry;

/// `urn:zitadel:iam:org:project:role:{key}`
const ROLE: &str = "urn:zitadel:iam:org:project:role:";
/// `urn:zitadel:iam:org:projects:roles`
const PROJECTS_ROLES: &str = "urn:zitadel:iam:org:projects:roles";
const PROJECT: &str = "urn:zitadel:iam:org:project:id:";
const ORGANISATION: &str = "urn:zitadel:iam:org:id:";
const DOMAIN: &str = "urn:zitadel:iam:org:domain:primary:";
const IDENTITY_PROVIDER: &str = "urn:zitadel:iam:org:idp:id:";
const ROLES_OF: &str = "urn:zitadel:iam:org:roles:id:";
/// Metadata of the person.
pub(crate) const METADATA: &str = "urn:zitadel:iam:user:metadata";
/// The organisation the person belongs to.
pub(crate) const RESOURCE_OWNER: &str = "urn:zitadel:iam:user:resourceowner";

/// The scopes of a sign-in, as ZITADEL stores them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    /// Drops what is unknown, silently, and adds all roles of a project that asserts them.
    pub(crate) fn granted(asked: &str, registry: &Registry, project_id: &str) -> Self {
        let project = registry.project(project_id);
        let has_role = |key: &str| project.is_some_and(|project| project.roles.iter().any(|role| role == key));
        let mut scopes = Self(Vec::new());
        for scope in asked.split_whitespace() {
            let known = match scope {
                "openid" | "profile" | "email" | "phone" | "address" | "offline_access" => true,
                METADATA | RESOURCE_OWNER | PROJECTS_ROLES => true,
                other => match other.strip_prefix(ROLE) {
                    Some(key) => has_role(key),
                    None => [PROJECT, ORGANISATION, DOMAIN, IDENTITY_PROVIDER, ROLES_OF]
                        .iter()
                        .any(|prefix| other.starts_with(prefix)),
                },
            };
            if known && !scopes.has(scope) {
                scopes.0.push(scope.to_owned());
            }
        }
        if let Some(project) = project.filter(|project| project.role_assertion)
            && !scopes.asks_for_a_role()
        {
            scopes.0.extend(project.roles.iter().map(|role| format!("{ROLE}{role}")));
        }
        scopes
    }

    pub(crate) fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Whether every scope of a refresh request was granted in the first place.
    pub(crate) fn contains_all(&self, asked: &str) -> bool {
        asked.split_whitespace().all(|scope| self.has(scope))
    }

    /// Whether at least one role was asked for by its key.
    pub(crate) fn asks_for_a_role(&self) -> bool {
        self.suffixes(ROLE).next().is_some()
    }

    /// Whether roles of other projects count: asked for by key, or all of them.
    pub(crate) fn asks_for_roles_of_projects(&self) -> bool {
        self.asks_for_a_role() || self.has(PROJECTS_ROLES)
    }

    /// Projects to be added to the audience (`…:project:id:{id}:aud`).
    pub(crate) fn audience_projects(&self) -> impl Iterator<Item = &str> {
        self.suffixes(PROJECT).filter_map(|rest| rest.strip_suffix(":aud"))
    }

    /// The organisation that sign-in is restricted to by id.
    pub(crate) fn organisation(&self) -> Option<&str> {
        self.suffixes(ORGANISATION).next()
    }

    /// The organisation that sign-in is restricted to by primary domain.
    pub(crate) fn organisation_domain(&self) -> Option<&str> {
        self.suffixes(DOMAIN).next()
    }

    /// Organisations whose grants are wanted; none means all.
    pub(crate) fn role_organisations(&self) -> impl Iterator<Item = &str> {
        self.suffixes(ROLES_OF)
    }

    /// Space-joined, as introspection reports them.
    pub(crate) fn joined(&self) -> String {
        self.0.join(" ")
    }

    fn suffixes<'a>(&'a self, prefix: &'static str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |scope| scope.strip_prefix(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::cast;

    #[test]
    fn unknown_scopes_and_unknown_roles_vanish_silently() {
        let asked = "openid custom urn:zitadel:iam:org:project:role:admin urn:zitadel:iam:org:project:role:pilot";
        let scopes = Scopes::granted(asked, &cast::ready(), cast::DEMO);
        assert_eq!(scopes.joined(), "openid urn:zitadel:iam:org:project:role:admin");
    }

    #[test]
    fn a_project_that_asserts_roles_adds_all_of_them_when_none_was_asked_for() {
        let scopes = Scopes::granted("openid", &cast::ready(), cast::DEMO);
        assert!(["admin", "user", "editor"].iter().all(|role| scopes.has(&format!("{ROLE}{role}"))));
        let mut registry = cast::ready();
        registry.projects[0].role_assertion = false;
        assert_eq!(Scopes::granted("openid", &registry, cast::DEMO).joined(), "openid");
    }

    #[test]
    fn audience_projects_are_read_from_their_scope() {
        let scopes = Scopes::granted("urn:zitadel:iam:org:project:id:42:aud", &Registry::default(), "");
        assert_eq!(scopes.audience_projects().collect::<Vec<_>>(), ["42"]);
    }
}
