//! Applications (OAuth clients).

use std::fmt;

use serde_json::json;

use super::AssertionKey;
use crate::{entropy, json};

/// Application type. Determines the permitted redirect URIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientKind {
    /// Server-side web application. The code flow may use `http` redirect URIs.
    #[default]
    Web,
    /// Single-page application in a browser. `http` redirect URIs need development mode.
    UserAgent,
    /// Native application. Permits loopback redirect URIs on any port, and custom schemes.
    Native,
    /// Resource server. Introspects tokens; the token endpoint and logins do not know it.
    Api,
}

/// Client authentication method of the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// None; PKCE is used instead of a secret.
    #[default]
    None,
    /// `client_secret_basic`. As in ZITADEL, the secret is also accepted in the body.
    Basic,
    /// `client_secret_post`. As in ZITADEL, HTTP Basic is also accepted.
    Post,
    /// `private_key_jwt`: an assertion that a key of the application signed (RFC 7523 §2.2);
    /// [`ClientHandle::create_key`](crate::ClientHandle::create_key) creates one.
    PrivateKeyJwt,
}

/// Access token format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessTokenType {
    /// An opaque string of 104 characters; the default of a new application.
    #[default]
    Opaque,
    /// A signed JSON Web Token, which resource servers can verify locally.
    Jwt,
}

/// Grant type of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantType {
    /// `authorization_code`.
    AuthorizationCode,
    /// `refresh_token`.
    RefreshToken,
    /// `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628).
    DeviceCode,
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693). ZITADEL 4.3 has it behind an instance feature, which is
    /// on here.
    TokenExchange,
}

impl GrantType {
    /// The value of the `grant_type` parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }
}

/// An application. `Debug` redacts the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Client id, an 18-digit number; generated if empty.
    pub id: String,
    /// Id of the application, an 18-digit number that differs from the client id and is used in key files only; generated
    /// if empty.
    pub app_id: String,
    /// Display name on the login page.
    pub name: String,
    /// The project of the application; the first project if empty.
    pub project_id: String,
    /// Application type.
    pub kind: ClientKind,
    /// Client authentication method.
    pub auth_method: AuthMethod,
    /// Registered redirect URIs; compared as exact strings.
    pub redirect_uris: Vec<String>,
    /// Registered post-logout redirect URIs; compared as exact strings.
    pub post_logout_redirect_uris: Vec<String>,
    /// Where logout tokens are sent to when a session ends; none by default. A login keeps the URI of its time.
    pub backchannel_logout_uri: Option<String>,
    /// Grant types that the client may use.
    pub grant_types: Vec<GrantType>,
    /// Access token format.
    pub access_token_type: AccessTokenType,
    /// Whether ID tokens contain role claims.
    pub id_token_role_assertion: bool,
    /// Whether ID tokens contain profile, email and phone claims.
    pub id_token_userinfo_assertion: bool,
    /// Whether JWT access tokens contain role claims.
    pub access_token_role_assertion: bool,
    /// Development mode: permits glob patterns in URIs, and `http` for all application types.
    pub development_mode: bool,
    /// Clock skew in seconds, 0 to 5: `iat` is moved back and `exp` forward by it.
    pub clock_skew: u64,
    /// Whether the application is active. Inactive ones are rejected as unknown.
    pub active: bool,
    /// Client secret; [`Client::authenticate_with`] sets it if the method needs one.
    pub secret: Option<ClientSecret>,
    /// Keys for client assertions; any number of them are valid at the same time.
    pub keys: Vec<AssertionKey>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            id: String::new(),
            app_id: String::new(),
            name: String::new(),
            project_id: String::new(),
            kind: ClientKind::Web,
            auth_method: AuthMethod::None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            access_token_type: AccessTokenType::Opaque,
            id_token_role_assertion: false,
            id_token_userinfo_assertion: false,
            access_token_role_assertion: false,
            development_mode: false,
            clock_skew: 0,
            active: true,
            secret: None,
            keys: Vec::new(),
        }
    }
}

impl Client {
    /// A web application without a secret; other settings as preset by ZITADEL's console.
    #[must_use]
    pub fn web(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// A single-page application in development mode, so that `http://localhost` is permitted.
    #[must_use]
    pub fn user_agent(name: &str) -> Self {
        Self { name: name.to_owned(), kind: ClientKind::UserAgent, development_mode: true, ..Self::default() }
    }

    /// A resource server with a generated secret.
    #[must_use]
    pub fn api(name: &str) -> Self {
        let mut client =
            Self { name: name.to_owned(), kind: ClientKind::Api, grant_types: Vec::new(), ..Self::default() };
        client.authenticate_with(AuthMethod::Basic);
        client
    }

    /// Sets the client authentication method and generates a new secret if the method needs one.
    pub fn authenticate_with(&mut self, method: AuthMethod) {
        self.auth_method = method;
        self.secret = match method {
            AuthMethod::None | AuthMethod::PrivateKeyJwt => None,
            AuthMethod::Basic | AuthMethod::Post => Some(ClientSecret::generate()),
        };
    }

    /// The client secret, if the application has one.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(ClientSecret::reveal)
    }

    /// The key file of one of the application's keys, as ZITADEL offers it for download: JSON with `type`, `keyId`, `key`,
    /// `appId` and `clientId`.
    #[must_use]
    pub fn key_file(&self, key: &AssertionKey) -> String {
        json::to_string(&json!({
            "type": "application",
            "keyId": key.id(),
            "key": key.private_key_pem(),
            "appId": self.app_id,
            "clientId": self.id,
        }))
    }
}

/// A client secret. `Debug` redacts it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Generates a secret of 64 alphanumeric characters, as ZITADEL does.
    #[must_use]
    pub fn generate() -> Self {
        Self(entropy::client_secret())
    }

    /// A secret with a chosen value, for tests of its encoding.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// The secret in plain text.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
