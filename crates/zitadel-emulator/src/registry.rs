//! Organizations, projects, users and applications of the instance.

mod assertion_key;
mod client;
pub(crate) mod fixtures;
mod person;
mod service_account;
mod user;

pub use assertion_key::AssertionKey;
pub use client::{AccessTokenType, AuthMethod, Client, ClientKind, ClientSecret, GrantType};
pub use person::{AuthFactor, Person, UserGrant};
pub use service_account::{PersonalAccessToken, ServiceAccount};
pub(crate) use user::{User, UserMut};

use crate::entropy::IdGenerator;

/// 9999-12-31, 23:59:59 UTC: when keys and personal access tokens end that do not expire.
pub(crate) const NEVER: u64 = 253_402_300_799;

/// An organization. It owns users, projects and grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// An 18-digit number; generated if empty.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Domain of login names and value in role claims, for example `acme.localhost`.
    pub primary_domain: String,
}

/// A project: a group of applications with common roles and a common audience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// An 18-digit number; generated if empty.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The organization that owns the project.
    pub organization_id: String,
    /// The defined role keys. Role scopes with other keys are ignored.
    pub roles: Vec<String>,
    /// ZITADEL's "assert roles on authentication": role claims are added even if not requested.
    pub role_assertion: bool,
}

/// Configured data, which a restart of the provider keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    pub(crate) organizations: Vec<Organization>,
    pub(crate) projects: Vec<Project>,
    pub(crate) people: Vec<Person>,
    pub(crate) service_accounts: Vec<ServiceAccount>,
    pub(crate) clients: Vec<Client>,
    /// ZITADEL's policy `userLoginMustBeDomain`.
    pub(crate) login_must_be_domain: bool,
}

impl Registry {
    pub(crate) fn organization(&self, id: &str) -> Option<&Organization> {
        self.organizations.iter().find(|organization| organization.id == id)
    }

    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(crate) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.id == id)
    }

    /// Returns an application if it is active.
    pub(crate) fn active_client(&self, id: &str) -> Option<&Client> {
        self.client(id).filter(|client| client.active)
    }

    /// Returns an application if it is active and can get tokens: API applications only introspect them.
    pub(crate) fn active_oidc_client(&self, id: &str) -> Option<&Client> {
        self.active_client(id).filter(|client| client.kind != ClientKind::Api)
    }

    /// Adds an application. Fills in an empty id and an empty project.
    pub(crate) fn add_client(&mut self, mut client: Client, ids: &mut IdGenerator, now: u64) -> String {
        if client.id.is_empty() {
            client.id = ids.next(now);
        }
        if client.app_id.is_empty() {
            client.app_id = ids.next(now);
        }
        if client.project_id.is_empty() {
            client.project_id = self.projects.first().map(|project| project.id.clone()).unwrap_or_default();
        }
        let id = client.id.clone();
        self.clients.push(client);
        id
    }

    /// Adds a user. Fills in an empty id and an empty organization.
    pub(crate) fn add_person(&mut self, mut person: Person, ids: &mut IdGenerator, now: u64) -> String {
        if person.id.is_empty() {
            person.id = ids.next(now);
        }
        if person.organization_id.is_empty() {
            person.organization_id = self.organizations.first().map(|first| first.id.clone()).unwrap_or_default();
        }
        if person.updated_at == 0 {
            person.updated_at = now;
        }
        let id = person.id.clone();
        self.people.push(person);
        id
    }

    /// Adds a service account. Fills in an empty id and an empty organization.
    pub(crate) fn add_service_account(
        &mut self,
        mut account: ServiceAccount,
        ids: &mut IdGenerator,
        now: u64,
    ) -> String {
        if account.id.is_empty() {
            account.id = ids.next(now);
        }
        if account.organization_id.is_empty() {
            account.organization_id = self.organizations.first().map(|first| first.id.clone()).unwrap_or_default();
        }
        if account.updated_at == 0 {
            account.updated_at = now;
        }
        let id = account.id.clone();
        self.service_accounts.push(account);
        id
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Returns the login name: the user name, and the primary domain of the organization if the instance demands it.
    pub(crate) fn login_name<'a>(&self, user: impl Into<User<'a>>) -> String {
        let user = user.into();
        match self.organization(user.organization_id) {
            Some(organization) if self.login_must_be_domain && !user.username.contains('@') => {
                format!("{}@{}", user.username, organization.primary_domain)
            }
            _ => user.username.to_owned(),
        }
    }

    /// Finds a user by user name, login name, email address or id.
    pub(crate) fn find_person(&self, name: &str) -> Option<&Person> {
        let matches = |known: &str| !known.is_empty() && known.eq_ignore_ascii_case(name);
        self.people
            .iter()
            .find(|person| person.id == name || matches(&self.login_name(*person)))
            .or_else(|| self.people.iter().find(|person| matches(&person.username) || matches(&person.email)))
    }

    pub(crate) fn find_person_mut(&mut self, name: &str) -> Option<&mut Person> {
        let id = self.find_person(name)?.id.clone();
        self.people.iter_mut().find(|person| person.id == id)
    }

    /// Returns the `aud` claim for a client: all applications of its project, the project, then the requested projects.
    pub(crate) fn audience<'a>(&'a self, client: &'a Client, requested: impl Iterator<Item = &'a str>) -> Vec<String> {
        let apps = self.clients.iter().filter(|app| app.project_id == client.project_id).map(|app| app.id.as_str());
        let mut audience = Vec::new();
        for id in apps.chain([client.project_id.as_str()]).chain(requested).chain([client.id.as_str()]) {
            if !id.is_empty() && !audience.iter().any(|known| known == id) {
                audience.push(id.to_owned());
            }
        }
        audience
    }
}
