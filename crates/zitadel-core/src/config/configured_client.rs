//! `ConfiguredClient`: requests of this application in its own name, for programs that check a configuration.
//!
//! The engine does not use it. A program that asks the provider something which the engine does not ask gets the same client
//! authentication from here, without seeing a secret or a key.

use std::fmt;

use http::{Request, Uri};

use super::{
    client::{ClientConfig, ClientCredential},
    parts::Config,
};
use crate::{
    environment::{Clock as _, Entropy as _, SystemClock, SystemEntropy},
    protocol::{ClientAuthentication, client::authenticated_form},
};

/// This application as the provider knows it: a client id, and how it authenticates (RFC 6749 §2.3). From
/// `Config::login_client` or [`Config::introspection_client`].
#[derive(Clone, Copy)]
pub struct ConfiguredClient<'a> {
    config: &'a ClientConfig,
    issuer: &'a str,
}

impl Config {
    /// The issuer, exactly as it was given.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// The client of login, refresh and revocation; `None` without login.
    #[cfg(feature = "login")]
    #[must_use]
    pub fn login_client(&self) -> Option<ConfiguredClient<'_>> {
        let config = &self.login.as_ref()?.client;
        Some(ConfiguredClient { config, issuer: self.issuer() })
    }

    /// The client that introspects access tokens (RFC 7662 §2.1); `None` without one, and then only JWTs are accepted.
    #[must_use]
    pub fn introspection_client(&self) -> Option<ConfiguredClient<'_>> {
        let config = self.api.as_ref()?.client.as_ref()?;
        Some(ConfiguredClient { config, issuer: self.issuer() })
    }
}

impl<'a> ConfiguredClient<'a> {
    /// `client_id`.
    #[must_use]
    pub fn id(&self) -> &'a str {
        &self.config.id
    }

    /// How it authenticates, as a value of `token_endpoint_auth_method` (RFC 7591 §2). For a secret whose transport is not configured
    /// that is what `default` says, which should follow from discovery.
    #[must_use]
    pub fn authentication_method(&self, default: ClientAuthentication) -> &'static str {
        match &self.config.credential {
            ClientCredential::Public => "none",
            ClientCredential::Key(_) => "private_key_jwt",
            ClientCredential::Secret(_, method) => match method.unwrap_or(default) {
                ClientAuthentication::Basic => "client_secret_basic",
                ClientAuthentication::Post => "client_secret_post",
            },
        }
    }

    /// A form posted to an endpoint of the provider, with client authentication. `default` as in
    /// [`authentication_method`](Self::authentication_method). An assertion has the time of the system's clock.
    ///
    /// # Security
    ///
    /// The request holds the secret: do not log it, and send it to the provider only.
    #[must_use]
    pub fn form_request(
        &self,
        endpoint: Uri,
        default: ClientAuthentication,
        fields: &[(&str, &str)],
    ) -> Request<Vec<u8>> {
        let client = self.config.client_at(self.issuer, || {
            let mut random = [0; 16];
            SystemEntropy.fill(&mut random);
            (random, SystemClock.now())
        });
        authenticated_form(endpoint, || default, &client, fields)
    }
}

/// Nothing of the secret.
impl fmt::Debug for ConfiguredClient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfiguredClient").field("id", &self.config.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;

    use super::*;

    fn endpoint() -> Uri {
        Uri::from_static("https://id.example/token")
    }

    fn config(secret: Option<&str>) -> Config {
        let mut builder = Config::builder("https://id.example", "app")
            .redirect_uri("https://app.example/auth/callback")
            .post_logout_redirect_uri("https://app.example/auth/logout/callback")
            .session_secret("fAYMQ2hKvP1nD7wXjRcE0uLs9TzoB4Gi")
            .audience("app");
        if let Some(secret) = secret {
            builder = builder.client_secret(secret);
        }
        builder.build().unwrap()
    }

    #[test]
    fn a_request_authenticates_as_the_engine_does() {
        let config = config(Some("s3cret-of-the-client"));
        let client = config.login_client().unwrap();
        let basic = client.form_request(endpoint(), ClientAuthentication::Basic, &[("grant_type", "x")]);
        assert!(basic.headers().contains_key(AUTHORIZATION));
        assert_eq!(basic.body(), b"grant_type=x");
        let post = client.form_request(endpoint(), ClientAuthentication::Post, &[("grant_type", "x")]);
        assert_eq!(post.body(), b"grant_type=x&client_id=app&client_secret=s3cret-of-the-client");
        assert!(!post.headers().contains_key(AUTHORIZATION));
        assert_eq!(client.authentication_method(ClientAuthentication::Post), "client_secret_post");
        // With a secret the application may introspect, too.
        assert_eq!(config.introspection_client().map(|client| client.id().to_owned()).as_deref(), Some("app"));
        assert!(!format!("{client:?}").contains("s3cret"));
    }

    #[test]
    fn a_public_client_sends_its_id_and_cannot_introspect() {
        let config = config(None);
        let client = config.login_client().unwrap();
        let request = client.form_request(endpoint(), ClientAuthentication::Basic, &[]);
        assert_eq!(request.body(), b"client_id=app");
        assert_eq!(client.authentication_method(ClientAuthentication::Basic), "none");
        assert!(config.introspection_client().is_none());
        assert_eq!(config.issuer(), "https://id.example");
    }
}
