//! Moving the clock, turning keys, scripting faults, changing people and applications.

use std::time::{Duration, SystemTime};

use super::Emulator;
use crate::{
    clock::Clock,
    fault::{EndpointName, Fault},
    grant::{Grants, Lifetimes},
    journal::LoggedRequest,
    key_ring::KeyRing,
    registry::{AccessTokenType, AuthMethod, Client, Person, UserGrant},
    signing::{SigningAlgorithm, SigningKey},
};

/// The clock.
impl Emulator {
    /// What time it is here. Starts at the real time and ticks, until [`Emulator::set_time`] stops it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.provider.state().clock.now()
    }

    /// [`Emulator::now`] in seconds since 1970, the unit of token claims.
    #[must_use]
    pub fn unix_now(&self) -> u64 {
        self.provider.state().clock.unix()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.provider.state().clock.advance(by);
    }

    /// Sets the clock and stops it; only [`Emulator::advance`] moves it from then on.
    pub fn set_time(&self, time: SystemTime) {
        self.provider.state().clock = Clock::stopped_at(time);
    }
}

/// Keys and restarts.
impl Emulator {
    /// Signs with a new key from now on. The old key stays in the key set until it is deleted, the spare stays spare.
    pub fn rotate_keys(&self, algorithm: SigningAlgorithm) {
        let mut state = self.provider.state();
        let now = state.clock.unix();
        let id = state.ids.next(now);
        state.keys.rotate(SigningKey::new(id, algorithm));
    }

    /// Deletes the keys that no longer sign. Tokens signed with them cannot be verified any more.
    pub fn delete_old_keys(&self) {
        self.provider.state().keys.delete_old();
    }

    /// As if the process had been restarted: new keys, no sessions, no tokens; people and applications stay.
    /// The log of requests, the clock and scripted faults stay too.
    pub fn restart(&self) {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let algorithm = state.keys.active().algorithm;
        state.keys = KeyRing::fresh(algorithm, &mut state.ids, state.clock.unix());
        state.grants = Grants::default();
    }

    /// Makes the keys in the background: RSA takes a moment, and nobody should wait for it at the first request.
    #[cfg(feature = "server")]
    pub(crate) fn prepare_keys(&self) {
        for key in self.provider.state().keys.current() {
            std::thread::spawn(move || key.prepare());
        }
    }
}

/// Faults and the log of requests.
impl Emulator {
    /// The endpoint misbehaves until [`Emulator::clear_faults`]; a later call replaces an earlier one.
    pub fn fault(&self, endpoint: EndpointName, fault: Fault) {
        self.provider.state().faults.last(endpoint, fault);
    }

    /// The endpoint misbehaves for the next `times` requests. Several calls queue up.
    pub fn fault_times(&self, endpoint: EndpointName, fault: Fault, times: u32) {
        self.provider.state().faults.count(endpoint, fault, times);
    }

    /// Everything works again.
    pub fn clear_faults(&self) {
        self.provider.state().faults.clear();
    }

    /// Every request received, in order (the latest ten thousand).
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.provider.state().journal.all()
    }

    /// How many requests an endpoint received.
    #[must_use]
    pub fn count(&self, endpoint: EndpointName) -> usize {
        self.provider.state().journal.count(endpoint)
    }

    /// Empties the log of requests.
    pub fn clear_requests(&self) {
        self.provider.state().journal.clear();
    }
}

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

/// Applications and settings.
impl Emulator {
    /// The default application, the one [`Emulator::env`] is about.
    #[must_use]
    pub fn client(&self) -> ClientHandle {
        ClientHandle { emulator: self.clone(), id: self.default_client.to_string() }
    }

    /// Any application, by client id.
    #[must_use]
    pub fn client_by_id(&self, id: &str) -> Option<ClientHandle> {
        let known = self.provider.state().registry.client(id).is_some();
        known.then(|| ClientHandle { emulator: self.clone(), id: id.to_owned() })
    }

    /// Adds an application.
    #[expect(clippy::must_use_candidate, reason = "some applications only have to exist, to appear in `aud`")]
    pub fn add_client(&self, client: Client) -> ClientHandle {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix();
        let id = state.registry.add_client(client, &mut state.ids, now);
        drop(guard);
        ClientHandle { emulator: self.clone(), id }
    }

    /// Changes how long tokens live. Instance-wide, as in ZITADEL; tokens already issued keep their lifetime.
    pub fn update_lifetimes(&self, change: impl FnOnce(&mut Lifetimes)) {
        change(&mut self.provider.state().lifetimes);
    }

    /// Changes whether the default application's project asserts roles without being asked.
    pub fn set_project_role_assertion(&self, asserted: bool) {
        let project_id = self.client().snapshot().project_id;
        let mut state = self.provider.state();
        for project in state.registry.projects.iter_mut().filter(|project| project.id == project_id) {
            project.role_assertion = asserted;
        }
    }
}

/// One application of an [`Emulator`]; changes count for the next request.
#[derive(Clone, Debug)]
pub struct ClientHandle {
    emulator: Emulator,
    id: String,
}

impl ClientHandle {
    /// The client id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client secret, if there is one.
    #[must_use]
    pub fn secret(&self) -> Option<String> {
        self.snapshot().secret
    }

    /// The application as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Client {
        self.emulator.provider.state().registry.client(&self.id).cloned().unwrap_or_default()
    }

    /// Changes anything about the application.
    pub fn update(&self, change: impl FnOnce(&mut Client)) {
        if let Some(client) = self.emulator.provider.state().registry.client_mut(&self.id) {
            change(client);
        }
    }

    /// Opaque or JWT access tokens.
    pub fn set_access_token_type(&self, kind: AccessTokenType) {
        self.update(|client| client.access_token_type = kind);
    }

    /// Role claims in ID tokens, or not.
    pub fn set_id_token_role_assertion(&self, asserted: bool) {
        self.update(|client| client.id_token_role_assertion = asserted);
    }

    /// Profile claims in ID tokens, or not.
    pub fn set_id_token_userinfo_assertion(&self, asserted: bool) {
        self.update(|client| client.id_token_userinfo_assertion = asserted);
    }

    /// Role claims in JWT access tokens, or not.
    pub fn set_access_token_role_assertion(&self, asserted: bool) {
        self.update(|client| client.access_token_role_assertion = asserted);
    }

    /// How the application authenticates; a new secret is generated when it needs one.
    pub fn set_auth_method(&self, method: AuthMethod) {
        self.update(|client| client.authenticate_with(method));
    }

    /// How long access tokens live. Instance-wide, as in ZITADEL.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.emulator.update_lifetimes(|lifetimes| lifetimes.access_token = lifetime);
    }

    /// Registers `/auth/callback` and `/auth/logout/callback` of an application at this base URL.
    pub fn register(&self, base_url: &str) {
        let base = base_url.trim_end_matches('/');
        self.update(|client| {
            let add = |list: &mut Vec<String>, uri: String| {
                if !list.contains(&uri) {
                    list.push(uri);
                }
            };
            add(&mut client.redirect_uris, format!("{base}/auth/callback"));
            add(&mut client.post_logout_redirect_uris, format!("{base}/auth/logout/callback"));
        });
    }
}
