//! `SessionAuthentication`: with which class and methods the user of a session authenticated.
//!
//! It is that of the ID token, which the session has anyway: it is read when something asks for it, once for all requests with
//! the same cookie, and takes no room in the cookie. Only where the ID token of a refresh says something else is that
//! of the login kept beside it: a refresh is no authentication (OIDC Core §12.2).

use std::sync::OnceLock;

#[cfg(feature = "internals")]
use serde::{Deserialize, Serialize};

use crate::{claims::AuthenticationContext, protocol::authentication_context::authentication_context};

#[derive(Clone, Default)]
#[cfg_attr(feature = "internals", derive(Serialize, Deserialize))]
pub(super) struct SessionAuthentication {
    /// That of the login; `None`: that of the ID token.
    kept: Option<Box<AuthenticationContext>>,
    /// That of the ID token, once something asked for it.
    #[cfg_attr(feature = "internals", serde(skip))]
    read: OnceLock<AuthenticationContext>,
}

impl SessionAuthentication {
    pub(super) fn new(kept: Option<AuthenticationContext>) -> Self {
        Self { kept: kept.map(Box::new), read: OnceLock::new() }
    }

    /// After a refresh with a new ID token, whose context is `refreshed`; `login` is that of before.
    pub(super) fn after_refresh(login: &AuthenticationContext, refreshed: &AuthenticationContext) -> Self {
        Self::new((!login.is_empty() && login != refreshed).then(|| login.clone()))
    }

    /// `id_token`: the payload of the session's ID token.
    pub(super) fn context(&self, id_token: &[u8]) -> &AuthenticationContext {
        let read =
            || serde_json::from_slice(id_token).map(|claims| authentication_context(&claims)).unwrap_or_default();
        match &self.kept {
            Some(kept) => kept,
            None => self.read.get_or_init(read),
        }
    }

    /// Whether the ID token was read for it.
    #[cfg(test)]
    pub(super) fn is_read(&self) -> bool {
        self.read.get().is_some()
    }

    /// What must be written into the session, because its ID token does not say it.
    pub(super) fn kept(&self) -> Option<&AuthenticationContext> {
        self.kept.as_deref()
    }
}

impl PartialEq for SessionAuthentication {
    /// What was read is no part of it: it follows from the ID token.
    fn eq(&self, other: &Self) -> bool {
        self.kept == other.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(amr: &[&str]) -> AuthenticationContext {
        AuthenticationContext { acr: None, amr: amr.iter().copied().map(Into::into).collect() }
    }

    #[test]
    fn that_of_the_login_is_kept_where_a_refresh_says_something_else() {
        let id_token = br#"{"amr":["pwd","mfa"]}"#;
        let after = |login: &[&str]| {
            let authentication = SessionAuthentication::after_refresh(&methods(login), &methods(&["pwd", "mfa"]));
            (authentication.context(id_token).clone(), authentication.kept().is_some())
        };
        assert_eq!(after(&["pwd"]), (methods(&["pwd"]), true));
        assert_eq!(after(&["pwd", "mfa"]), (methods(&["pwd", "mfa"]), false));
        assert_eq!(after(&[]), (methods(&["pwd", "mfa"]), false), "the first that says something");
        assert_eq!(SessionAuthentication::default().context(b"no JSON"), &AuthenticationContext::default());
    }
}
