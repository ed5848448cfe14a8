//! Claims of tokens and userinfo, in ZITADEL's order.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    registry::{Person, Registry, User},
    scope::{self, Scopes},
};

/// A claim set under construction. With at least one extra claim all claims are sorted by name, as in ZITADEL.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    standard: Map<String, Value>,
    extra: BTreeMap<String, Value>,
}

impl Claims {
    /// Sets a standard claim. The order of calls is the order in the token.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.standard.insert(name.to_owned(), value.into());
    }

    /// Like [`Claims::set`], but omits an empty string.
    pub(crate) fn set_non_empty(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.set(name, value);
        }
    }

    /// Like [`Claims::set`], but omits `None`.
    pub(crate) fn set_some(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Adds the claims of an Action. It cannot replace a claim nor set one of ZITADEL's own.
    pub(crate) fn add_custom(&mut self, custom: &Map<String, Value>) {
        for (name, value) in custom.iter().filter(|(name, _)| !name.starts_with("urn:zitadel:iam")) {
            self.extra.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }

    /// Sets `amr`, which is absent if there is no value.
    pub(crate) fn set_amr(&mut self, amr: &[String]) {
        if !amr.is_empty() {
            self.set("amr", amr.to_vec());
        }
    }

    fn add_extra(&mut self, name: String, value: impl Into<Value>) {
        self.extra.insert(name, value.into());
    }

    /// Returns the claims as a JSON object.
    pub(crate) fn into_object(self) -> Map<String, Value> {
        if self.extra.is_empty() {
            return self.standard;
        }
        let mut sorted = self.extra;
        sorted.extend(self.standard);
        sorted.into_iter().collect()
    }
}

/// Adds profile, email and phone claims, each group only if its scope was requested.
pub(crate) fn add_user_claims(claims: &mut Claims, registry: &Registry, user: User<'_>, scopes: &Scopes, issuer: &str) {
    let Some(person) = user.person else {
        if scopes.contains("profile") {
            claims.set_non_empty("name", user.name);
            claims.set("updated_at", user.updated_at);
            claims.set("preferred_username", registry.login_name(user));
        }
        return;
    };
    if scopes.contains("profile") {
        claims.set_non_empty("name", user.name);
        claims.set_non_empty("given_name", &person.given_name);
        claims.set_non_empty("family_name", &person.family_name);
        claims.set_non_empty("nickname", &person.nickname);
        claims.set_non_empty("picture", &picture(person, issuer));
        claims.set_non_empty("gender", &person.gender);
        // ZITADEL reports an undefined locale as `null`; every other empty claim is omitted.
        claims.set("locale", if person.locale.is_empty() { Value::Null } else { person.locale.as_str().into() });
        claims.set("updated_at", person.updated_at);
        claims.set("preferred_username", registry.login_name(user));
    }
    if scopes.contains("email") && !person.email.is_empty() {
        claims.set("email", person.email.as_str());
        if person.email_verified {
            claims.set("email_verified", true);
        }
    }
    if scopes.contains("phone") && !person.phone.is_empty() {
        claims.set("phone_number", person.phone.as_str());
        if person.phone_verified {
            claims.set("phone_number_verified", true);
        }
    }
}

fn picture(person: &Person, issuer: &str) -> String {
    if person.picture.starts_with('/') { format!("{issuer}{}", person.picture) } else { person.picture.clone() }
}

/// Adds metadata, resource owner and organization claims, each only if its scope was requested.
pub(crate) fn add_organization_claims(claims: &mut Claims, registry: &Registry, user: User<'_>, scopes: &Scopes) {
    if scopes.contains(scope::METADATA) && !user.metadata.is_empty() {
        let metadata: BTreeMap<_, _> = user
            .metadata
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(BASE64_URL_SAFE_NO_PAD.encode(value))))
            .collect();
        claims.add_extra(scope::METADATA.to_owned(), metadata.into_iter().collect::<Map<_, _>>());
    }
    if (scopes.contains(scope::RESOURCE_OWNER) || scopes.organization_id().is_some())
        && let Some(organization) = registry.organization(user.organization_id)
    {
        claims.add_extra(format!("{}:id", scope::RESOURCE_OWNER), organization.id.as_str());
        claims.add_extra(format!("{}:name", scope::RESOURCE_OWNER), organization.name.as_str());
        claims.add_extra(format!("{}:primary_domain", scope::RESOURCE_OWNER), organization.primary_domain.as_str());
    }
    // These two claims echo the requested scope and are not statements about the user. Clients must compare them with
    // the resource owner.
    if let Some(id) = scopes.organization_id() {
        claims.add_extra("urn:zitadel:iam:org:id".to_owned(), id);
    }
    if let Some(domain) = scopes.organization_domain() {
        claims.add_extra("urn:zitadel:iam:org:domain:primary".to_owned(), domain);
    }
}

