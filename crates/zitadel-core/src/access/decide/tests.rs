use std::{sync::Arc, time::Duration};

use serde_json::{Map, Value, json};

use super::*;
use crate::{
    claims::{AuthenticationContext, Claims},
    protocol::{access_token, user_claims::user_claims},
    session::examples,
};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

/// A user of organization 17 with roles in this application's project and in project 42.
fn token_claims() -> Map<String, Value> {
    let claims = json!({
        "sub": "1",
        "urn:zitadel:iam:user:resourceowner:id": "17",
        "urn:zitadel:iam:user:resourceowner:primary_domain": "acme.example",
        "urn:zitadel:iam:org:project:roles": {"admin": {"17": "acme.example"}, "editor": {"18": "other.example"}},
        "urn:zitadel:iam:org:project:42:roles": {"reader": {"18": "other.example"}},
    });
    let Value::Object(claims) = claims else { unreachable!("it is an object") };
    claims
}

fn claims() -> Claims {
    user_claims(&token_claims(), None)
}

/// The same user by an access token with these claims, too.
fn access_token(claims: &Value) -> Principal {
    let mut all = token_claims();
    all.extend(claims.as_object().unwrap().clone());
    Principal::AccessToken(User::from_access_token(Arc::new(access_token::example(all))))
}

/// Who sends a request, and what is known about them.
struct Sender {
    principal: Principal,
    name: &'static str,
}

fn session(seconds_ago: Option<u64>, acr: Option<&str>, amr: &[&str]) -> Principal {
    let context =
        AuthenticationContext { acr: acr.map(Into::into), amr: amr.iter().copied().map(Into::into).collect() };
    let authenticated_at = seconds_ago.map(|seconds| NOW.saturating_sub(Duration::from_secs(seconds)));
    Principal::Session(User::from_session(Arc::new(examples::session(claims(), authenticated_at, context, NOW))))
}

/// Nobody; rejected credentials; a session that just began with two factors, one of an hour ago with a password, one about whose
/// authentication nothing is known, and one whose claims cannot be read at present; an access token that was introspected, and one
/// that says nothing about scopes and authentication, as ZITADEL's JWTs.
fn senders() -> [Sender; 8] {
    let recent = session(Some(60), Some("urn:mfa"), &["pwd", "otp", "mfa"]);
    let Principal::Session(user) = &recent else { unreachable!("it is a session") };
    let auth_time = NOW.as_unix() - 60;
    let introspected = json!({ "scope": "openid read", "auth_time": auth_time, "amr": ["user", "mfa"] });
    let unread = Principal::Session(User::without_claims(Arc::clone(user.session_arc().unwrap())));
    [
        Sender { principal: Principal::Anonymous, name: "anonymous" },
        Sender { principal: Principal::Rejected(ErrorCode::CrossSite), name: "rejected" },
        Sender { principal: recent, name: "recent" },
        Sender { principal: session(Some(3600), None, &["pwd"]), name: "old" },
        Sender { principal: session(None, None, &[]), name: "unknown" },
        Sender { principal: unread, name: "unread" },
        Sender { principal: access_token(&introspected), name: "introspected" },
        Sender { principal: access_token(&json!({})), name: "jwt" },
    ]
}

const fn never(_: &User) -> bool {
    false
}

fn is_first(user: &User) -> bool {
    user.subject() == "1"
}

