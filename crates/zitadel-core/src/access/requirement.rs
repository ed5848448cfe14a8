//! `Requirement`: what a protected route requires.

use std::time::Duration;

/// What a protected route requires of the principal: a user, and everything that is added to it.
///
/// ```
/// use zitadel_core::Requirement;
///
/// const MEMBERS: Requirement<'_> = Requirement::user();
/// const ADMINS: Requirement<'_> = Requirement::user().role("admin");
/// const STAFF: Requirement<'_> = Requirement::user().any_role(&["editor", "admin"]).in_organization("170086824411201793");
/// # let _ = (MEMBERS, ADMINS, STAFF);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'a> {
    pub(super) credential: Credential,
    pub(super) roles: RoleRule<'a>,
    pub(super) organization: Option<&'a str>,
    pub(super) project: Option<&'a str>,
    pub(super) max_age: Option<Duration>,
    pub(super) acr: Option<&'a str>,
}

/// Which credentials are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Any that identifies a user.
    Any,
    /// An access token in the `Authorization` header; no session counts.
    Bearer,
}

/// Which roles are required, as held in the project and the organization of the requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoleRule<'a> {
    None,
    One(&'a str),
    Any(&'a [&'a str]),
    All(&'a [&'a str]),
}

impl<'a> Requirement<'a> {
    /// An authenticated user.
    #[must_use]
    pub const fn user() -> Self {
        Self {
            credential: Credential::Any,
            roles: RoleRule::None,
            organization: None,
            project: None,
            max_age: None,
            acr: None,
        }
    }

    /// The user holds this role key. Replaces an earlier rule about roles.
    #[must_use]
    pub const fn role(mut self, key: &'a str) -> Self {
        self.roles = RoleRule::One(key);
        self
    }

    /// The user holds at least one of these role keys; none of an empty list. Replaces an earlier rule about roles.
    #[must_use]
    pub const fn any_role(mut self, keys: &'a [&'a str]) -> Self {
        self.roles = RoleRule::Any(keys);
        self
    }

    /// The user holds every one of these role keys; never for an empty list. Replaces an earlier rule about roles.
    #[must_use]
    pub const fn all_roles(mut self, keys: &'a [&'a str]) -> Self {
        self.roles = RoleRule::All(keys);
        self
    }

    /// The roles must be granted in the organization with this id; without a rule about roles, the user must belong to
    /// it.
    #[must_use]
    pub const fn in_organization(mut self, id: &'a str) -> Self {
        self.organization = Some(id);
        self
    }

    /// The roles must be granted in the project with this id, instead of in this application's own. Its audience must
    /// have been requested (`urn:zitadel:iam:org:project:id:{id}:aud`). Without a rule about roles it requires any role
    /// of that project.
    #[must_use]
    pub const fn in_project(mut self, id: &'a str) -> Self {
        self.project = Some(id);
        self
    }

    /// Whether it can only be decided with the user's roles or organization.
    pub(super) fn needs_claims(&self) -> bool {
        self.roles != RoleRule::None || self.organization.is_some() || self.project.is_some()
    }

    /// The user authenticated at most this long ago (`auth_time`, RFC 9470).
    #[cfg_attr(not(test), expect(dead_code, reason = "public once a browser can be sent to authenticate again"))]
    #[must_use]
    pub(crate) const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The user authenticated with this class (`acr`, RFC 9470).
    #[cfg_attr(not(test), expect(dead_code, reason = "public once a browser can be sent to authenticate again"))]
    #[must_use]
    pub(crate) const fn acr(mut self, class: &'a str) -> Self {
        self.acr = Some(class);
        self
    }

    /// An access token in the `Authorization` header (RFC 6750 §2.1): no session counts. The answer to a request without one is 401 as JSON,
    /// never a redirect.
    #[must_use]
    pub const fn bearer() -> Self {
        let mut requirement = Self::user();
        requirement.credential = Credential::Bearer;
        requirement
    }
}
