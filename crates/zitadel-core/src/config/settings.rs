//! `Settings`: a configuration before it is checked.

use std::{fmt, time::Duration};

use super::{
    error::Problems,
    parts::{SessionMode, UserInfoSource},
    paths::Paths,
    setting_name::NamingStyle,
};
use crate::{
    protocol::{ClientAuthentication, Prompt, SigningAlgorithm},
    secret::Secret,
};

/// Whether an issuer without TLS is accepted beyond loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpIssuer {
    LoopbackOnly,
    Anywhere,
}

/// Every setting as it was given; `None` is the default.
#[derive(Clone)]
pub(super) struct Settings {
    /// Problems found while the settings were read.
    pub(super) problems: Problems,
    pub(super) issuer: Option<String>,
    pub(super) http_issuer: HttpIssuer,
    pub(super) internal_url: Option<String>,
    /// PEM.
    pub(super) ca_certificates: Option<Vec<u8>>,
    pub(super) client_id: Option<String>,
    pub(super) client_secret: Option<Secret<String>>,
    pub(super) client_authentication: Option<ClientAuthentication>,
    /// The JSON of a key file.
    pub(super) application_key: Option<Secret<String>>,
    pub(super) signing_algorithm: Option<SigningAlgorithm>,
    pub(super) redirect_uri: Option<String>,
    pub(super) post_logout_redirect_uri: Option<String>,
    pub(super) post_login: Option<String>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) added_scopes: Vec<String>,
    pub(super) prompt: Option<Prompt>,
    pub(super) user_info: UserInfoSource,
    pub(super) paths: Paths,
    pub(super) session_secret: Option<Secret<String>>,
    pub(super) previous_session_secrets: Vec<Secret<String>>,
    pub(super) session_salt: Option<Secret<String>>,
    pub(super) login_timeout: Option<Duration>,
    pub(super) persistent_sessions: bool,
    pub(super) session_mode: SessionMode,
    pub(super) list_user_agents: bool,
    pub(super) session_idle_timeout: Option<Duration>,
    pub(super) session_lifetime: Option<Duration>,
    pub(super) revocation_lag: Option<Duration>,
    pub(super) audiences: Vec<String>,
    pub(super) introspection_cache: Option<Duration>,
    pub(super) service_account: ServiceAccountSettings,
    pub(super) store_url: Option<Secret<String>>,
}

/// What is set of a service account.
#[derive(Clone, Default)]
pub(super) struct ServiceAccountSettings {
    /// The JSON of a key file.
    pub(super) key: Option<Secret<String>>,
    pub(super) id: Option<String>,
    pub(super) secret: Option<Secret<String>>,
    pub(super) token: Option<Secret<String>>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) added_scopes: Vec<String>,
}

impl ServiceAccountSettings {
    /// Whether there is one.
    pub(super) const fn is_set(&self) -> bool {
        self.key.is_some() || self.id.is_some() || self.secret.is_some() || self.token.is_some()
    }
}

impl Settings {
    pub(super) fn new(style: NamingStyle) -> Self {
        Self {
            problems: Problems::new(style),
            issuer: None,
            http_issuer: HttpIssuer::LoopbackOnly,
            internal_url: None,
            ca_certificates: None,
            client_id: None,
            client_secret: None,
            client_authentication: None,
            application_key: None,
            signing_algorithm: None,
            redirect_uri: None,
            post_logout_redirect_uri: None,
            post_login: None,
            scopes: None,
            added_scopes: Vec::new(),
            prompt: None,
            user_info: UserInfoSource::Endpoint,
            paths: Paths::default(),
            session_secret: None,
            previous_session_secrets: Vec::new(),
            session_salt: None,
            login_timeout: None,
            persistent_sessions: false,
            session_mode: SessionMode::Cookie,
            list_user_agents: false,
            session_idle_timeout: None,
            session_lifetime: None,
            revocation_lag: None,
            audiences: Vec::new(),
            introspection_cache: None,
            service_account: ServiceAccountSettings::default(),
            store_url: None,
        }
    }

    /// Whether the application has a login: always, unless it accepts access tokens, for which an audience or the key file of an
    /// application is enough, or is a service account, and has none of the settings that only a login needs.
    pub(super) fn wants_login(&self) -> bool {
        (self.audiences.is_empty() && self.application_key.is_none() && !self.service_account.is_set())
            || self.redirect_uri.is_some()
            || self.post_logout_redirect_uri.is_some()
            || self.session_secret.is_some()
    }
}

/// What was not checked yet is not shown: an address may hold a password, and a secret may be in the wrong variable.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            ("issuer", self.issuer.is_some()),
            ("internal_url", self.internal_url.is_some()),
            ("ca_certificates", self.ca_certificates.is_some()),
            ("client_id", self.client_id.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("application_key", self.application_key.is_some()),
            ("redirect_uri", self.redirect_uri.is_some()),
            ("post_logout_redirect_uri", self.post_logout_redirect_uri.is_some()),
            ("post_login", self.post_login.is_some()),
            ("scopes", self.scopes.is_some() || !self.added_scopes.is_empty()),
            ("paths", self.paths != Paths::default()),
            ("session_secret", self.session_secret.is_some()),
            ("previous_session_secrets", !self.previous_session_secrets.is_empty()),
            ("session_salt", self.session_salt.is_some()),
            ("audiences", !self.audiences.is_empty()),
            ("service_account", self.service_account.is_set()),
            ("store_url", self.store_url.is_some()),
        ];
        let set: Vec<_> = texts.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect();
        f.debug_struct("Settings")
            .field("set", &set)
            .field("http_issuer", &self.http_issuer)
            .field("client_authentication", &self.client_authentication)
            .field("signing_algorithm", &self.signing_algorithm)
            .field("prompt", &self.prompt)
            .field("user_info", &self.user_info)
            .field("login_timeout", &self.login_timeout)
            .field("session_idle_timeout", &self.session_idle_timeout)
            .field("session_lifetime", &self.session_lifetime)
            .field("revocation_lag", &self.revocation_lag)
            .field("introspection_cache", &self.introspection_cache)
            .field("problems", &self.problems)
            .finish()
    }
}
