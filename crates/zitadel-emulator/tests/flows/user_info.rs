//! Userinfo.

use std::time::Duration;

use crate::support::*;

fn invalid() -> (u16, String, String) {
    (401, "access_denied".to_owned(), "access token invalid".to_owned())
}

#[test]
fn claims_are_in_zitadels_order_without_extra_claims() {
    let emulator = emulator();
    let scope = "openid profile email phone";
    emulator.set_roles("alice", &[]);
    let token = login(&emulator, "alice", &[("scope", scope)])["access_token"].as_str().unwrap().to_owned();
    let info = user_info(&emulator, &token).json();
    let order = [
        "sub",
        "name",
        "given_name",
        "family_name",
        "nickname",
        "picture",
        "gender",
        "locale",
        "updated_at",
        "preferred_username",
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
    ];
    assert_eq!(member_names(&info), order);
    assert_eq!(info["preferred_username"], "alice");
    let picture = info["picture"].as_str().unwrap();
    assert!(picture.starts_with("http://zitadel.localhost/assets/v1/310000000000000001/"), "{picture}");
    let picture = get(&emulator, picture);
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/svg+xml"));
}

#[test]
fn unverified_email_is_omitted_and_undefined_locale_is_null() {
    let emulator = emulator();
    let info = user_info(&emulator, &emulator.access_token_for("carol")).json();
    assert_eq!(info["email"], "carol@example.com");
    assert!(info.get("email_verified").is_none(), "`false` is omitted");
    assert!(info["locale"].is_null() && info.get("locale").is_some());
}

#[test]
fn the_token_is_accepted_in_header_form_or_query() {
    let emulator = emulator();
    let token = emulator.access_token_for("alice");
    assert_eq!(user_info(&emulator, &token).status, 200);
    assert_eq!(post(&emulator, "/oidc/v1/userinfo", &[("access_token", &token)]).status, 200);
    assert_eq!(get(&emulator, &format!("/oidc/v1/userinfo?access_token={token}")).status, 200);
    let lowercase = post_as(&emulator, "/oidc/v1/userinfo", &[], Some(&format!("bearer {token}")));
    assert_eq!(lowercase.error(), (401, "invalid_request".to_owned(), "access token missing".to_owned()));
}

#[test]
fn a_missing_token_is_401_without_a_challenge() {
    let response = get(&emulator(), "/oidc/v1/userinfo");
    assert_eq!(response.error(), (401, "invalid_request".to_owned(), "access token missing".to_owned()));
    assert_eq!(response.header("www-authenticate"), "");
}

#[test]
fn unknown_and_expired_tokens_are_rejected() {
    let emulator = emulator();
    let token = emulator.access_token_for("alice");
    assert_eq!(user_info(&emulator, "unknown").error(), invalid());
    emulator.advance(Duration::from_secs(12 * 3600 - 1));
    assert_eq!(user_info(&emulator, &token).status, 200);
    emulator.advance(Duration::from_secs(1));
    assert_eq!(user_info(&emulator, &token).error(), invalid());
}

#[test]
fn tokens_stay_revoked_after_reactivation() {
    let emulator = emulator();
    let token = emulator.access_token_for("alice");
    emulator.deactivate("alice");
    assert_eq!(user_info(&emulator, &token).error(), invalid());
    emulator.reactivate("alice");
    assert_eq!(user_info(&emulator, &token).error(), invalid());
    assert_eq!(user_info(&emulator, &emulator.access_token_for("alice")).status, 200);
}

#[test]
fn a_user_deactivated_without_an_event_is_not_active() {
    let emulator = emulator();
    let token = emulator.access_token_for("alice");
    emulator.update_person("alice", |person| person.deactivated = true);
    assert_eq!(user_info(&emulator, &token).error().2, "no active user");
}

#[test]
fn roles_do_not_depend_on_application_settings() {
    let emulator = emulator();
    emulator.client().set_id_token_role_assertion(false);
    let info = user_info(&emulator, &emulator.access_token_for("bob")).json();
    assert!(info["urn:zitadel:iam:org:project:roles"]["user"].is_object());
}

#[test]
fn changes_to_a_user_take_effect_immediately() {
    let emulator = emulator();
    let token = emulator.access_token_for("bob");
    emulator.set_roles("bob", &["admin"]);
    emulator.update_person("bob", |person| person.email = "new@example.com".to_owned());
    let info = user_info(&emulator, &token).json();
    assert_eq!(member_names(&info["urn:zitadel:iam:org:project:roles"]), ["admin"]);
    assert_eq!(info["email"], "new@example.com");
}
