//! `LoginSettings`: the settings of a login before they are checked.

use std::{fmt, time::Duration};

use super::{
    login::{SessionMode, UserInfoSource},
    paths::Paths,
};
use crate::{
    protocol::{Prompt, SigningAlgorithm},
    secret::Secret,
};

/// Every setting as it was given; `None` is the default.
#[derive(Clone, Default)]
pub(super) struct LoginSettings {
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
}

impl LoginSettings {
    /// Whether one is set that only a login needs.
    pub(super) const fn is_wanted(&self) -> bool {
        self.redirect_uri.is_some() || self.post_logout_redirect_uri.is_some() || self.session_secret.is_some()
    }
}

/// What was not checked yet is not shown.
impl fmt::Debug for LoginSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [
            ("redirect_uri", self.redirect_uri.is_some()),
            ("post_logout_redirect_uri", self.post_logout_redirect_uri.is_some()),
            ("post_login", self.post_login.is_some()),
            ("scopes", self.scopes.is_some() || !self.added_scopes.is_empty()),
            ("paths", self.paths != Paths::default()),
            ("session_secret", self.session_secret.is_some()),
            ("previous_session_secrets", !self.previous_session_secrets.is_empty()),
            ("session_salt", self.session_salt.is_some()),
        ];
        let set: Vec<_> = texts.into_iter().filter_map(|(name, is_set)| is_set.then_some(name)).collect();
        f.debug_struct("LoginSettings")
            .field("set", &set)
            .field("signing_algorithm", &self.signing_algorithm)
            .field("prompt", &self.prompt)
            .field("user_info", &self.user_info)
            .field("login_timeout", &self.login_timeout)
            .field("session_idle_timeout", &self.session_idle_timeout)
            .field("session_lifetime", &self.session_lifetime)
            .field("revocation_lag", &self.revocation_lag)
            .finish_non_exhaustive()
    }
}
