//! `Roles`: ZITADEL role keys, with the organisations they were granted in.

use serde::{Deserialize, Serialize};

use crate::table::{Table, Text};

/// role key → organisation id → primary domain of that organisation.
pub(crate) type Grants = Table<Table<Text>>;

/// The roles granted to a user: `role → { organisation id → domain }`, per project.
///
/// The methods on `Roles` itself speak of *this application's project* only
/// (`urn:zitadel:iam:org:project:roles`), so that a role of the same name in another project opens nothing
/// here. [`in_project`](Self::in_project) speaks of another one. ZITADEL's union claim
/// (`…:projects:roles`) is not used: it loses one project's grants when two projects share a role key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    own: Own,
    projects: Table<Grants>,
}

/// The grants in this application's project. ZITADEL says them twice, once as "this project" and once by its id;
/// then they are kept once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Own {
    Named(Text),
    Unnamed(Grants),
}

impl Default for Own {
    fn default() -> Self {
        Self::Unnamed(Grants::default())
    }
}

/// A role of your project as a type, for `Role<Admin>` in a handler's signature.
///
/// ```
/// struct Admin;
/// impl zitadel_core::RoleKey for Admin {
///     const KEY: &'static str = "admin";
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no role",
    label = "not a `RoleKey`",
    note = "say which: `impl RoleKey for {Self} {{ const KEY: &'static str = \"…\"; }}`"
)]
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
    pub(crate) fn new(own: Grants, projects: Table<Grants>) -> Self {
        let twin = projects.iter().find(|(_, grants)| **grants == own).map(|(id, _)| id.into());
        Self { own: twin.map_or(Own::Unnamed(own), Own::Named), projects }
    }

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
        self.own_grants().into_iter().flat_map(Grants::iter).map(|(key, _)| key)
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
        self.own_grants()
            .into_iter()
            .flat_map(Grants::iter)
            .flat_map(|(key, organisations)| organisations.iter().map(move |(id, domain)| (key, id, domain.as_str())))
    }

    /// True if the user holds no role in this application's project.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own_grants().is_none_or(Grants::is_empty)
    }

    fn own(&self) -> OrganisationRoles<'_> {
        OrganisationRoles { grants: self.own_grants(), organisation: None }
    }

    fn own_grants(&self) -> Option<&Grants> {
        match &self.own {
            Own::Named(project) => self.projects.get(project),
            Own::Unnamed(grants) => Some(grants),
        }
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
