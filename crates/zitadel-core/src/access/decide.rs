//! The decision: principal × requirement → user, or why not. Pure: `now` is an argument.
//!
//! The first that applies:
//!
//! 1. No credentials, or not of the kind that is required: unauthenticated. Credentials that cannot be accepted: their own code.
//! 2. The claims are not known at present, and the requirement needs them: neither "no" nor "yes", but the provider is unavailable.
//! 3. Roles, organization, project, scopes or the application's own rule are not met: forbidden. Logging in again would not help.
//! 4. Time, class or methods of the authentication are not met: insufficient authentication.
//!
//! What is not known (a time, a class, a scope) is not met.

use super::{
    principal::Principal,
    requirement::{Credential, Names, Requirement},
};
use crate::{
    answer::ErrorCode, claims::Organization, protocol::jwt::CLOCK_SKEW, roles::OrganizationName, time::Timestamp,
    user::User,
};

/// The user, if the requirement is met.
///
/// # Errors
///
/// The code to report.
pub(super) fn decide<'p>(
    principal: &'p Principal,
    requirement: &Requirement<'_>,
    now: Timestamp,
) -> Result<&'p User, ErrorCode> {
    let user = match (principal, requirement.credential) {
        (Principal::Session(user), Credential::Any) | (Principal::AccessToken(user), _) => user,
        (Principal::Rejected(code), _) => return Err(*code),
        (Principal::Anonymous, _) | (Principal::Session(_), Credential::Bearer) => {
            return Err(ErrorCode::Unauthenticated);
        }
    };
    // Neither "no" nor "yes" is known.
    if !user.has_claims() && requirement.needs_claims() {
        return Err(ErrorCode::ProviderUnavailable);
    }
    let is_permitted = holds_roles(user, requirement)
        && holds_scopes(user, requirement)
        && requirement.condition.is_none_or(|condition| condition.0(user));
    if !is_permitted {
        return Err(ErrorCode::Forbidden);
    }
    if !is_authenticated_as_required(user, requirement, now) {
        return Err(ErrorCode::InsufficientAuthentication);
    }
    Ok(user)
}

fn holds_roles(user: &User, requirement: &Requirement<'_>) -> bool {
    if requirement.roles == Names::None && requirement.project.is_none() {
        return requirement.organization.is_none_or(|name| belongs_to(user, name));
    }
    let roles = match requirement.project {
        Some(id) => user.roles().in_project(id),
        None => user.roles().in_own_project(),
    };
    let roles = match requirement.organization {
        None => roles,
        Some(name) => roles.in_organization_named(name),
    };
    match requirement.roles {
        Names::None => !roles.is_empty(),
        keys => keys.are_met(|key| roles.has(key)),
    }
}

fn belongs_to(user: &User, name: OrganizationName<'_>) -> bool {
    let own = user.organization();
    match name {
        OrganizationName::Id(id) => own.map(Organization::id) == Some(id),
        OrganizationName::PrimaryDomain(domain) => {
            own.and_then(Organization::primary_domain).is_some_and(|own| own.eq_ignore_ascii_case(domain))
        }
    }
}

fn holds_scopes(user: &User, requirement: &Requirement<'_>) -> bool {
    let granted = user.scopes().unwrap_or_default();
    requirement.scopes.are_met(|scope| granted.iter().any(|known| **known == *scope))
}

fn is_authenticated_as_required(user: &User, requirement: &Requirement<'_>, now: Timestamp) -> bool {
    // A time that is far ahead would be recent for as long as that.
    let is_recent = |max_age| {
        let is_known = |at: &Timestamp| *at <= now.saturating_add(CLOCK_SKEW);
        user.authenticated_at().filter(is_known).is_some_and(|at| now.duration_since(at) <= max_age)
    };
    // Class and methods are looked at only where they are required: see `User::authentication_context`.
    let is_class = |class| user.authentication_context().acr.as_deref() == Some(class);
    let has_method = |method: &str| user.authentication_context().amr.iter().any(|known| known == method);
    requirement.max_age.is_none_or(is_recent)
        && requirement.acr.is_none_or(is_class)
        && requirement.amr.are_met(has_method)
}

#[cfg(test)]
mod tests;
