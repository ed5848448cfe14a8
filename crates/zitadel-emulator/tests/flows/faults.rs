//! Scripted misbehaviour.

use serde_json::Value;
use zitadel_emulator::{Dropped, Emulator, EndpointName, Fault};

use crate::browser::*;

/// The ID token of a sign-in with a fault at the token endpoint.
fn id_token(emulator: &Emulator, fault: Fault) -> Value {
    emulator.fault_times(EndpointName::Token, fault, 1);
    sign_in(emulator, "alice", &[])["id_token"].clone()
}

fn is_accepted_as_hint(emulator: &Emulator, token: &Value) -> bool {
    get(emulator, &format!("/oidc/v1/end_session?id_token_hint={}", token.as_str().unwrap())).status == 302
}

#[test]
fn a_counted_fault_passes_and_a_lasting_one_stays_until_cleared() {
    let emulator = emulator();
    let status = || get(&emulator, "/oauth/v2/keys").status;
    emulator.fault(EndpointName::Keys, Fault::Status(500));
    emulator.fault_times(EndpointName::Keys, Fault::Status(429), 2);
    assert_eq!([status(), status(), status(), status()], [429, 429, 500, 500]);
    assert_eq!(get(&emulator, "/.well-known/openid-configuration").status, 200, "others are not affected");
    emulator.clear_faults();
    assert_eq!(status(), 200);
}

#[test]
fn answers_can_be_html_huge_or_anything() {
    let emulator = emulator();
    let with = |fault: Fault| {
        emulator.fault(EndpointName::UserInfo, fault);
        get(&emulator, "/oidc/v1/userinfo")
    };
    assert_eq!(with(Fault::Html).header("content-type"), "text/html; charset=utf-8");
    assert!(with(Fault::Huge(3_000_000)).body.len() > 3_000_000);
    let custom = Fault::StatusBody { status: 418, content_type: "text/plain".to_owned(), body: b"tea".to_vec() };
    assert_eq!((with(custom.clone()).status, with(custom).body.as_str()), (418, "tea"));
}

#[test]
fn a_lost_answer_was_carried_out_and_a_dropped_request_was_not() {
    let emulator = emulator();
    let tokens = sign_in(&emulator, "alice", &[]);
    let token = tokens["refresh_token"].as_str().unwrap();
    emulator.fault_times(EndpointName::Token, Fault::Drop, 1);
    assert_eq!(refresh(&emulator, token).status, 504);
    emulator.fault_times(EndpointName::Token, Fault::LoseAnswer, 1);
    assert_eq!(refresh(&emulator, token).status, 504);
    assert_eq!(refresh(&emulator, token).error().2, "Errors.OIDCSession.RefreshTokenInvalid");
    assert_eq!(emulator.requests().iter().filter(|request| request.status.is_none()).count(), 2);
    emulator.fault(EndpointName::Keys, Fault::Hang);
    let response = emulator.handle(http::Request::get("/oauth/v2/keys").body(Vec::new()).unwrap());
    assert!(response.extensions().get::<Dropped>().is_some());
}

#[test]
fn claims_of_the_id_token_can_be_wrong() {
    let emulator = emulator();
    let right = claims(&sign_in(&emulator, "alice", &[])["id_token"]);
    for (fault, claim) in [
        (Fault::WrongIssuer, "iss"),
        (Fault::WrongNonce, "nonce"),
        (Fault::MissingNonce, "nonce"),
        (Fault::WrongAudience, "aud"),
        (Fault::WrongAzp, "azp"),
        (Fault::ExpiredIdToken, "exp"),
        (Fault::FutureIdToken, "iat"),
        (Fault::MissingSub, "sub"),
        (Fault::WrongSubject, "sub"),
        (Fault::WrongAtHash, "at_hash"),
    ] {
        let wrong = claims(&id_token(&emulator, fault.clone()));
        assert_ne!(wrong.get(claim), right.get(claim), "{fault:?}");
    }
}

#[test]
fn signatures_of_the_id_token_can_be_wrong() {
    let emulator = emulator();
    assert!(is_accepted_as_hint(&emulator, &sign_in(&emulator, "alice", &[])["id_token"]));
    for fault in [Fault::ForeignKey, Fault::UnknownKid, Fault::AlgNone, Fault::AlgHs256, Fault::TamperedSignature] {
        let token = id_token(&emulator, fault.clone());
        assert!(!is_accepted_as_hint(&emulator, &token), "{fault:?}");
    }
    let foreign = id_token(&emulator, Fault::WrongIssuer);
    assert!(!is_accepted_as_hint(&emulator, &foreign), "well signed, but by another issuer");
    assert_eq!(part(&id_token(&emulator, Fault::AlgNone), 0)["alg"], "none");
    assert_eq!(part(&id_token(&emulator, Fault::AlgHs256), 0)["alg"], "HS256");
}

#[test]
fn members_of_the_token_answer_can_be_missing_or_wrong() {
    let emulator = emulator();
    let with = |fault: Fault| {
        emulator.fault_times(EndpointName::Token, fault, 1);
        sign_in(&emulator, "alice", &[])
    };
    assert!(with(Fault::NoIdToken).get("id_token").is_none());
    assert!(with(Fault::NoAccessToken).get("access_token").is_none());
    assert!(with(Fault::NoRefreshToken).get("refresh_token").is_none());
    assert_eq!(with(Fault::WrongTokenType)["token_type"], "mac");
}

#[test]
fn userinfo_discovery_keys_and_callback_can_be_wrong() {
    let emulator = emulator();
    let token = emulator.access_token_for("alice");
    emulator.fault(EndpointName::UserInfo, Fault::WrongSubject);
    assert_ne!(user_info(&emulator, &token).json()["sub"], emulator.person("alice").unwrap().id);
    emulator.fault(EndpointName::UserInfo, Fault::MissingSub);
    assert!(user_info(&emulator, &token).json().get("sub").is_none());
    emulator.fault(EndpointName::Discovery, Fault::WrongIssuer);
    let metadata = get(&emulator, "/.well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], "http://elsewhere.localhost");
    emulator.fault(EndpointName::Keys, Fault::NoKeys);
    assert_eq!(get(&emulator, "/oauth/v2/keys").body, "{\"keys\":[]}\n");
    emulator.fault(EndpointName::Login, Fault::WrongState);
    let callback = emulator.authorize_as(&authorize_query(&emulator, &[]), "alice");
    assert_eq!(parameter(&callback, "state").as_deref(), Some("another-state"));
}
