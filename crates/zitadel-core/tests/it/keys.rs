//! Signing keys: when they are fetched, and how often.

use zitadel_emulator::{EndpointName, Fault, SigningAlgorithm};

use crate::support::{App, Log, emulator_with};

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

/// A provider that does not name keys in its tokens.
#[tokio::test]
async fn login_whose_token_names_no_key_and_fits_several_or_none_fetches_the_keys_once() {
    for (before, after) in [(2, SigningAlgorithm::Es384), (0, SigningAlgorithm::EdDsa)] {
        let app = App::new();
        // Before: so many published keys with the algorithm of the next one.
        for _ in 0..before {
            app.emulator.rotate_keys(after);
        }
        app.logged_in("alice").await;
        app.emulator.rotate_keys(after);
        app.emulator.delete_old_keys();
        app.emulator.fault(EndpointName::Token, Fault::MissingKid);
        app.logged_in("bob").await;
        assert_eq!(app.emulator.count(EndpointName::Keys), 2, "{before} keys fitted");
        app.logged_in("carol").await;
        assert_eq!(app.emulator.count(EndpointName::Keys), 2, "now exactly one fits");
    }
}

#[tokio::test]
async fn refresh_whose_token_names_no_key_keeps_the_session_and_fetches_the_keys_once() {
    // A new instance has two keys of the same kind: the token fits both, also after the fetch.
    for (algorithm, reason) in [(SigningAlgorithm::Es256, "several fit"), (SigningAlgorithm::Es384, "no known key")] {
        let app = App::with(emulator_with(algorithm), &[]);
        app.emulator.client().set_access_token_lifetime(std::time::Duration::from_secs(200));
        let (mut browser, mut other) = (app.logged_in("alice").await, app.logged_in("bob").await);
        app.advance(201);
        if algorithm == SigningAlgorithm::Es384 {
            app.emulator.rotate_keys(SigningAlgorithm::EdDsa);
            app.emulator.fault(EndpointName::Keys, Fault::NoKeys);
        }
        app.emulator.fault(EndpointName::Token, Fault::MissingKid);
        let log = Log::collect();
        let user = browser.open("/").await.unwrap();
        assert_eq!((user.name(), user.session().unwrap().refresh_count()), (Some("Alice Anderson"), 1), "{reason}");
        let event = log.event("refresh_incomplete");
        assert!(event.contains(reason), "{event}");
        // Within the pause: the keys are not fetched again, and nobody is signed out.
        assert_eq!(other.open("/").await.unwrap().name(), Some("Bob Brown"), "{reason}");
        assert_eq!(app.emulator.count(EndpointName::Keys), 2, "{reason}");
    }
}

#[tokio::test]
async fn refresh_whose_token_is_not_verified_by_keys_of_a_moment_ago_keeps_the_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(601);
    // A forged token of another login has just caused a fetch.
    app.emulator.fault_times(EndpointName::Token, Fault::UnknownKid, 1);
    assert_eq!(app.browser().login("bob", "/").await.status, 502);
    let fetched = app.emulator.count(EndpointName::Keys);
    app.emulator.fault_times(EndpointName::Token, Fault::TamperedSignature, 1);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(app.emulator.count(EndpointName::Keys), fetched);
}
