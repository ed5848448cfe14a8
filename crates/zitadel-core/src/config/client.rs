//! This application as it is registered at the provider.

use std::sync::Arc;

use crate::{
    environment::Environment,
    protocol::{
        ClientAuthentication, assertion,
        client::{Client, Credential},
        key_file::KeyFile,
    },
    secret::Secret,
    time::Timestamp,
};

/// This application as it is registered at the provider.
#[derive(Clone, Debug)]
pub(crate) struct ClientConfig {
    pub(crate) id: String,
    pub(crate) credential: ClientCredential,
}

/// What this application authenticates with.
#[derive(Clone, Debug)]
pub(crate) enum ClientCredential {
    /// A public client, PKCE only.
    Public,
    /// A client secret, and how it is sent; `None` for what discovery offers.
    Secret(Secret<String>, Option<ClientAuthentication>),
    /// A private key, of which the provider has the public half.
    Key(Arc<KeyFile>),
}

impl ClientConfig {
    /// This application as its next request to the provider with this issuer authenticates.
    pub(crate) fn client(&self, issuer: &str, environment: &Environment) -> Client<'_> {
        self.client_at(issuer, || (environment.random(), environment.clock.now()))
    }

    /// The same, with random bytes and a time from elsewhere, if it needs any.
    pub(super) fn client_at(&self, issuer: &str, random_and_now: impl FnOnce() -> ([u8; 16], Timestamp)) -> Client<'_> {
        let credential = match &self.credential {
            ClientCredential::Public => Credential::None,
            ClientCredential::Secret(secret, method) => Credential::Secret(secret, *method),
            ClientCredential::Key(key) => {
                let (random, now) = random_and_now();
                let signed = assertion::sign(key, issuer, random, now);
                // A key that was read signs. If it ever does not, the provider refuses the empty assertion, and that is logged.
                Credential::Assertion(signed.unwrap_or_default())
            }
        };
        Client { id: &self.id, credential }
    }

    /// Whether it can authenticate: a public client cannot.
    pub(crate) const fn has_credentials(&self) -> bool {
        !matches!(self.credential, ClientCredential::Public)
    }
}
