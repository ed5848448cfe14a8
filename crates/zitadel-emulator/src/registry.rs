//! Who and what the instance knows: organisations, projects, people and applications.

pub(crate) mod cast;
mod client;
mod person;

pub use client::{AccessTokenType, AuthMethod, Client, ClientKind, ClientSecret, GrantType};
pub use person::{Person, UserGrant};

use crate::entropy::Ids;

/// An organisation: owner of people, projects and grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organisation {
    /// An 18-digit number. Left empty, the emulator chooses one.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// The domain of its login names and the value in role claims, for example `acme.localhost`.
    pub primary_domain: String,
}

/// A project: applications that share roles and an audience.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// An 18-digit number. Left empty, the emulator chooses one.
    pub id: String,
    /// The name people see.
    pub name: String,
    /// The organisation that owns the project.
    pub organisation_id: String,
    /// The role keys that exist. A role scope with another key is dropped silently.
    pub roles: Vec<String>,
    /// ZITADEL's "assert roles on authentication": role claims appear without being asked for.
    pub role_assertion: bool,
}

/// Everything that survives a restart of the provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registry {
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) projects: Vec<Project>,
    pub(crate) people: Vec<Person>,
    pub(crate) clients: Vec<Client>,
}

impl Registry {
    pub(crate) fn organisation(&self, id: &str) -> Option<&Organisation> {
        self.organisations.iter().find(|organisation| organisation.id == id)
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

    /// An application that may take part in a sign-in.
    pub(crate) fn active_client(&self, id: &str) -> Option<&Client> {
        self.client(id).filter(|client| client.active)
    }

    /// Adds an application, with an id and a project if it has none.
    pub(crate) fn add_client(&mut self, mut client: Client, ids: &mut Ids, now: u64) -> String {
        if client.id.is_empty() {
            client.id = ids.next(now);
        }
        if client.project_id.is_empty() {
            client.project_id = self.projects.first().map(|project| project.id.clone()).unwrap_or_default();
        }
        let id = client.id.clone();
        self.clients.push(client);
        id
    }

    /// Adds somebody, with an id and an organisation if they have none.
    pub(crate) fn add_person(&mut self, mut person: Person, ids: &mut Ids, now: u64) -> String {
        if person.id.is_empty() {
            person.id = ids.next(now);
        }
        if person.organisation_id.is_empty() {
            person.organisation_id = self.organisations.first().map(|first| first.id.clone()).unwrap_or_default();
        }
        if person.updated_at == 0 {
            person.updated_at = now;
        }
        let id = person.id.clone();
        self.people.push(person);
        id
    }

    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The name someone signs in with: user name and the primary domain of their organisation.
    pub(crate) fn login_name(&self, person: &Person) -> String {
        match self.organisation(&person.organisation_id) {
            Some(organisation) if !person.username.contains('@') => {
                format!("{}@{}", person.username, organisation.primary_domain)
            }
            _ => person.username.clone(),
        }
    }

    /// Finds someone by what a person would type: user name, login name, e-mail address or id.
    pub(crate) fn find_person(&self, name: &str) -> Option<&Person> {
        let matches = |known: &str| !known.is_empty() && known.eq_ignore_ascii_case(name);
        self.people
            .iter()
            .find(|person| person.id == name || matches(&self.login_name(person)))
            .or_else(|| self.people.iter().find(|person| matches(&person.username) || matches(&person.email)))
    }

    pub(crate) fn find_person_mut(&mut self, name: &str) -> Option<&mut Person> {
        let id = self.find_person(name)?.id.clone();
        self.people.iter_mut().find(|person| person.id == id)
    }

    /// `aud` of every token for this client: all applications of the project, the project, then asked-for projects.
    pub(crate) fn audience<'a>(&'a self, client: &'a Client, asked: impl Iterator<Item = &'a str>) -> Vec<String> {
        let apps = self.clients.iter().filter(|app| app.project_id == client.project_id).map(|app| app.id.as_str());
        let mut audience = Vec::new();
        for id in apps.chain([client.project_id.as_str()]).chain(asked).chain([client.id.as_str()]) {
            if !id.is_empty() && !audience.iter().any(|known| known == id) {
                audience.push(id.to_owned());
            }
        }
        audience
    }
}
