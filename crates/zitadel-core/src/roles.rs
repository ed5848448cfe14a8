//! `Roles`: ZITADEL role keys, with the organizations they were granted in.

use serde::{Deserialize, Serialize};

use crate::table::{Table, Text};

/// role key → organization id → primary domain of that organization.
pub(crate) type Grants = Table<Table<Text>>;

/// The roles granted to a user: `role → { organization id → domain }`, per project.
///
/// The methods on `Roles` itself are about *this application's project* only (`urn:zitadel:iam:org:project:roles`), so
/// that a role of the same name in another project grants nothing here. [`in_project`](Self::in_project) is about
/// another one. ZITADEL's union claim (`…:projects:roles`) is not used: it loses one project's grants when two projects
/// share a role key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    own: OwnProject,
    projects: Table<Grants>,
}

/// The grants in this application's project. ZITADEL sends them twice, once as "this project" and once by its id;
/// the second copy is not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum OwnProject {
    ById(Text),
    Inline(Grants),
}

impl Default for OwnProject {
    fn default() -> Self {
        Self::Inline(Grants::default())
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
    note = "implement it: `impl RoleKey for {Self} {{ const KEY: &'static str = \"…\"; }}`"
)]
pub trait RoleKey {
    /// The role's key as ZITADEL's console shows it.
    const KEY: &'static str;
}

/// Defines an enum of the role keys of your project, with a variant `Unknown(String)` for those that were added in ZITADEL since.
///
/// The enum has `Clone`, `Debug`, `PartialEq`, `Eq` and `Hash`, converts from a key (`From<&str>`) and back (`as_str`), and lists the keys
/// that it knows (`KEYS`).
///
/// ```
/// use zitadel_core::{Requirement, Roles, roles};
///
/// roles! {
///     /// The roles of this project.
///     pub enum AppRole {
///         /// May do everything.
///         Admin = "admin",
///         Editor = "editor",
///     }
/// }
///
/// const ADMINS: Requirement<'static> = Requirement::user().role(AppRole::Admin.as_str());
/// const STAFF: Requirement<'static> = Requirement::user().any_role(AppRole::KEYS);
///
/// fn badges(roles: &Roles) -> Vec<String> {
///     let badge = |role| match role {
///         AppRole::Admin => "administrator".to_owned(),
///         AppRole::Editor => "editor".to_owned(),
///         AppRole::Unknown(key) => key,
///     };
///     roles.keys_as::<AppRole>().map(badge).collect()
/// }
///
/// assert_eq!(AppRole::from("editor"), AppRole::Editor);
/// assert_eq!(AppRole::from("auditor").as_str(), "auditor");
/// # let _ = (ADMINS, STAFF, badges);
/// ```
#[macro_export]
macro_rules! roles {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $($(#[$variant_attribute:meta])* $variant:ident = $key:literal),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $($(#[$variant_attribute])* #[doc = ::core::concat!("`", $key, "`")] $variant,)+
            /// A role key that this program does not know.
            Unknown(::std::string::String),
        }

        impl $name {
            /// The role keys that this program knows.
            $visibility const KEYS: &'static [&'static str] = &[$($key),+];

            /// The role key, as ZITADEL's console shows it.
            #[must_use]
            $visibility const fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $key,)+
                    Self::Unknown(key) => key.as_str(),
                }
            }
        }

        impl ::core::convert::From<&str> for $name {
            fn from(key: &str) -> Self {
                match key {
                    $($key => Self::$variant,)+
                    other => Self::Unknown(::std::borrow::ToOwned::to_owned(other)),
                }
            }
        }
    };
}

/// The roles of one project, or of one organization in it; borrowed from [`Roles`].
#[derive(Clone, Copy, Debug)]
pub struct RoleView<'a> {
    grants: Option<&'a Grants>,
    organization: Option<OrganizationName<'a>>,
}

