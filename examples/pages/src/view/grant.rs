//! `Grant`: one row of the table of roles.

use zitadel_core::User;

/// A role, and the organization it was granted in.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) role: String,
    pub(crate) organization_id: String,
    pub(crate) domain: String,
}

impl Grant {
    pub(crate) fn all(user: &User) -> Vec<Self> {
        let grants = user.roles().grants();
        grants
            .map(|(role, id, domain)| Self { role: role.into(), organization_id: id.into(), domain: domain.into() })
            .collect()
    }
}
