//! Methods that add and change users.

use super::Emulator;
use crate::registry::{Person, UserGrant, UserMut};

/// Users. Methods that change a user panic if no user matches, so that a typo fails the test.
impl Emulator {
    /// Adds a user and returns the id.
    #[expect(clippy::must_use_candidate, reason = "most callers do not need the id")]
    pub fn add_person(&self, person: Person) -> String {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix_time();
        state.registry.add_person(person, &mut state.ids, now)
    }

    /// The user with this user name, login name, email address or id.
    #[must_use]
    pub fn person(&self, name: &str) -> Option<Person> {
        self.provider.state().registry.find_person(name).cloned()
    }

    /// Changes a user. Issued tokens keep their claims; userinfo returns the new values.
    ///
    /// # Panics
    ///
    /// If no user matches.
    #[expect(clippy::panic, reason = "test helper; the message contains the name that did not match")]
    pub fn update_person(&self, name: &str, change: impl FnOnce(&mut Person)) {
        let mut state = self.provider.state();
        match state.registry.find_person_mut(name) {
            Some(person) => change(person),
            None => panic!("no user matches `{name}`"),
        }
    }

    /// Replaces the roles of a user or a service account in the default application's project. Its own organization is the
    /// granting organization.
    ///
    /// # Panics
    ///
    /// If no user matches.
    pub fn set_roles(&self, name: &str, roles: &[&str]) {
        let project_id = self.client().snapshot().project_id;
        self.update_user(name, |user| {
            user.grants.retain(|grant| grant.project_id != project_id);
            if !roles.is_empty() {
                user.grants.push(UserGrant {
                    project_id,
                    organization_id: user.organization_id.to_owned(),
                    roles: roles.iter().map(|&role| role.to_owned()).collect(),
                });
            }
        });
    }

    /// Deactivates a user or a service account: login, refresh and new tokens are rejected, and all issued tokens are
    /// revoked.
    ///
    /// # Panics
    ///
    /// If no user matches.
    pub fn deactivate(&self, name: &str) {
        let id = self.update_user(name, |user| *user.deactivated = true);
        self.provider.state().grants.deactivate(&id);
    }

    /// Reactivates a user or a service account. Tokens from before the deactivation stay revoked.
    ///
    /// # Panics
    ///
    /// If no user matches.
    pub fn reactivate(&self, name: &str) {
        self.update_user(name, |user| *user.deactivated = false);
    }

    /// Changes a person or a service account, and returns the id.
    #[expect(clippy::panic, reason = "test helper; the message contains the name that did not match")]
    fn update_user(&self, name: &str, change: impl FnOnce(&mut UserMut<'_>)) -> String {
        let mut state = self.provider.state();
        let Some(mut user) = state.registry.find_user_mut(name) else { panic!("no user matches `{name}`") };
        change(&mut user);
        user.id.to_owned()
    }
}
