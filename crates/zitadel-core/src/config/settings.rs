//! `Settings`: a configuration before it is checked.

use std::time::Duration;

use super::{error::Problems, parts::UserInfoSource, paths::Paths, setting_name::NamingStyle};
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

/// Every setting as it was given; `None` is the default. `Debug` shows no secret.
#[derive(Clone, Debug)]
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
    pub(super) session_idle_timeout: Option<Duration>,
    pub(super) session_lifetime: Option<Duration>,
    pub(super) revocation_lag: Option<Duration>,
    pub(super) audiences: Vec<String>,
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
            session_idle_timeout: None,
            session_lifetime: None,
            revocation_lag: None,
            audiences: Vec::new(),
        }
    }

    /// Whether the application has a login: always, unless it accepts access tokens and has none of the settings that
    /// only a login needs.
    pub(super) fn wants_login(&self) -> bool {
        self.audiences.is_empty()
            || self.redirect_uri.is_some()
            || self.post_logout_redirect_uri.is_some()
            || self.session_secret.is_some()
    }
}
