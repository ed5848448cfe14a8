//! `Settings`: a configuration before it is checked.

use std::{fmt, time::Duration};

#[cfg(feature = "login")]
use super::login_settings::LoginSettings;
use super::{error::Problems, setting_name::NamingStyle};
use crate::{protocol::ClientAuthentication, secret::Secret};

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
    #[cfg(feature = "login")]
    pub(super) login: LoginSettings,
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
            #[cfg(feature = "login")]
            login: LoginSettings::default(),
            audiences: Vec::new(),
            introspection_cache: None,
            service_account: ServiceAccountSettings::default(),
            store_url: None,
        }
    }

    /// Whether the application has a login: always, unless it accepts access tokens, for which an audience or the key file of an
    /// application is enough, or is a service account, and has none of the settings that only a login needs.
    #[cfg(feature = "login")]
    pub(super) const fn wants_login(&self) -> bool {
        self.is_nothing_else() || self.login.is_wanted()
    }

    /// Never, in a build without it.
    #[cfg(not(feature = "login"))]
    #[expect(clippy::unused_self, reason = "the other build reads it")]
    pub(super) const fn wants_login(&self) -> bool {
        false
    }

    /// Whether it neither accepts access tokens nor is a service account.
    pub(super) const fn is_nothing_else(&self) -> bool {
        self.audiences.is_empty() && self.application_key.is_none() && !self.service_account.is_set()
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
            ("audiences", !self.audiences.is_empty()),
            ("service_account", self.service_account.is_set()),
            ("store_url", self.store_url.is_some()),
        ];
        let set: Vec<_> = texts.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect();
        let mut debug = f.debug_struct("Settings");
        debug.field("set", &set).field("http_issuer", &self.http_issuer);
        #[cfg(feature = "login")]
        debug.field("login", &self.login);
        debug
            .field("client_authentication", &self.client_authentication)
            .field("introspection_cache", &self.introspection_cache)
            .field("problems", &self.problems)
            .finish()
    }
}
