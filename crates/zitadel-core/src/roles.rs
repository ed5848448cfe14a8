//! `Roles`: ZITADEL role keys, with the organisations they were granted in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// role key → organisation id → primary domain of that organisation.
pub(crate) type Grants = BTreeMap<String, BTreeMap<String, String>>;

/// The roles granted to a user: `role → { organisation id → domain }`, per project.
///
/// The methods on `Roles` itself speak of *this application's project* only
/// (`urn:zitadel:iam:org:project:roles`), so that a role of the same name in another project opens nothing
/// here. [`in_project`](Self::in_project) speaks of another one. ZITADEL's union claim
/// (`…:projects:roles`) is not used: it loses one project's grants when two projects share a role key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    pub(crate) own: Grants,
    pub(crate) projects: BTreeMap<String, Grants>,
}

/// A role of your project as a type, for `Role<Admin>` in a handler's signature.
///
/// ```
/// struct Admin;
/// impl zitadel_core::RoleKey for Admin {
///     const KEY: &'static str = "admin";
/// }
/// ```
pub trait RoleKey {
    /// The role's key as ZITADEL's console shows it.
    const KEY: &'static str;
}

/// The roles of one project, or of one organisation in it; borrowed from [`Roles`].
#[derive(Clone, Copy, Debug)]
pub struct OrganisationRoles<'a> {
    grants: Option<&'a Grants>,
    organisation: Option<&'a str>,
}

impl Roles {
    /// Whether the user holds `key` in this application's project, in any organisation.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.own().has(key)
    }

    /// Whether the user holds at least one of `keys`; false for none.
    #[must_use]
    pub fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        self.own().has_any(keys)
    }

    /// Whether the user holds every one of `keys`; false for none, so an empty list opens nothing.
    #[must_use]
    pub fn has_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        self.own().has_all(keys)
    }

    /// Only the roles granted in the organisation with this id.
    #[must_use]
    pub fn in_organisation<'a>(&'a self, organisation_id: &'a str) -> OrganisationRoles<'a> {
        self.own().in_organisation(organisation_id)
    }

    /// The roles of another project, whose audience was asked for (`urn:zitadel:iam:org:project:id:{id}:aud`).
    #[must_use]
    pub fn in_project(&self, project_id: &str) -> OrganisationRoles<'_> {
        OrganisationRoles { grants: self.projects.get(project_id), organisation: None }
    }

    /// The keys held in this application's project, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.own.keys().map(String::as_str)
    }

    /// The keys as your own enum; give it an `Unknown(String)` variant for keys it does not know yet.
    ///
    /// ```
    /// enum Job { Admin, Editor, Unknown(String) }
    /// impl From<&str> for Job {
    ///     fn from(key: &str) -> Self {
    ///         match key { "admin" => Self::Admin, "editor" => Self::Editor, other => Self::Unknown(other.to_owned()) }
    ///     }
    /// }
    /// # let roles = zitadel_core::Roles::default();
    /// assert!(!roles.typed::<Job>().any(|job| matches!(job, Job::Admin)));
    /// ```
    pub fn typed<'a, R: From<&'a str>>(&'a self) -> impl Iterator<Item = R> {
        self.keys().map(R::from)
    }

    /// Every grant in this application's project: role key, organisation id, its primary domain.
    pub fn grants(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.own.iter().flat_map(|(key, organisations)| {
            organisations.iter().map(move |(id, domain)| (key.as_str(), id.as_str(), domain.as_str()))
        })
    }

    /// True if the user holds no role in this application's project.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    const fn own(&self) -> OrganisationRoles<'_> {
        OrganisationRoles { grants: Some(&self.own), organisation: None }
    }
}

impl<'a> OrganisationRoles<'a> {
    /// Only what was granted in the organisation with this id.
    #[must_use]
    pub const fn in_organisation(self, organisation_id: &'a str) -> Self {
        Self { organisation: Some(organisation_id), ..self }
    }

    /// Whether `key` was granted here.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.grants.and_then(|grants| grants.get(key)).is_some_and(|organisations| match self.organisation {
            Some(id) => organisations.contains_key(id),
            None => !organisations.is_empty(),
        })
    }

    /// Whether at least one of `keys` was granted here; false for none.
    #[must_use]
    pub fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        keys.into_iter().any(|key| self.has(key))
    }

    /// Whether every one of `keys` was granted here; false for none.
    #[must_use]
    pub fn has_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        let mut keys = keys.into_iter().peekable();
        keys.peek().is_some() && keys.all(|key| self.has(key))
    }
}
