//! Back-channel logout requests of an emulator that listens.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::mpsc,
};
use zitadel_emulator::{DeliveryOutcome, Emulator, SigningAlgorithm};

use crate::support::*;

/// An application at a free port that answers every request with this status.
struct Application {
    uri: String,
    received: mpsc::UnboundedReceiver<(Instant, String)>,
}

impl Application {
    async fn start(status: u16) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("http://{}/auth/backchannel-logout", socket.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = socket.accept().await.unwrap();
                let mut request = vec![0; 8192];
                let read = stream.read(&mut request).await.unwrap();
                request.truncate(read);
                drop(sender.send((Instant::now(), String::from_utf8(request).unwrap())));
                let answer = format!("HTTP/1.1 {status} Any\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { uri, received }
    }

    /// The next request; returns when it arrived and the `sid` of its token.
    async fn next(&mut self) -> (Instant, String) {
        let received = tokio::time::timeout(Duration::from_secs(20), self.received.recv()).await;
        let (time, request) = received.expect("a request within 20 s").unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /auth/backchannel-logout HTTP/1.1\r\n"), "{head}");
        let token = Value::from(body.strip_prefix("logout_token=").unwrap());
        (time, claims(&token)["sid"].as_str().unwrap().to_owned())
    }
}

/// An emulator and an application to which it sends; alice is logged in twice, in two sessions.
async fn start(status: u16) -> (Emulator, Application) {
    let application = Application::start(status).await;
    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).start().await.unwrap();
    emulator.client().set_backchannel_logout_uri(Some(&application.uri));
    login(&emulator, "alice", &[]);
    login(&emulator, "alice", &[]);
    (emulator, application)
}

/// The outcomes, when there are this many.
async fn outcomes(emulator: &Emulator, count: usize) -> Vec<DeliveryOutcome> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while emulator.logout_deliveries().len() < count {
        assert!(Instant::now() < deadline, "{:?}", emulator.logout_deliveries());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    emulator.logout_deliveries().into_iter().map(|delivery| delivery.outcome).collect()
}

/// Lets the task that sends have its turn.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

/// The sessions whose tokens wait although the task that sends has had its turn.
async fn waiting(emulator: &Emulator) -> Vec<String> {
    settle().await;
    emulator.take_logout_tokens().iter().map(|token| token.session_id().to_owned()).collect()
}

#[tokio::test]
async fn an_application_is_told_ten_milliseconds_after_the_end_of_a_session() {
    let (emulator, mut application) = start(200).await;
    let sessions = emulator.session_ids("alice");
    let end = Instant::now();
    emulator.end_sessions("alice");
    let mut told = Vec::new();
    for _ in &sessions {
        let (time, session) = application.next().await;
        assert!(time - end >= Duration::from_millis(10), "{:?}", time - end);
        told.push(session);
    }
    told.sort();
    assert_eq!(told, sessions);
    assert_eq!(outcomes(&emulator, 2).await, [DeliveryOutcome::Status(200), DeliveryOutcome::Status(200)]);
    assert!(emulator.take_logout_tokens().is_empty());
}

#[tokio::test]
async fn a_logout_in_a_browser_is_announced_too() {
    let (emulator, mut application) = start(200).await;
    let tokens = login(&emulator, "bob", &[]);
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let hint = tokens["id_token"].as_str().unwrap();
    let url = format!("{}/oidc/v1/end_session?id_token_hint={hint}", emulator.issuer());
    assert_eq!(client.get(url).send().await.unwrap().status(), 302);
    assert_eq!(application.next().await.1, claims(&tokens["id_token"])["sid"].as_str().unwrap());
}

#[tokio::test]
async fn a_failure_is_repeated_with_retries_only() {
    let (emulator, mut application) = start(503).await;
    let [once, repeated] = emulator.session_ids("alice").try_into().unwrap();
    emulator.end_session(&once);
    assert_eq!(application.next().await.1, once);
    assert_eq!(outcomes(&emulator, 1).await, [DeliveryOutcome::Status(503)]);
    emulator.update_backchannel_logout(|settings| {
        settings.attempts = 3;
        settings.retry_after = Duration::from_millis(1);
    });
    emulator.end_session(&repeated);
    for _ in 0..3 {
        assert_eq!(application.next().await.1, repeated);
    }
    assert_eq!(outcomes(&emulator, 4).await, vec![DeliveryOutcome::Status(503); 4]);
    let attempts: Vec<_> = emulator.logout_deliveries().iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts, [1, 1, 2, 3]);
}

#[tokio::test]
async fn nothing_is_sent_to_another_device() {
    let emulator = Emulator::builder().signing_algorithm(SigningAlgorithm::EdDsa).start().await.unwrap();
    emulator.update_backchannel_logout(|settings| {
        settings.attempts = 5;
        settings.retry_after = Duration::ZERO;
    });
    emulator.client().set_backchannel_logout_uri(Some("http://192.0.2.1/auth/backchannel-logout"));
    for count in [1, 2] {
        login(&emulator, "alice", &[]);
        emulator.end_sessions("alice");
        for outcome in outcomes(&emulator, count).await {
            assert!(matches!(&outcome, DeliveryOutcome::Refused(reason) if reason.contains("loopback")), "{outcome:?}");
        }
    }
    let attempts: Vec<_> = emulator.logout_deliveries().iter().map(|delivery| delivery.attempt).collect();
    assert_eq!(attempts, [1, 1], "another attempt would be refused, too");
}

#[tokio::test]
async fn tokens_can_be_held_back() {
    let (emulator, mut application) = start(200).await;
    emulator.update_backchannel_logout(|settings| settings.sends = false);
    let [held, sent] = emulator.session_ids("alice").try_into().unwrap();
    emulator.end_session(&held);
    assert_eq!(waiting(&emulator).await, [held]);
    emulator.end_session(&sent);
    settle().await;
    emulator.update_backchannel_logout(|settings| settings.sends = true);
    assert_eq!(application.next().await.1, sent);
}

#[tokio::test]
async fn what_ended_while_the_emulator_was_down_is_announced_when_it_listens_again() {
    let (emulator, mut application) = start(200).await;
    emulator.stop_listening().await;
    let [taken, session] = emulator.session_ids("alice").try_into().unwrap();
    emulator.end_session(&taken);
    assert_eq!(waiting(&emulator).await, [taken], "nobody sends");
    emulator.end_session(&session);
    emulator.listen_again().await.unwrap();
    assert_eq!(application.next().await.1, session);
}
