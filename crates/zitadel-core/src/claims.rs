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
