//! What tokens and userinfo say about a person, in ZITADEL's order.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    registry::{Client, Person, Registry},
    scope::{self, Scopes},
};

/// Claims in the making. As soon as there is one extra claim the whole object is sorted, as ZITADEL does it.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    registered: Map<String, Value>,
    extra: BTreeMap<String, Value>,
}

impl Claims {
    /// A claim of the specification; the order of calls is the order in the token.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.registered.insert(name.to_owned(), value.into());
    }

    /// Like [`Claims::set`], but an empty string is left out.
    pub(crate) fn set_unless_empty(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.set(name, value);
        }
    }

    fn add(&mut self, name: String, value: impl Into<Value>) {
        self.extra.insert(name, value.into());
    }

    /// The finished object.
    pub(crate) fn into_object(self) -> Map<String, Value> {
        if self.extra.is_empty() {
            return self.registered;
        }
        let mut sorted = self.extra;
        sorted.extend(self.registered);
        sorted.into_iter().collect()
    }
}

/// Profile, e-mail and phone claims, each group only if its scope was asked for.
pub(crate) fn about_person(claims: &mut Claims, registry: &Registry, person: &Person, scopes: &Scopes, issuer: &str) {
    if scopes.has("profile") {
        claims.set_unless_empty("name", &person.display_name);
        claims.set_unless_empty("given_name", &person.given_name);
        claims.set_unless_empty("family_name", &person.family_name);
        claims.set_unless_empty("nickname", &person.nickname);
        claims.set_unless_empty("picture", &picture(person, issuer));
        claims.set_unless_empty("gender", &person.gender);
        // An undefined language is the one value that is reported as `null` instead of being left out.
        claims.set("locale", if person.locale.is_empty() { Value::Null } else { person.locale.as_str().into() });
        claims.set("updated_at", person.updated_at);
        claims.set("preferred_username", registry.login_name(person));
    }
    if scopes.has("email") && !person.email.is_empty() {
        claims.set("email", person.email.as_str());
        if person.email_verified {
            claims.set("email_verified", true);
        }
    }
    if scopes.has("phone") && !person.phone.is_empty() {
        claims.set("phone_number", person.phone.as_str());
        if person.phone_verified {
            claims.set("phone_number_verified", true);
        }
    }
}

fn picture(person: &Person, issuer: &str) -> String {
    if person.picture.starts_with('/') { format!("{issuer}{}", person.picture) } else { person.picture.clone() }
}

/// Metadata, resource owner and organisation claims: they appear wherever their scope was asked for.
pub(crate) fn about_organisation(claims: &mut Claims, registry: &Registry, person: &Person, scopes: &Scopes) {
    if scopes.has(scope::METADATA) && !person.metadata.is_empty() {
        let metadata: BTreeMap<_, _> = person
            .metadata
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(BASE64_URL_SAFE_NO_PAD.encode(value))))
            .collect();
        claims.add(scope::METADATA.to_owned(), metadata.into_iter().collect::<Map<_, _>>());
    }
    if (scopes.has(scope::RESOURCE_OWNER) || scopes.organisation().is_some())
        && let Some(organisation) = registry.organisation(&person.organisation_id)
    {
        claims.add(format!("{}:id", scope::RESOURCE_OWNER), organisation.id.as_str());
        claims.add(format!("{}:name", scope::RESOURCE_OWNER), organisation.name.as_str());
        claims.add(format!("{}:primary_domain", scope::RESOURCE_OWNER), organisation.primary_domain.as_str());
    }
    // Both are echoes of the scope, not statements about the person: clients must compare them with the owner.
    if let Some(id) = scopes.organisation() {
        claims.add("urn:zitadel:iam:org:id".to_owned(), id);
    }
    if let Some(domain) = scopes.organisation_domain() {
        claims.add("urn:zitadel:iam:org:domain:primary".to_owned(), domain);
    }
}

/// Whose roles are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleAudience {
    /// What the scopes and the project's settings ask for: tokens and userinfo.
    Asked,
    /// The caller's own project, whatever was asked for: introspection.
    OwnProject,
}

/// Role claims: role key, then granting organisation, then its primary domain. Asking for one role brings all.
pub(crate) fn roles(
    claims: &mut Claims,
    registry: &Registry,
    person: &Person,
    client: &Client,
    scopes: &Scopes,
    audience: RoleAudience,
) {
    type Roles = BTreeMap<String, BTreeMap<String, String>>;
    let own = client.project_id.as_str();
    let mut projects: Vec<&str> = Vec::new();
    if audience == RoleAudience::Asked && scopes.asks_for_roles_of_projects() {
        projects.extend(scopes.audience_projects());
    }
    let asserted = registry.project(own).is_some_and(|project| project.role_assertion);
    let wanted = asserted || audience == RoleAudience::OwnProject || !projects.is_empty() || scopes.asks_for_a_role();
    if wanted && !projects.contains(&own) {
        projects.push(own);
    }

    let only: Vec<&str> = scopes.role_organisations().collect();
    let mut by_project: BTreeMap<&str, Roles> = BTreeMap::new();
    for grant in &person.grants {
        let listed = projects.contains(&grant.project_id.as_str());
        let filtered = !only.is_empty() && !only.contains(&grant.organisation_id.as_str());
        let Some(organisation) = registry.organisation(&grant.organisation_id).filter(|_| listed && !filtered) else {
            continue;
        };
        for role in &grant.roles {
            by_project
                .entry(&grant.project_id)
                .or_default()
                .entry(role.clone())
                .or_default()
                .insert(organisation.id.clone(), organisation.primary_domain.clone());
        }
    }
    if by_project.is_empty() {
        return;
    }

    let object = |roles: &Roles| -> Value {
        let organisations = |held: &BTreeMap<String, String>| -> Value {
            held.iter().map(|(id, domain)| (id.clone(), Value::from(domain.as_str()))).collect::<Map<_, _>>().into()
        };
        roles.iter().map(|(role, held)| (role.clone(), organisations(held))).collect::<Map<_, _>>().into()
    };
    let mut union = Roles::new();
    for (project, roles) in &by_project {
        claims.add(format!("urn:zitadel:iam:org:project:{project}:roles"), object(roles));
        // On a role of the same name the organisations are overwritten, not merged.
        union.extend(roles.clone());
    }
    if let Some(roles) = by_project.get(own) {
        claims.add("urn:zitadel:iam:org:project:roles".to_owned(), object(roles));
    }
    claims.add("urn:zitadel:iam:org:projects:roles".to_owned(), object(&union));
}
