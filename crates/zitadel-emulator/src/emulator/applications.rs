//! Methods that add and change applications.

use std::time::Duration;

use super::Emulator;
use crate::{
    grant::Lifetimes,
    registry::{AccessTokenType, AssertionKey, AuthMethod, Client},
};

/// Applications and instance settings.
impl Emulator {
    /// The default application; [`Emulator::env`] returns its configuration.
    #[must_use]
    pub fn client(&self) -> ClientHandle {
        ClientHandle { emulator: self.clone(), id: self.default_client.to_string() }
    }

    /// The application with this client id.
    #[must_use]
    pub fn client_by_id(&self, id: &str) -> Option<ClientHandle> {
        let known = self.provider.state().registry.client(id).is_some();
        known.then(|| ClientHandle { emulator: self.clone(), id: id.to_owned() })
    }

    /// All applications, the default one first.
    #[must_use]
    pub fn clients(&self) -> Vec<ClientHandle> {
        let state = self.provider.state();
        let ids = state.registry.clients.iter().map(|client| client.id.clone());
        ids.map(|id| ClientHandle { emulator: self.clone(), id }).collect()
    }

    /// Adds an application. An empty id or project is filled in.
    #[expect(clippy::must_use_candidate, reason = "an application may be added only to appear in `aud`")]
    pub fn add_client(&self, client: Client) -> ClientHandle {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix_time();
        let id = state.registry.add_client(client, &mut state.ids, now);
        drop(guard);
        ClientHandle { emulator: self.clone(), id }
    }

    /// Changes token lifetimes. They apply to the whole instance, as in ZITADEL; issued tokens keep their lifetime.
    pub fn update_lifetimes(&self, change: impl FnOnce(&mut Lifetimes)) {
        change(&mut self.provider.state().lifetimes);
    }

    /// The next id for something new.
    pub(super) fn next_id(&self) -> String {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        state.ids.next(state.clock.unix_time())
    }

    /// Sets whether the default application's project asserts roles that were not requested.
    pub fn set_project_role_assertion(&self, asserted: bool) {
        let project_id = self.client().snapshot().project_id;
        let mut state = self.provider.state();
        for project in state.registry.projects.iter_mut().filter(|project| project.id == project_id) {
            project.role_assertion = asserted;
        }
    }
}

/// One application of an [`Emulator`]. Changes take effect with the next request.
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

    /// The client secret, if the application has one.
    #[must_use]
    pub fn secret(&self) -> Option<String> {
        self.snapshot().secret().map(str::to_owned)
    }

    /// A copy of the application's current settings.
    #[must_use]
    pub fn snapshot(&self) -> Client {
        self.emulator.provider.state().registry.client(&self.id).cloned().unwrap_or_default()
    }

    /// Changes any setting of the application.
    pub fn update(&self, change: impl FnOnce(&mut Client)) {
        if let Some(client) = self.emulator.provider.state().registry.client_mut(&self.id) {
            change(client);
        }
    }

    /// Sets the access token format: opaque or JWT.
    pub fn set_access_token_type(&self, kind: AccessTokenType) {
        self.update(|client| client.access_token_type = kind);
    }

    /// Sets whether ID tokens contain role claims.
    pub fn set_id_token_role_assertion(&self, asserted: bool) {
        self.update(|client| client.id_token_role_assertion = asserted);
    }

    /// Sets whether ID tokens contain profile claims.
    pub fn set_id_token_userinfo_assertion(&self, asserted: bool) {
        self.update(|client| client.id_token_userinfo_assertion = asserted);
    }

    /// Sets whether JWT access tokens contain role claims.
    pub fn set_access_token_role_assertion(&self, asserted: bool) {
        self.update(|client| client.access_token_role_assertion = asserted);
    }

    /// Sets the client authentication method and generates a new secret if the method needs one.
    pub fn set_auth_method(&self, method: AuthMethod) {
        self.update(|client| client.authenticate_with(method));
    }

    /// Creates a key for client assertions and returns its key file, JSON as ZITADEL offers it for download. Assertions are
    /// accepted if the method is [`AuthMethod::PrivateKeyJwt`], and for introspection with any method.
    #[must_use]
    pub fn create_key(&self) -> String {
        let id = self.emulator.next_id();
        // Not under the lock: generation of an RSA key is slow.
        let key = AssertionKey::generate(&id);
        self.update(|client| client.keys.push(key.clone()));
        self.snapshot().key_file(&key)
    }

    /// Sets the access token lifetime of the whole instance; ZITADEL has no lifetime per application.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.emulator.update_lifetimes(|lifetimes| lifetimes.access_token = lifetime);
    }

    /// Sets where logout tokens are sent to when a session ends, for logins from now on; `None` for nowhere. An emulator
    /// that listens sends to `http` on loopback addresses only, and records that it refused another one.
    pub fn set_backchannel_logout_uri(&self, uri: Option<&str>) {
        self.update(|client| client.backchannel_logout_uri = uri.map(str::to_owned));
    }

    /// Registers `/auth/callback`, `/auth/logout/callback` and `/auth/backchannel-logout` below this base URL. An
    /// application has one back-channel logout URI: the last one registered.
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
            client.backchannel_logout_uri = Some(format!("{base}/auth/backchannel-logout"));
        });
    }
}
