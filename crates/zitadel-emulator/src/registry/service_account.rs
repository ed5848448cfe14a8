//! Service accounts, and their personal access tokens.

use std::fmt;

use serde_json::{Map, Value, json};

use super::{AccessTokenType, AssertionKey, ClientSecret, NEVER, UserGrant};
use crate::{clock::rfc3339, entropy, json};

/// A service account (ZITADEL: "service user", "machine user"): a program that gets tokens for itself.
///
/// It uses client credentials (RFC 6749 §4.4) with its user name as client id, assertions of a key (RFC 7523 §2.1), or personal
/// access tokens. `Debug` redacts all of them.
///
/// # Examples
///
/// ```
/// use zitadel_emulator::{Emulator, ServiceAccount};
///
/// let emulator = Emulator::builder().build();
/// let account = emulator.add_service_account(ServiceAccount::named("importer", "Importer"));
/// emulator.set_roles("importer", &["editor"]);
/// let secret = account.create_secret();
/// let token = account.create_personal_access_token();
/// assert_eq!((secret.len(), token.len()), (64, 71));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceAccount {
    /// The `sub` claim, an 18-digit number; generated if empty.
    pub id: String,
    /// The organization of the account; the first organization if empty.
    pub organization_id: String,
    /// User name: the client id of client credentials, and `client_id` in tokens.
    pub username: String,
    /// `name`.
    pub name: String,
    /// Format of the access tokens of client credentials and assertions.
    pub access_token_type: AccessTokenType,
    /// Metadata: keys and raw values.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// Roles of the account by project and granting organization.
    pub grants: Vec<UserGrant>,
    /// Time of the last change in seconds since the Unix epoch; 0 is replaced by the time at which the account is added.
    pub updated_at: u64,
    /// Whether the account gets no tokens. To change it later, use [`Emulator::deactivate`](crate::Emulator::deactivate),
    /// which also revokes issued tokens.
    pub deactivated: bool,
    /// Claims that an Action adds to ID tokens, userinfo and introspection; see
    /// [`Person::user_info_claims`](crate::Person::user_info_claims).
    pub user_info_claims: Map<String, Value>,
    /// Claims that an Action adds to JWT access tokens.
    pub access_token_claims: Map<String, Value>,
    /// Secret for client credentials; none by default.
    pub secret: Option<ClientSecret>,
    /// Keys for assertions; any number of them are valid at the same time.
    pub keys: Vec<AssertionKey>,
    /// Personal access tokens. Removing one ends it.
    pub personal_access_tokens: Vec<PersonalAccessToken>,
}

impl ServiceAccount {
    /// An account with a user name and a name, in the first organization, without roles and credentials.
    #[must_use]
    pub fn named(username: &str, name: &str) -> Self {
        Self { username: username.to_owned(), name: name.to_owned(), ..Self::default() }
    }

    /// The key file of one of the account's keys, as ZITADEL offers it for download: JSON with `type`, `keyId`, `key`,
    /// `expirationDate` and `userId`.
    #[must_use]
    pub fn key_file(&self, key: &AssertionKey) -> String {
        json::to_string(&json!({
            "type": "serviceaccount",
            "keyId": key.id(),
            "key": key.private_key_pem(),
            "expirationDate": rfc3339(key.expires_at.unwrap_or(NEVER)),
            "userId": self.id,
        }))
    }
}

/// A personal access token of a service account. `Debug` redacts its value.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalAccessToken {
    /// The `jti` of introspection, an 18-digit number.
    pub id: String,
    /// When it was created, in seconds since the Unix epoch.
    pub created_at: u64,
    /// When it ends, in seconds since the Unix epoch; never by default.
    pub expires_at: Option<u64>,
    value: String,
}

impl PersonalAccessToken {
    /// Generates a token of 71 characters that does not end.
    #[must_use]
    pub fn generate(id: &str, created_at: u64) -> Self {
        let value = entropy::random_base64url::<{ entropy::PERSONAL_TOKEN_BYTES }>();
        Self { id: id.to_owned(), created_at, expires_at: None, value }
    }

    /// The token in plain text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for PersonalAccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalAccessToken")
            .field("id", &self.id)
            .field("value", &"[redacted]")
            .finish_non_exhaustive()
    }
}
