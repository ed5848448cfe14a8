//! Signing keys: when they are fetched, and how often.

use zitadel_emulator::{EndpointName, Fault, SigningAlgorithm};

use crate::support::App;

#[tokio::test]
async fn rotated_keys_are_accepted_within_one_round_trip() {
    let app = App::new();
    let mut earlier = app.logged_in("alice").await;
    app.emulator.rotate_keys(SigningAlgorithm::Es384);
    app.logged_in("bob").await;
    app.advance(5);
    app.emulator.rotate_keys(SigningAlgorithm::EdDsa);
    app.emulator.delete_old_keys();
    app.logged_in("carol").await;
    assert_eq!(app.emulator.count(EndpointName::Keys), 3);
    assert!(earlier.open("/profile").await.is_ok(), "the session of before the rotation is still valid");
}

#[tokio::test]
async fn forged_key_ids_cause_one_key_request_in_five_seconds() {
    let app = App::new();
    app.logged_in("alice").await;
    app.emulator.fault(EndpointName::Token, Fault::UnknownKid);
    for _ in 0..10 {
        assert_eq!(app.browser().login("alice", "/").await.status, 502);
    }
    assert_eq!(app.emulator.count(EndpointName::Keys), 2);
}

#[tokio::test]
async fn stale_keys_are_used_while_the_provider_returns_none() {
    let app = App::new();
    app.logged_in("alice").await;
    app.advance(301);
    app.emulator.fault(EndpointName::Keys, Fault::Status(500));
    app.logged_in("bob").await;
}

/// A provider that was restarted may have new keys under the same key ids.
#[tokio::test]
async fn invalid_signature_with_a_known_key_id_causes_one_key_request() {
    let app = App::new();
    app.logged_in("alice").await;
    app.emulator.fault_times(EndpointName::Token, Fault::TamperedSignature, 1);
    assert_eq!(app.browser().login("alice", "/").await.status, 502);
    assert_eq!(app.emulator.count(EndpointName::Keys), 2);
}
