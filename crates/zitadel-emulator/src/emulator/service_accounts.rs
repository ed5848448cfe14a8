//! Methods that add and change service accounts.

use super::Emulator;
use crate::registry::{AssertionKey, ClientSecret, PersonalAccessToken, ServiceAccount};

/// Service accounts.
impl Emulator {
    /// Adds a service account. An empty id or organization is filled in.
    #[expect(clippy::must_use_candidate, reason = "an account may be added only to be found by its name")]
    pub fn add_service_account(&self, account: ServiceAccount) -> ServiceAccountHandle {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let now = state.clock.unix_time();
        let id = state.registry.add_service_account(account, &mut state.ids, now);
        drop(guard);
        ServiceAccountHandle { emulator: self.clone(), id }
    }

    /// The service account with this user name, login name or id. `robot` is one of the default data.
    ///
    /// # Panics
    ///
    /// If no service account matches, so that a typo fails the test.
    #[expect(clippy::panic, reason = "test helper; the message contains the name that did not match")]
    #[must_use]
    pub fn service_account(&self, name: &str) -> ServiceAccountHandle {
        let id = self.provider.state().registry.find_service_account(name).map(|account| account.id.clone());
        let Some(id) = id else { panic!("no service account matches `{name}`") };
        ServiceAccountHandle { emulator: self.clone(), id }
    }
}

/// One service account of an [`Emulator`]. Changes take effect with the next request.
///
/// [`Emulator::deactivate`] and [`Emulator::set_roles`] take its name as well.
#[derive(Clone, Debug)]
pub struct ServiceAccountHandle {
    emulator: Emulator,
    id: String,
}

impl ServiceAccountHandle {
    /// The id: `sub` of its tokens, and `iss` and `sub` of its assertions.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client id of client credentials: the login name.
    #[must_use]
    pub fn client_id(&self) -> String {
        let state = self.emulator.provider.state();
        let account = state.registry.service_account(&self.id);
        account.map(|account| state.registry.login_name(account)).unwrap_or_default()
    }

    /// A copy of the account's current settings.
    #[must_use]
    pub fn snapshot(&self) -> ServiceAccount {
        self.emulator.provider.state().registry.service_account(&self.id).cloned().unwrap_or_default()
    }

    /// Changes any setting of the account.
    pub fn update(&self, change: impl FnOnce(&mut ServiceAccount)) {
        if let Some(account) = self.emulator.provider.state().registry.find_service_account_mut(&self.id) {
            change(account);
        }
    }

    /// Creates a secret for client credentials, which replaces the previous one, and returns it.
    #[must_use]
    pub fn create_secret(&self) -> String {
        let secret = ClientSecret::generate();
        self.update(|account| account.secret = Some(secret.clone()));
        secret.reveal().to_owned()
    }

    /// Creates a key for assertions and returns its key file, JSON as ZITADEL offers it for download.
    #[must_use]
    pub fn create_key(&self) -> String {
        let id = self.emulator.next_id();
        // Not under the lock: generation of an RSA key is slow.
        let key = AssertionKey::generate(&id);
        self.update(|account| account.keys.push(key.clone()));
        self.snapshot().key_file(&key)
    }

    /// Creates a personal access token that does not end, and returns it.
    #[must_use]
    pub fn create_personal_access_token(&self) -> String {
        let token = PersonalAccessToken::generate(&self.emulator.next_id(), self.emulator.unix_now());
        self.update(|account| account.personal_access_tokens.push(token.clone()));
        token.reveal().to_owned()
    }
}
