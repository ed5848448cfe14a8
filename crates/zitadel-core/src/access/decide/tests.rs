use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::*;
use crate::protocol::user_claims::user_claims;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A user of organization 17 with roles in this application's project and in project 42.
fn user() -> User {
    let claims = json!({
        "sub": "1",
        "urn:zitadel:iam:user:resourceowner:id": "17",
        "urn:zitadel:iam:org:project:roles": {"admin": {"17": "acme.example"}, "editor": {"18": "other.example"}},
        "urn:zitadel:iam:org:project:42:roles": {"reader": {"18": "other.example"}},
    });
    let Value::Object(claims) = claims else { unreachable!("it is an object") };
    User::from_claims(Arc::new(user_claims(&claims, None)))
}

fn code(requirement: Requirement<'_>) -> Option<ErrorCode> {
    decide(&Principal::Session(user()), &requirement, NOW).err()
}

#[test]
fn a_user_is_required_and_the_reason_of_a_rejection_is_reported() {
    let user_required = Requirement::user();
    assert_eq!(decide(&Principal::Anonymous, &user_required, NOW).err(), Some(ErrorCode::Unauthenticated));
    let rejected = Principal::Rejected(ErrorCode::CrossSite);
    assert_eq!(decide(&rejected, &user_required.role("admin"), NOW).err(), Some(ErrorCode::CrossSite));
    assert_eq!(code(user_required), None);
}

#[test]
fn roles_are_those_of_this_project_unless_another_one_is_named() {
    let user = Requirement::user();
    for (requirement, met) in [
        (user.role("admin"), true),
        (user.role("reader"), false),
        (user.role("reader").in_project("42"), true),
        (user.role("admin").in_project("42"), false),
        (user.in_project("42"), true),
        (user.in_project("43"), false),
        (user.any_role(&["reader", "editor"]), true),
        (user.any_role(&["reader", "owner"]), false),
        (user.any_role(&[]), false),
        (user.all_roles(&["admin", "editor"]), true),
        (user.all_roles(&["admin", "reader"]), false),
        (user.all_roles(&[]), false),
    ] {
        assert_eq!(code(requirement), (!met).then_some(ErrorCode::Forbidden), "{requirement:?}");
    }
}

#[test]
fn an_organization_is_that_of_the_grant_or_without_roles_that_of_the_user() {
    let user = Requirement::user();
    for (requirement, met) in [
        (user.role("admin").in_organization("17"), true),
        (user.role("admin").in_organization("18"), false),
        (user.role("editor").in_organization("18"), true),
        (user.all_roles(&["admin", "editor"]).in_organization("17"), false),
        (user.in_organization("17"), true),
        (user.in_organization("18"), false),
        (user.in_project("42").in_organization("18"), true),
        (user.in_project("42").in_organization("17"), false),
    ] {
        assert_eq!(code(requirement), (!met).then_some(ErrorCode::Forbidden), "{requirement:?}");
    }
}

#[test]
fn what_cannot_be_confirmed_is_not_met() {
    // Neither the time nor the class of this user's authentication is known.
    let insufficient = Some(ErrorCode::InsufficientAuthentication);
    assert_eq!(code(Requirement::user().max_age(Duration::from_secs(3600))), insufficient);
    assert_eq!(code(Requirement::user().acr("urn:mfa")), insufficient);
    assert_eq!(code(Requirement::user().role("owner").acr("urn:mfa")), Some(ErrorCode::Forbidden), "roles come first");
    assert_eq!(code(Requirement::bearer()), Some(ErrorCode::Unauthenticated), "a session is not a bearer token");
}

#[test]
fn a_requirement_can_be_a_constant() {
    const STAFF: Requirement<'static> = Requirement::user().any_role(&["admin", "editor"]).in_organization("18");
    assert_eq!(code(STAFF), None);
}
