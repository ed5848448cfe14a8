//! `Requirement`: what a protected route requires.

use std::{fmt, ptr, time::Duration};

#[cfg(feature = "login")]
use crate::protocol::step_up::StepUp;
use crate::{roles::OrganizationName, user::User};

/// What a protected route requires of the principal: a user, and everything that is added to it. All parts must hold; each method
/// replaces an earlier call of the same kind.
///
/// | part | not met |
/// |---|---|
/// | [`role`](Self::role), [`any_role`](Self::any_role), [`all_roles`](Self::all_roles), [`in_organization`](Self::in_organization), [`in_organization_domain`](Self::in_organization_domain), [`in_project`](Self::in_project), [`only_if`](Self::only_if) | 403; 503 while the claims of a session cannot be read |
/// | [`scope`](Self::scope), [`all_scopes`](Self::all_scopes) | 403, with the scopes in the challenge (RFC 6750 §3.1) |
/// | [`max_age`](Self::max_age), [`acr`](Self::acr), [`amr`](Self::amr), [`any_amr`](Self::any_amr) | a browser with a session logs in again and returns; every other client gets 401 (RFC 9470) |
///
/// What is not known is not met.
///
/// ```
/// use std::time::Duration;
/// use zitadel_core::{Requirement, User};
///
/// fn is_verified(user: &User) -> bool {
///     user.email_verified()
/// }
///
/// const MEMBERS: Requirement<'_> = Requirement::user();
/// const ADMINS: Requirement<'_> = Requirement::user().role("admin");
/// const STAFF: Requirement<'_> = Requirement::user().any_role(&["editor", "admin"]).in_organization("170086824411201793");
/// const PAYMENTS: Requirement<'_> = ADMINS.amr("mfa").max_age(Duration::from_secs(300)).only_if(is_verified);
/// # let _ = (MEMBERS, ADMINS, STAFF, PAYMENTS);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement<'a> {
    pub(super) credential: Credential,
    pub(super) roles: Names<'a>,
    pub(super) organization: Option<OrganizationName<'a>>,
    pub(super) project: Option<&'a str>,
    pub(super) scopes: Names<'a>,
    pub(super) max_age: Option<Duration>,
    pub(super) acr: Option<&'a str>,
    pub(super) amr: Names<'a>,
    pub(super) condition: Option<Condition>,
}

/// Which credentials are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Any that identifies a user.
    Any,
    /// An access token in the `Authorization` header; no session counts.
    Bearer,
}

/// Which names are required: role keys, scopes, methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names<'a> {
    /// No rule.
    None,
    One(&'a str),
    /// Of an empty list none.
    Any(&'a [&'a str]),
    /// Never for an empty list.
    All(&'a [&'a str]),
}

impl Names<'_> {
    /// Whether the rule, if there is one, is met by what `holds` holds.
    pub(super) fn are_met(&self, holds: impl Fn(&str) -> bool) -> bool {
        match *self {
            Self::None => true,
            Self::One(name) => holds(name),
            Self::Any(names) => names.iter().any(|name| holds(name)),
            Self::All(names) => !names.is_empty() && names.iter().all(|name| holds(name)),
        }
    }

    pub(super) const fn as_slice(&self) -> &[&str] {
        match self {
            Self::None => &[],
            Self::One(name) => std::slice::from_ref(name),
            Self::Any(names) | Self::All(names) => names,
        }
    }
}

/// A rule of the application.
#[derive(Clone, Copy)]
pub(super) struct Condition(pub(super) fn(&User) -> bool);

impl PartialEq for Condition {
    /// Whether it is the same function. Functions with the same body may be one, and a generic one may be several.
    fn eq(&self, other: &Self) -> bool {
        ptr::fn_addr_eq(self.0, other.0)
    }
}

impl Eq for Condition {}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condition")
    }
}

impl<'a> Requirement<'a> {
    /// An authenticated user.
    #[must_use]
    pub const fn user() -> Self {
        Self {
            credential: Credential::Any,
            roles: Names::None,
            organization: None,
            project: None,
            scopes: Names::None,
            max_age: None,
            acr: None,
            amr: Names::None,
            condition: None,
        }
    }

    /// The user holds this role key.
    #[must_use]
    pub const fn role(mut self, key: &'a str) -> Self {
        self.roles = Names::One(key);
        self
    }