/// By what an organization is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrganizationName<'a> {
    Id(&'a str),
    PrimaryDomain(&'a str),
}

impl Roles {
    pub(crate) fn new(own: Grants, projects: Table<Grants>) -> Self {
        let duplicate = projects.iter().find(|(_, grants)| **grants == own).map(|(id, _)| id.into());
        Self { own: duplicate.map_or(OwnProject::Inline(own), OwnProject::ById), projects }
    }

    /// Whether the user holds `key` in this application's project, in any organization.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.in_own_project().has(key)
    }

    /// Whether the user holds at least one of `keys`; false for an empty list.
    #[must_use]
    pub fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        self.in_own_project().has_any(keys)
    }

    /// Whether the user holds every one of `keys`; false for an empty list, which therefore grants nothing.
    #[must_use]
    pub fn has_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        self.in_own_project().has_all(keys)
    }

    /// Only the roles granted in the organization with this id.
    #[must_use]
    pub fn in_organization<'a>(&'a self, organization_id: &'a str) -> RoleView<'a> {
        self.in_own_project().in_organization(organization_id)
    }

    /// Only the roles granted in the organization with this primary domain: see [`RoleView::in_organization_domain`].
    #[must_use]
    pub fn in_organization_domain<'a>(&'a self, primary_domain: &'a str) -> RoleView<'a> {
        self.in_own_project().in_organization_domain(primary_domain)
    }

    /// The roles of another project, whose audience was requested (`urn:zitadel:iam:org:project:id:{id}:aud`).
    #[must_use]
    pub fn in_project(&self, project_id: &str) -> RoleView<'_> {
        RoleView { grants: self.projects.get(project_id), organization: None }
    }

    /// The keys held in this application's project, in alphabetical order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.own_grants().into_iter().flat_map(Grants::iter).map(|(key, _)| key)
    }

    /// The keys as a type of your own, for example an enum made by [`roles!`](crate::roles).
    ///
    /// ```
    /// zitadel_core::roles! {
    ///     enum Job { Admin = "admin", Editor = "editor" }
    /// }
    /// # let roles = zitadel_core::Roles::default();
    /// assert!(!roles.keys_as::<Job>().any(|job| job == Job::Admin));
    /// ```
    pub fn keys_as<'a, R: From<&'a str>>(&'a self) -> impl Iterator<Item = R> {
        self.keys().map(R::from)
    }

    /// Every grant in this application's project: role key, organization id, its primary domain.
    pub fn grants(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.own_grants()
            .into_iter()
            .flat_map(Grants::iter)
            .flat_map(|(key, organizations)| organizations.iter().map(move |(id, domain)| (key, id, domain.as_str())))
    }

    /// The same as JSON, as in ZITADEL's claim `urn:zitadel:iam:org:project:roles`: role key → organization id → primary domain.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let mut roles = serde_json::Map::new();
        for (key, organization, domain) in self.grants() {
            let granted = roles.entry(key).or_insert_with(|| serde_json::Map::new().into());
            if let Some(granted) = granted.as_object_mut() {
                granted.insert(organization.to_owned(), domain.into());
            }
        }
        roles.into()
    }

    /// Whether the user holds no role in this application's project.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own_grants().is_none_or(Grants::is_empty)
    }

    /// The roles of this application's project, as a view like those of other projects.
    pub(crate) fn in_own_project(&self) -> RoleView<'_> {
        RoleView { grants: self.own_grants(), organization: None }
    }

    fn own_grants(&self) -> Option<&Grants> {
        match &self.own {
            OwnProject::ById(project) => self.projects.get(project),
            OwnProject::Inline(grants) => Some(grants),
        }
    }
}

impl<'a> RoleView<'a> {
    /// Only what was granted in the organization with this id.
    #[must_use]
    pub const fn in_organization(self, organization_id: &'a str) -> Self {
        self.in_organization_named(OrganizationName::Id(organization_id))
    }

    /// Only what was granted in the organization with this primary domain, in any case. Another organization can get a domain
    /// that this one gave up; an id stays.
    #[must_use]
    pub const fn in_organization_domain(self, primary_domain: &'a str) -> Self {
        self.in_organization_named(OrganizationName::PrimaryDomain(primary_domain))
    }

    pub(crate) const fn in_organization_named(self, name: OrganizationName<'a>) -> Self {
        Self { organization: Some(name), ..self }
    }

    /// Whether no role was granted here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.grants.is_none_or(|grants| !grants.iter().any(|(key, _)| self.has(key)))
    }

    /// Whether `key` was granted here.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.grants.and_then(|grants| grants.get(key)).is_some_and(|organizations| match self.organization {
            Some(OrganizationName::Id(id)) => organizations.contains_key(id),
            Some(OrganizationName::PrimaryDomain(domain)) => {
                organizations.iter().any(|(_, known)| known.eq_ignore_ascii_case(domain))
            }
            None => !organizations.is_empty(),
        })
    }

    /// Whether at least one of `keys` was granted here; false for an empty list.
    #[must_use]
    pub fn has_any<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        keys.into_iter().any(|key| self.has(key))
    }

    /// Whether every one of `keys` was granted here; false for an empty list.
    #[must_use]
    pub fn has_all<'k>(&self, keys: impl IntoIterator<Item = &'k str>) -> bool {
        let mut keys = keys.into_iter().peekable();
        keys.peek().is_some() && keys.all(|key| self.has(key))
    }
}
