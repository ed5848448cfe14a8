//! The decision: principal × requirement → user, or why not. Pure: `now` is an argument.

use super::{
    principal::Principal,
    requirement::{Credential, Requirement, RoleRule},
};
use crate::{answer::ErrorCode, time::Timestamp, user::User};

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
    if !holds_roles(user, requirement) {
        return Err(ErrorCode::Forbidden);
    }
    if !is_recently_authenticated(user, requirement, now) {
        return Err(ErrorCode::InsufficientAuthentication);
    }
    Ok(user)
}

fn holds_roles(user: &User, requirement: &Requirement<'_>) -> bool {
    let organization = requirement.organization;
    if requirement.roles == RoleRule::None && requirement.project.is_none() {
        let own = user.organization().map(|organization| organization.id());
        return organization.is_none_or(|id| own == Some(id));
    }
    let mut roles = match requirement.project {
        Some(id) => user.roles().in_project(id),
        None => user.roles().in_own_project(),
    };
    if let Some(id) = organization {
        roles = roles.in_organization(id);
    }
    match requirement.roles {
        RoleRule::None => !roles.is_empty(),
        RoleRule::One(key) => roles.has(key),
        RoleRule::Any(keys) => roles.has_any(keys.iter().copied()),
        RoleRule::All(keys) => roles.has_all(keys.iter().copied()),
    }
}

/// A session does not hold the class of its authentication yet, so that no class is ever confirmed.
fn is_recently_authenticated(user: &User, requirement: &Requirement<'_>, now: Timestamp) -> bool {
    let authenticated_at = user.authenticated_at();
    let recent =
        requirement.max_age.is_none_or(|max_age| authenticated_at.is_some_and(|at| now.duration_since(at) <= max_age));
    recent && requirement.acr.is_none()
}

#[cfg(test)]
mod tests;