    /// The user holds at least one of these role keys; none of an empty list.
    #[must_use]
    pub const fn any_role(mut self, keys: &'a [&'a str]) -> Self {
        self.roles = Names::Any(keys);
        self
    }

    /// The user holds every one of these role keys; never for an empty list.
    #[must_use]
    pub const fn all_roles(mut self, keys: &'a [&'a str]) -> Self {
        self.roles = Names::All(keys);
        self
    }

    /// The roles must be granted in the organization with this id; without a rule about roles, the user must belong to
    /// it (which needs the scope `urn:zitadel:iam:user:resourceowner`).
    #[must_use]
    pub const fn in_organization(mut self, id: &'a str) -> Self {
        self.organization = Some(OrganizationName::Id(id));
        self
    }

    /// The same for the organization with this primary domain, for example `acme.example.com`, in any case. Another organization can
    /// get a domain that this one gave up; an id stays.
    #[must_use]
    pub const fn in_organization_domain(mut self, primary_domain: &'a str) -> Self {
        self.organization = Some(OrganizationName::PrimaryDomain(primary_domain));
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

    /// The access token grants its client this scope (RFC 6749 §3.3). Only access tokens grant scopes, and only introspection says which:
    /// a session never meets it, nor does a JWT without `scope`, as ZITADEL's are.
    #[must_use]
    pub const fn scope(mut self, scope: &'a str) -> Self {
        self.scopes = Names::One(scope);
        self
    }

    /// The same for every one of these scopes; never for an empty list.
    #[must_use]
    pub const fn all_scopes(mut self, scopes: &'a [&'a str]) -> Self {
        self.scopes = Names::All(scopes);
        self
    }

    /// The user authenticated at most this long ago, in whole seconds (`auth_time`, RFC 9470). A refresh is no authentication.
    ///
    /// Not less than a minute: it is compared with the provider's clock, without a tolerance, and the way back from the login counts too.
    #[must_use]
    pub const fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// The user authenticated with this class (`acr`, RFC 9470), for providers that have classes. ZITADEL has none: see
    /// [`amr`](Self::amr).
    #[must_use]
    pub const fn acr(mut self, class: &'a str) -> Self {
        self.acr = Some(class);
        self
    }

    /// The user authenticated with this method (`amr`, RFC 8176): at ZITADEL `mfa` for two factors or a passkey, `user` for a passkey or a
    /// security key, `otp`, `pwd`.
    ///
    /// No provider can be asked for a method: the user logs in again, and the provider decides what it asks for.
    #[must_use]
    pub const fn amr(mut self, method: &'a str) -> Self {
        self.amr = Names::One(method);
        self
    }

    /// The same with at least one of these methods; never for an empty list.
    #[must_use]
    pub const fn any_amr(mut self, methods: &'a [&'a str]) -> Self {
        self.amr = Names::Any(methods);
        self
    }

    /// This function says so: a rule of the application, about a user who meets everything else but the time and the way of
    /// their authentication. It is called for every request, so it must be fast. What it needs besides the user (a
    /// database, the request) belongs in the handler.
    #[must_use]
    pub const fn only_if(mut self, condition: fn(&User) -> bool) -> Self {
        self.condition = Some(Condition(condition));
        self
    }

    /// What it requires of the authentication; `None` if no authentication can meet it.
    #[cfg(feature = "login")]
    pub(super) fn step_up(&self) -> Option<StepUp> {
        (self.amr != Names::Any(&[])).then(|| StepUp::new(self.max_age, self.acr, self.amr.as_slice()))
    }

    /// Whether it can only be decided with the claims of the user.
    pub(super) fn needs_claims(&self) -> bool {
        self.roles != Names::None || self.organization.is_some() || self.project.is_some() || self.condition.is_some()
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

/// A requirement as a type, for `Authorized<P>` in a handler's signature.
///
/// ```
/// use std::time::Duration;
/// use zitadel_core::{Policy, Requirement};
///
/// struct FreshLogin;
/// impl Policy for FreshLogin {
///     const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(300));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no requirement",
    label = "not a `Policy`",
    note = "implement it: `impl Policy for {Self} {{ const REQUIREMENT: Requirement<'static> = Requirement::user()…; }}`"
)]
pub trait Policy {
    /// What the route requires.
    const REQUIREMENT: Requirement<'static>;
}