/// Principals × requirements. The columns are those of [`senders`]: `ok`, or the first letter of the code.
#[test]
fn decisions() {
    const USER: Requirement<'static> = Requirement::user();
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let table: &[(Requirement<'_>, [&str; 8])] = &[
        // Anonymous, rejected; sessions: recent, old, unknown, unread; access tokens: introspected, JWT.
        (USER, ["u", "c", "ok", "ok", "ok", "ok", "ok", "ok"]),
        (Requirement::bearer(), ["u", "c", "u", "u", "u", "u", "ok", "ok"]),
        // Roles are those of this project unless another one is named.
        (USER.role("admin"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.role("reader"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.role("reader").in_project("42"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.role("admin").in_project("42"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_project("42"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.in_project("43"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.any_role(&["reader", "editor"]), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.any_role(&["reader", "owner"]), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.any_role(&[]), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.all_roles(&["admin", "editor"]), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.all_roles(&["admin", "reader"]), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.all_roles(&[]), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        // An organization is that of the grant, or without roles that of the user.
        (USER.role("admin").in_organization("17"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.role("admin").in_organization("18"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.role("editor").in_organization("18"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.all_roles(&["admin", "editor"]).in_organization("17"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_organization("17"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.in_organization("18"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_organization("acme.example"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_project("42").in_organization("18"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.in_project("42").in_organization("17"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.role("admin").in_organization_domain("ACME.example"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.role("admin").in_organization_domain("other.example"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_project("42").in_organization_domain("other.example"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.in_organization_domain("acme.example"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.in_organization_domain("other.example"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_organization_domain("17"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.in_organization_domain("18").in_organization("17"), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        // A session has no scopes.
        (USER.scope("read"), ["u", "c", "f", "f", "f", "f", "ok", "f"]),
        (USER.all_scopes(&["read", "write"]), ["u", "c", "f", "f", "f", "f", "f", "f"]),
        (USER.all_scopes(&[]), ["u", "c", "f", "f", "f", "f", "f", "f"]),
        // A rule of the application.
        (USER.only_if(is_first), ["u", "c", "ok", "ok", "ok", "p", "ok", "ok"]),
        (USER.only_if(never), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.role("owner").only_if(is_first), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        // Time and way of the authentication; they are known where the claims are not.
        (USER.max_age(minutes(1)), ["u", "c", "ok", "i", "i", "ok", "ok", "i"]),
        (USER.max_age(Duration::from_secs(59)), ["u", "c", "i", "i", "i", "i", "i", "i"]),
        (USER.max_age(minutes(60)), ["u", "c", "ok", "ok", "i", "ok", "ok", "i"]),
        (USER.acr("urn:mfa"), ["u", "c", "ok", "i", "i", "ok", "i", "i"]),
        (USER.acr("URN:MFA"), ["u", "c", "i", "i", "i", "i", "i", "i"]),
        (USER.amr("mfa"), ["u", "c", "ok", "i", "i", "ok", "ok", "i"]),
        (USER.amr("pwd"), ["u", "c", "ok", "ok", "i", "ok", "i", "i"]),
        (USER.amr("urn:mfa"), ["u", "c", "i", "i", "i", "i", "i", "i"]),
        (USER.any_amr(&["user", "otp"]), ["u", "c", "ok", "i", "i", "ok", "ok", "i"]),
        (USER.any_amr(&["user", "hwk"]), ["u", "c", "i", "i", "i", "i", "ok", "i"]),
        (USER.any_amr(&[]), ["u", "c", "i", "i", "i", "i", "i", "i"]),
        // What a login cannot change comes first.
        (USER.role("owner").acr("urn:hwk"), ["u", "c", "f", "f", "f", "p", "f", "f"]),
        (USER.role("admin").amr("mfa").max_age(minutes(5)), ["u", "c", "ok", "i", "i", "p", "ok", "i"]),
        (USER.role("admin").amr("mfa").acr("urn:hwk"), ["u", "c", "i", "i", "i", "p", "i", "i"]),
    ];
    for (requirement, expected) in table {
        for (sender, expected) in senders().iter().zip(expected) {
            let decision = match decide(&sender.principal, requirement, NOW) {
                Ok(_) => "ok",
                Err(ErrorCode::Unauthenticated) => "u",
                Err(ErrorCode::CrossSite) => "c",
                Err(ErrorCode::Forbidden) => "f",
                Err(ErrorCode::InsufficientAuthentication) => "i",
                Err(ErrorCode::ProviderUnavailable) => "p",
                Err(code) => code.as_str(),
            };
            assert_eq!(decision, *expected, "{}: {requirement:?}", sender.name);
        }
    }
}

/// A provider whose clock is wrong, or that answers nonsense.
#[test]
fn an_authentication_far_in_the_future_is_not_recent() {
    let recent = Requirement::user().max_age(Duration::from_secs(300));
    let at = |at: Timestamp| {
        let session = examples::session(claims(), Some(at), AuthenticationContext::default(), NOW);
        decide(&Principal::Session(User::from_session(Arc::new(session))), &recent, NOW).err()
    };
    assert_eq!(at(NOW.saturating_add(CLOCK_SKEW)), None);
    let ahead = NOW.saturating_add(CLOCK_SKEW + Duration::from_secs(1));
    assert_eq!(at(ahead), Some(ErrorCode::InsufficientAuthentication));
}

#[test]
fn a_requirement_can_be_a_constant() {
    const STAFF: Requirement<'static> =
        Requirement::user().any_role(&["admin", "editor"]).in_organization("18").only_if(is_first);
    assert!(decide(&session(None, None, &[]), &STAFF, NOW).is_ok());
    assert_ne!(STAFF, STAFF.only_if(never));
    assert!(!format!("{STAFF:?}").contains("0x"), "{STAFF:?}");
}

/// It costs more than the whole decision.
#[test]
fn the_id_token_is_read_only_if_class_or_methods_are_required() {
    let session = Arc::new(examples::session(claims(), Some(NOW), AuthenticationContext::default(), NOW));
    let principal = Principal::Session(User::from_session(Arc::clone(&session)));
    let ordinary = Requirement::user().role("admin").in_organization("17").max_age(Duration::from_secs(60));
    assert!(decide(&principal, &ordinary, NOW).is_ok());
    assert!(!examples::is_authentication_read(&session));
    assert!(decide(&principal, &ordinary.amr("mfa"), NOW).is_err());
    assert!(examples::is_authentication_read(&session));
}
