//! Scopes: filtering, and the settings they request.

use crate::registry::Registry;

/// `urn:zitadel:iam:org:project:role:{key}`
const ROLE: &str = "urn:zitadel:iam:org:project:role:";
/// `urn:zitadel:iam:org:projects:roles`
const PROJECTS_ROLES: &str = "urn:zitadel:iam:org:projects:roles";
const PROJECT: &str = "urn:zitadel:iam:org:project:id:";
const ORGANIZATION: &str = "urn:zitadel:iam:org:id:";
const DOMAIN: &str = "urn:zitadel:iam:org:domain:primary:";
const IDENTITY_PROVIDER: &str = "urn:zitadel:iam:org:idp:id:";
const ROLE_ORGANIZATION: &str = "urn:zitadel:iam:org:roles:id:";
/// Metadata of the user.
pub(crate) const METADATA: &str = "urn:zitadel:iam:user:metadata";
/// The organization of the user.
pub(crate) const RESOURCE_OWNER: &str = "urn:zitadel:iam:user:resourceowner";

/// The granted scopes of an authorization request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    /// Parses the `scope` parameter. Unknown scopes are ignored. If the project asserts roles and no role was
    /// requested, all its roles are added.
    pub(crate) fn from_request(requested: &str, registry: &Registry, project_id: &str) -> Self {
        let mut scopes = Self::filtered(requested, registry, project_id);
        let project = registry.project(project_id).filter(|project| project.role_assertion);
        if let Some(project) = project
            && !scopes.requests_role()
        {
            scopes.0.extend(project.roles.iter().map(|role| format!("{ROLE}{role}")));
        }
        scopes
    }

    /// Parses the `scope` parameter; unknown scopes are ignored.
    pub(crate) fn filtered(requested: &str, registry: &Registry, project_id: &str) -> Self {
        let project = registry.project(project_id);
        let has_role = |key: &str| project.is_some_and(|project| project.roles.iter().any(|role| role == key));
        let mut scopes = Self(Vec::new());
        for scope in requested.split_whitespace() {
            let is_allowed = scope.strip_prefix(ROLE).map_or_else(|| is_known(scope), has_role);
            if is_allowed && !scopes.contains(scope) {
                scopes.0.push(scope.to_owned());
            }
        }
        scopes
    }

    /// The scopes of a service account that asks for a token. Every role can be requested, and scopes for an organization
    /// that is not its own are ignored.
    pub(crate) fn for_service_account(requested: &str, registry: &Registry, organization_id: &str) -> Self {
        let domain = registry.organization(organization_id).map_or("", |organization| &organization.primary_domain);
        let mut scopes = Self(Vec::new());
        for scope in requested.split_whitespace() {
            let is_own = match (scope.strip_prefix(ORGANIZATION), scope.strip_prefix(DOMAIN)) {
                (Some(id), _) => id == organization_id,
                (_, Some(name)) => name == domain,
                (None, None) => true,
            };
            if is_own && (scope.starts_with(ROLE) || is_known(scope)) && !scopes.contains(scope) {
                scopes.0.push(scope.to_owned());
            }
        }
        scopes
    }

    /// The scopes of a personal access token that an application of this project introspects.
    pub(crate) fn for_personal_access_token(registry: &Registry, project_id: Option<&str>) -> Self {
        let mut scopes = Self(["openid", "profile", METADATA, RESOURCE_OWNER].map(str::to_owned).to_vec());
        let roles = project_id.and_then(|id| registry.project(id)).map_or(&[][..], |project| &project.roles);
        scopes.0.extend(roles.iter().map(|role| format!("{ROLE}{role}")));
        scopes
    }

    pub(crate) fn contains(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// Whether all scopes of a refresh request were granted.
    pub(crate) fn contains_all(&self, requested: &str) -> bool {
        requested.split_whitespace().all(|scope| self.contains(scope))
    }

    /// Whether at least one role was requested by key.
    pub(crate) fn requests_role(&self) -> bool {
        self.suffixes(ROLE).next().is_some()
    }

    /// Whether roles of other projects were requested, by key or all of them.
    pub(crate) fn requests_project_roles(&self) -> bool {
        self.requests_role() || self.contains(PROJECTS_ROLES)
    }

    /// Projects to add to the audience (`…:project:id:{id}:aud`).
    pub(crate) fn audience_projects(&self) -> impl Iterator<Item = &str> {
        self.suffixes(PROJECT).filter_map(|rest| rest.strip_suffix(":aud"))
    }

    /// Id of the organization that login is restricted to.
    pub(crate) fn organization_id(&self) -> Option<&str> {
        self.suffixes(ORGANIZATION).next()
    }

    /// Primary domain of the organization that login is restricted to.
    pub(crate) fn organization_domain(&self) -> Option<&str> {
        self.suffixes(DOMAIN).next()
    }

    /// Ids of the granting organizations that role claims are restricted to; none means no restriction.
    pub(crate) fn role_organization_ids(&self) -> impl Iterator<Item = &str> {
        self.suffixes(ROLE_ORGANIZATION)
    }

    /// The scopes separated by spaces, as in introspection responses.
    pub(crate) fn to_scope_string(&self) -> String {
        self.0.join(" ")
    }

    fn suffixes<'a>(&'a self, prefix: &'static str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter_map(move |scope| scope.strip_prefix(prefix))
    }
}

/// Whether ZITADEL knows a scope that names no role.
fn is_known(scope: &str) -> bool {
    const PREFIXES: [&str; 5] = [PROJECT, ORGANIZATION, DOMAIN, IDENTITY_PROVIDER, ROLE_ORGANIZATION];
    matches!(scope, "openid" | "profile" | "email" | "phone" | "address" | "offline_access")
        || matches!(scope, METADATA | RESOURCE_OWNER | PROJECTS_ROLES)
        || PREFIXES.iter().any(|prefix| scope.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::fixtures;

    #[test]
    fn unknown_scopes_and_unknown_roles_are_ignored() {
        let requested = "openid custom urn:zitadel:iam:org:project:role:admin urn:zitadel:iam:org:project:role:pilot";
        let scopes = Scopes::from_request(requested, &fixtures::registry(), fixtures::DEMO);
        assert_eq!(scopes.to_scope_string(), "openid urn:zitadel:iam:org:project:role:admin");
    }

    #[test]
    fn project_role_assertion_adds_all_roles_if_none_was_requested() {
        let scopes = Scopes::from_request("openid", &fixtures::registry(), fixtures::DEMO);
        assert!(["admin", "user", "editor"].iter().all(|role| scopes.contains(&format!("{ROLE}{role}"))));
        let mut registry = fixtures::registry();
        registry.projects[0].role_assertion = false;
        assert_eq!(Scopes::from_request("openid", &registry, fixtures::DEMO).to_scope_string(), "openid");
    }

    #[test]
    fn audience_projects_are_parsed_from_the_scope() {
        let scopes = Scopes::from_request("urn:zitadel:iam:org:project:id:42:aud", &Registry::default(), "");
        assert_eq!(scopes.audience_projects().collect::<Vec<_>>(), ["42"]);
    }
}
