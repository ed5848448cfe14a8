//! When logout tokens are delivered, and how often. Without a socket.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Request;
use serde_json::Value;
use zitadel_emulator::{BackchannelLogout, DeliveryOutcome, Emulator, SigningAlgorithm};

use crate::support::*;

pub(crate) const URI: &str = "http://localhost:3000/auth/backchannel-logout";
/// A time in seconds since the Unix epoch.
pub(crate) const NOW: u64 = 1_900_000_000;

/// A time in milliseconds after [`NOW`].
pub(crate) fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(NOW) + Duration::from_millis(millis)
}

/// An emulator whose clock stands still.
pub(crate) fn stopped() -> Emulator {
    let emulator = emulator();
    emulator.set_time(at(0));
    emulator
}

/// Delivers what is due and returns the requests.
async fn deliver(emulator: &Emulator, status: Option<u16>) -> Vec<Request<Vec<u8>>> {
    let mut requests = Vec::new();
    let sent = emulator
        .deliver_logout_tokens(async |request| {
            requests.push(request);
            status
        })
        .await;
    assert_eq!(sent, requests.len());
    requests
}

#[tokio::test]
async fn a_request_is_sent_when_it_is_due_and_never_again() {
    for status in [Some(200), Some(400), Some(503), Some(302), None] {
        let emulator = stopped();
        login(&emulator, "alice", &[]);
        emulator.end_sessions("alice");
        assert!(deliver(&emulator, status).await.is_empty(), "not due yet");
        emulator.advance(Duration::from_millis(10));
        let [request] = deliver(&emulator, status).await.try_into().unwrap();
        assert_eq!((request.method().as_str(), request.uri().to_string().as_str()), ("POST", URI));
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        assert!(request.body().starts_with(b"logout_token=eyJ"));
        emulator.advance(Duration::from_secs(180));
        assert!(deliver(&emulator, status).await.is_empty(), "{status:?}");
        let [delivery] = emulator.logout_deliveries().try_into().unwrap();
        assert_eq!(delivery.outcome.is_delivered(), matches!(status, Some(200 | 400)), "{delivery:?}");
        match status {
            Some(status) => assert_eq!(delivery.outcome, DeliveryOutcome::Status(status)),
            None => assert!(matches!(delivery.outcome, DeliveryOutcome::NoResponse(_))),
        }
    }
}

#[tokio::test]
async fn with_retries_a_failure_is_repeated_with_a_new_token_up_to_five_times() {
    let emulator = Emulator::builder()
        .signing_algorithm(SigningAlgorithm::EdDsa)
        .time(at(0))
        .backchannel_logout(BackchannelLogout::with_retries())
        .build();
    login(&emulator, "alice", &[]);
    emulator.end_sessions("alice");
    emulator.advance(Duration::from_millis(10));
    let mut ids = Vec::new();
    for attempt in 1..=5 {
        let [request] = deliver(&emulator, Some(503)).await.try_into().unwrap();
        let body = String::from_utf8(request.into_body()).unwrap();
        let token = claims(&Value::from(body.strip_prefix("logout_token=").unwrap()));
        assert_eq!(token["iat"], NOW + attempt - 2, "signed when it is sent");
        ids.push(token["jti"].as_str().unwrap().to_owned());
        emulator.advance(Duration::from_millis(999));
        assert!(deliver(&emulator, Some(503)).await.is_empty(), "a second apart");
        emulator.advance(Duration::from_millis(1));
    }
    emulator.advance(Duration::from_secs(3600));
    assert!(deliver(&emulator, Some(503)).await.is_empty());
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    let attempts: Vec<_> = emulator.logout_deliveries().iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn with_retries_what_was_delivered_is_not_repeated() {
    for status in [200, 202, 204, 400] {
        let emulator = stopped();
        emulator.update_backchannel_logout(|settings| *settings = BackchannelLogout::with_retries());
        login(&emulator, "alice", &[]);
        login(&emulator, "alice", &[]);
        emulator.end_sessions("alice");
        emulator.advance(Duration::from_millis(10));
        let mut statuses = [503, status].into_iter();
        let sent = emulator.deliver_logout_tokens(async |_| statuses.next()).await;
        assert_eq!(sent, 2);
        emulator.advance(Duration::from_secs(1));
        assert_eq!(deliver(&emulator, Some(status)).await.len(), 1, "only the one that failed");
        emulator.advance(Duration::from_secs(1));
        assert!(deliver(&emulator, Some(status)).await.is_empty());
    }
}
