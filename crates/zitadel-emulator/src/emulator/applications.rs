//! Adding and changing applications.

use std::time::Duration;

use super::Emulator;
use crate::{
    grant::Lifetimes,
    registry::{AccessTokenType, AuthMethod, Client},
};

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

    /// Every application, the default one first.
    #[must_use]
    pub fn clients(&self) -> Vec<ClientHandle> {
        let state = self.provider.state();
        let ids = state.registry.clients.iter().map(|client| client.id.clone());
        ids.map(|id| ClientHandle { emulator: self.clone(), id }).collect()
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
        self.snapshot().secret().map(str::to_owned)
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
