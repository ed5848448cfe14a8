//! What the sample needs when nothing is configured: a provider in which gateway and API are registered.

use std::io;

use zitadel_emulator::{Client, Emulator};

use crate::variables::Variables;

/// An emulator, and the settings for it. The emulator stops when this is dropped.
#[derive(Debug)]
pub struct Development {
    /// The provider.
    pub emulator: Emulator,
    /// Of gateway and API.
    pub variables: Variables,
}

impl Development {
    /// For a gateway at this origin.
    ///
    /// # Errors
    ///
    /// If the emulator cannot listen.
    pub async fn start(gateway: &str) -> io::Result<Self> {
        let emulator = Emulator::start().await?;
        let client = emulator.client();
        let project_id = client.snapshot().project_id;
        let (callback, logout) = (format!("{gateway}/api/v1/callback"), format!("{gateway}/api/v1/logout/callback"));
        let mut variables = emulator.env_for(gateway);
        client.update(|client| {
            client.redirect_uris = vec![callback.clone()];
            client.post_logout_redirect_uris = vec![logout.clone()];
            client.backchannel_logout_uri = Some(format!("{gateway}/api/v1/backchannel-logout"));
        });
        // Access tokens are opaque, ZITADEL's default: who takes them introspects them, with the key of an API application.
        let api = emulator.add_client(Client { project_id, ..Client::api("API") });
        let own = [
            ("ZITADEL_CALLBACK_URL", callback),
            ("ZITADEL_POST_LOGOUT_URL", logout),
            ("ZITADEL_POST_LOGIN_URL", "/".to_owned()),
            ("ZITADEL_APP_KEY", api.create_key()),
        ];
        variables.retain(|(name, _)| own.iter().all(|(own, _)| own != name));
        variables.extend(own.map(|(name, value)| (name.to_owned(), value)));
        Ok(Self { emulator, variables: variables.into_iter().collect() })
    }
}
