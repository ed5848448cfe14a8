//! Adding and changing people.

use super::Emulator;
use crate::registry::{Person, UserGrant};

/// People. Naming somebody who does not exist panics: a test that misspells a name should end there.
impl Emulator {
    /// Adds somebody and returns their id.
    #[expect(clippy::must_use_candidate, reason = "people are added for their own sake; the id is by the way")]
    pub fn add_person(&self, person: Person) -> String {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix();
        state.registry.add_person(person, &mut state.ids, now)
    }

    /// Somebody, by user name, login name, e-mail address or id.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<Person> {
        self.provider.state().registry.find_person(name).cloned()
    }

    /// Changes somebody. Tokens already issued keep what they say; userinfo tells the new story.
    ///
    /// # Panics
    ///
    /// If there is no such person.
    #[expect(clippy::panic, reason = "a helper for tests; the message names what was misspelt")]
    pub fn update_person(&self, name: &str, change: impl FnOnce(&mut Person)) {
        let mut state = self.provider.state();
        match state.registry.find_person_mut(name) {
            Some(person) => change(person),
            None => panic!("there is no person called `{name}`"),
        }
    }

    /// Replaces somebody's roles in the default application's project, granted by their own organisation.
    ///
    /// # Panics
    ///
    /// If there is no such person.
    pub fn set_roles(&self, name: &str, roles: &[&str]) {
        let project_id = self.client().snapshot().project_id;
        self.update_person(name, |person| {
            person.grants.retain(|grant| grant.project_id != project_id);
            if !roles.is_empty() {
                person.grants.push(UserGrant {
                    project_id,
                    organisation_id: person.organisation_id.clone(),
                    roles: roles.iter().map(|&role| role.to_owned()).collect(),
                });
            }
        });
    }

    /// Locks somebody out: no sign-in, no refresh, and all tokens issued so far are dead.
    ///
    /// # Panics
    ///
    /// If there is no such person.
    pub fn deactivate(&self, name: &str) {
        let mut id = String::new();
        self.update_person(name, |person| {
            person.deactivated = true;
            id.clone_from(&person.id);
        });
        self.provider.state().grants.deactivate(&id);
    }

    /// Lets somebody in again. Tokens from before stay dead.
    ///
    /// # Panics
    ///
    /// If there is no such person.
    pub fn reactivate(&self, name: &str) {
        self.update_person(name, |person| person.deactivated = false);
    }
}
