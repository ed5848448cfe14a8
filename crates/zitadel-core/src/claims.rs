//! `Claims`: what the provider says about a user, and the organization they belong to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    roles::Roles,
    table::{Table, Text},
};

/// The claims about a user; absent claims are `None`, absent lists are empty.
///
/// Part of the sealed session: the fields are written in this order and without names.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) subject: Text,
    pub(crate) name: Option<Text>,
    pub(crate) given_name: Option<Text>,
    pub(crate) family_name: Option<Text>,
    pub(crate) nickname: Option<Text>,
    pub(crate) preferred_username: Option<Text>,
    pub(crate) picture: Option<Text>,
    pub(crate) email: Option<Text>,
    pub(crate) email_verified: bool,
    pub(crate) phone_number: Option<Text>,
    pub(crate) phone_number_verified: bool,
    pub(crate) gender: Option<Text>,
    pub(crate) locale: Option<Text>,
    pub(crate) updated_at: Option<u64>,
    pub(crate) organization: Option<Organization>,
    pub(crate) roles: Roles,
    pub(crate) metadata: Table<Vec<u8>>,
    /// Claims without a field of their own: name → JSON text.
    pub(crate) extra: Table<String>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// How a user authenticated, as the provider says it (OIDC Core §2, RFC 8176). Of the first token that said so: a refresh is
/// no authentication.
///
/// Part of some sealed sessions: the fields are written in this order and without names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthenticationContext {
    /// The class of the authentication. ZITADEL sends none.
    pub(crate) acr: Option<Text>,
    /// The methods. ZITADEL: `pwd`, `user` (passkey or U2F), `otp`, `mfa`; none after a login by an identity provider alone.
    pub(crate) amr: Vec<Text>,
}

impl AuthenticationContext {
    #[cfg(feature = "login")]
    pub(crate) const fn is_empty(&self) -> bool {
        self.acr.is_none() && self.amr.is_empty()
    }
}

/// The organization a user belongs to: ZITADEL's `urn:zitadel:iam:user:resourceowner:*` claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub(crate) id: Text,
    pub(crate) name: Option<Text>,
    pub(crate) primary_domain: Option<Text>,
}

impl Organization {
    /// The organization's id, an opaque string of digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its display name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its primary domain, for example `acme.example.com`.
    #[must_use]
    pub fn primary_domain(&self) -> Option<&str> {
        self.primary_domain.as_deref()
    }
}