/// Selects the projects whose roles are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleSelection {
    /// Projects selected by the scopes and the project settings; used for tokens and userinfo.
    Requested,
    /// The project of the introspecting application, regardless of the scopes; used for introspection.
    OwnProject,
}

/// Adds role claims: role key, granting organization, primary domain of that organization. A request for one role
/// returns all roles of the project. A service account that is its own client has no own project: an empty id.
pub(crate) fn add_role_claims(
    claims: &mut Claims,
    registry: &Registry,
    user: User<'_>,
    own_project: &str,
    scopes: &Scopes,
    selection: RoleSelection,
) {
    type Roles = BTreeMap<String, BTreeMap<String, String>>;
    let mut projects: Vec<&str> = Vec::new();
    if selection == RoleSelection::Requested && scopes.requests_project_roles() {
        projects.extend(scopes.audience_projects());
    }
    let project_asserts = registry.project(own_project).is_some_and(|project| project.role_assertion);
    let include_own =
        project_asserts || selection == RoleSelection::OwnProject || !projects.is_empty() || scopes.requests_role();
    if include_own && !projects.contains(&own_project) {
        projects.push(own_project);
    }

    let organization_filter: Vec<&str> = scopes.role_organization_ids().collect();
    let mut by_project: BTreeMap<&str, Roles> = BTreeMap::new();
    for grant in user.grants {
        let listed = projects.contains(&grant.project_id.as_str());
        let filtered =
            !organization_filter.is_empty() && !organization_filter.contains(&grant.organization_id.as_str());
        let Some(organization) = registry.organization(&grant.organization_id).filter(|_| listed && !filtered) else {
            continue;
        };
        for role in &grant.roles {
            by_project
                .entry(&grant.project_id)
                .or_default()
                .entry(role.clone())
                .or_default()
                .insert(organization.id.clone(), organization.primary_domain.clone());
        }
    }
    if by_project.is_empty() {
        return;
    }

    let object = |roles: &Roles| -> Value {
        let organizations = |held: &BTreeMap<String, String>| -> Value {
            held.iter().map(|(id, domain)| (id.clone(), Value::from(domain.as_str()))).collect::<Map<_, _>>().into()
        };
        roles.iter().map(|(role, held)| (role.clone(), organizations(held))).collect::<Map<_, _>>().into()
    };
    let mut union = Roles::new();
    for (project, roles) in &by_project {
        claims.add_extra(format!("urn:zitadel:iam:org:project:{project}:roles"), object(roles));
        // For a role with the same key in several projects, the last organizations replace the earlier ones; they are
        // not merged.
        union.extend(roles.clone());
    }
    if let Some(roles) = by_project.get(own_project) {
        claims.add_extra("urn:zitadel:iam:org:project:roles".to_owned(), object(roles));
    }
    claims.add_extra("urn:zitadel:iam:org:projects:roles".to_owned(), object(&union));
}
