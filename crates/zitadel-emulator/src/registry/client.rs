//! Applications: who may start a sign-in, and how it authenticates.

use std::fmt;

use crate::entropy;

/// The kind of an application; decides which redirect URIs are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientKind {
    /// A server that renders pages. `http` redirect URIs are allowed for the code flow.
    #[default]
    Web,
    /// A single-page application in the browser. `http` redirect URIs need development mode.
    UserAgent,
    /// An application on a device: loopback redirect URIs on any port, custom schemes.
    Native,
    /// A resource server: introspects tokens, never signs anyone in.
    Api,
}

/// How an application proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// Not at all; PKCE stands in for a secret.
    #[default]
    None,
    /// `client_secret_basic`. As in ZITADEL, the secret is accepted in the body just as well.
    Basic,
    /// `client_secret_post`. As in ZITADEL, HTTP Basic is accepted just as well.
    Post,
}

/// The form of access tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessTokenType {
    /// 104 characters that mean nothing to anyone but the provider; the default of a fresh application.
    #[default]
    Opaque,
    /// A signed JSON Web Token that can be verified without asking.
    Jwt,
}

/// A grant type an application may be allowed to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantType {
    /// `authorization_code`.
    AuthorizationCode,
    /// `refresh_token`.
    RefreshToken,
}

impl GrantType {
    /// The value of the `grant_type` parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// An application. `Debug` never shows the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The client id: an 18-digit number. Left empty, the emulator chooses one.
    pub id: String,
    /// The name people see on the sign-in page.
    pub name: String,
    /// The project the application belongs to. Left empty, it is the first one.
    pub project_id: String,
    /// What kind of application it is.
    pub kind: ClientKind,
    /// How it authenticates.
    pub auth_method: AuthMethod,
    /// Where the browser may be sent after sign-in; compared as exact strings.
    pub redirect_uris: Vec<String>,
    /// Where the browser may be sent after sign-out; compared as exact strings.
    pub post_logout_redirect_uris: Vec<String>,
    /// Which grants the token endpoint accepts from it.
    pub grant_types: Vec<GrantType>,
    /// The form of its access tokens.
    pub access_token_type: AccessTokenType,
    /// Whether role claims appear in its ID tokens.
    pub id_token_role_assertion: bool,
    /// Whether profile, e-mail and phone claims appear in its ID tokens.
    pub id_token_userinfo_assertion: bool,
    /// Whether role claims appear in its JWT access tokens.
    pub access_token_role_assertion: bool,
    /// Development mode: globs in URIs and `http` everywhere.
    pub development_mode: bool,
    /// Seconds (0 to 5) by which `iat` is moved back and `exp` forward.
    pub clock_skew: u64,
    /// Whether sign-ins are accepted at all.
    pub active: bool,
    /// Its secret; set by [`Client::authenticate_with`] when the method needs one.
    pub secret: Option<ClientSecret>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            project_id: String::new(),
            kind: ClientKind::Web,
            auth_method: AuthMethod::None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            access_token_type: AccessTokenType::Opaque,
            id_token_role_assertion: false,
            id_token_userinfo_assertion: false,
            access_token_role_assertion: false,
            development_mode: false,
            clock_skew: 0,
            active: true,
            secret: None,
        }
    }
}

impl Client {
    /// A web application without secret, with everything else as ZITADEL's console would preset it.
    #[must_use]
    pub fn web(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// A single-page application in development mode, so that `http://localhost` works.
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

    /// Changes how the application authenticates; a new secret is generated when it needs one.
    pub fn authenticate_with(&mut self, method: AuthMethod) {
        self.auth_method = method;
        self.secret = match method {
            AuthMethod::None => None,
            AuthMethod::Basic | AuthMethod::Post => Some(ClientSecret::generate()),
        };
    }

    /// The secret, if the application has one.
    #[must_use]
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_ref().map(ClientSecret::reveal)
    }
}

/// A client secret. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// 64 letters and digits, as ZITADEL generates them.
    #[must_use]
    pub fn generate() -> Self {
        Self(entropy::client_secret())
    }

    /// A secret of your own choice, for tests of how it is encoded on the wire.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// The secret itself.
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
