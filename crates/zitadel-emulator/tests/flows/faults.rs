//! Scripted faults.

use serde_json::Value;
use zitadel_emulator::{Dropped, Emulator, EndpointName, Fault};

use crate::support::*;

/// Logs in with a fault at the token endpoint and returns the ID token.
fn id_token(emulator: &Emulator, fault: Fault) -> Value {
    emulator.fault_times(EndpointName::Token, fault, 1);
    login(emulator, "alice", &[])["id_token"].clone()
}

fn is_accepted_as_hint(emulator: &Emulator, token: &Value) -> bool {
    get(emulator, &format!("/oidc/v1/end_session?id_token_hint={}", token.as_str().unwrap())).status == 302
}

#[test]
fn a_counted_fault_ends_and_a_permanent_fault_stays_until_cleared() {
    let emulator = emulator();
    let status = || get(&emulator, "/oauth/v2/keys").status;
    emulator.fault(EndpointName::Keys, Fault::Status(500));
    emulator.fault_times(EndpointName::Keys, Fault::Status(429), 2);
    assert_eq!([status(), status(), status(), status()], [429, 429, 500, 500]);
    assert_eq!(get(&emulator, "/.well-known/openid-configuration").status, 200, "other endpoints are not affected");
    emulator.clear_faults();
    assert_eq!(status(), 200);
}

#[test]
fn responses_can_be_html_huge_or_custom() {
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
fn a_request_with_a_lost_response_is_processed_and_a_dropped_one_is_not() {
    let emulator = emulator();
    let tokens = login(&emulator, "alice", &[]);
    let token = tokens["refresh_token"].as_str().unwrap();
    emulator.fault_times(EndpointName::Token, Fault::Drop, 1);
    assert_eq!(refresh(&emulator, token).status, 504);
    emulator.fault_times(EndpointName::Token, Fault::LoseResponse, 1);
    assert_eq!(refresh(&emulator, token).status, 504);
    assert_eq!(refresh(&emulator, token).error().2, "Errors.OIDCSession.RefreshTokenInvalid");
    assert_eq!(emulator.requests().iter().filter(|request| request.status.is_none()).count(), 2);
    emulator.fault(EndpointName::Keys, Fault::Hang);
    let response = emulator.handle(http::Request::get("/oauth/v2/keys").body(Vec::new()).unwrap());
    assert!(response.extensions().get::<Dropped>().is_some());
}

#[test]
fn faults_change_claims_of_the_id_token() {
    let emulator = emulator();
    let right = claims(&login(&emulator, "alice", &[])["id_token"]);
    for (fault, claim) in [
        (Fault::WrongIssuer, "iss"),
        (Fault::WrongNonce, "nonce"),
        (Fault::MissingNonce, "nonce"),
        (Fault::WrongAudience, "aud"),
        (Fault::WrongAzp, "azp"),
        (Fault::ExpiredIdToken, "exp"),
        (Fault::FutureIdToken, "iat"),
        (Fault::ChangedAuthTime, "auth_time"),
        (Fault::MissingSub, "sub"),
        (Fault::WrongSubject, "sub"),
        (Fault::WrongAtHash, "at_hash"),
    ] {
        let wrong = claims(&id_token(&emulator, fault.clone()));
        assert_ne!(wrong.get(claim), right.get(claim), "{fault:?}");
    }
}

#[test]
fn faults_invalidate_the_signature_of_the_id_token() {
    let emulator = emulator();
    assert!(is_accepted_as_hint(&emulator, &login(&emulator, "alice", &[])["id_token"]));
    for fault in [
        Fault::ForeignKey,
        Fault::UnknownKid,
        Fault::MissingKid,
        Fault::AlgNone,
        Fault::AlgHs256,
        Fault::TamperedSignature,
    ] {
        let token = id_token(&emulator, fault.clone());
        assert!(!is_accepted_as_hint(&emulator, &token), "{fault:?}");
    }
    let foreign = id_token(&emulator, Fault::WrongIssuer);
    assert!(!is_accepted_as_hint(&emulator, &foreign), "valid signature, but a different issuer");
    assert_eq!(token_part(&id_token(&emulator, Fault::MissingKid), 0).get("kid"), None);
    assert_eq!(token_part(&id_token(&emulator, Fault::AlgNone), 0)["alg"], "none");
    assert_eq!(token_part(&id_token(&emulator, Fault::AlgHs256), 0)["alg"], "HS256");
}

#[test]
fn faults_change_members_of_the_token_response() {
    let emulator = emulator();
    let with = |fault: Fault| {
        emulator.fault_times(EndpointName::Token, fault, 1);
        login(&emulator, "alice", &[])
    };
    assert!(with(Fault::NoIdToken).get("id_token").is_none());
    assert!(with(Fault::NoAccessToken).get("access_token").is_none());
    assert!(with(Fault::NoRefreshToken).get("refresh_token").is_none());
    assert_eq!(with(Fault::WrongTokenType)["token_type"], "mac");
}

#[test]
fn faults_change_userinfo_discovery_keys_and_callback() {
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
