//! Access tokens of the application itself.

use std::sync::Arc;

use zitadel_core::{
    Config, ConfigBuilder, ErrorCode, Requirement, ServiceAccount, Zitadel, environment::TransportError,
};
use zitadel_emulator::{EndpointName, Fault, ServiceAccountHandle};

use crate::support::{App, Log, emulator};

/// A program that is a service account and nothing else, and an application whose API it calls.
struct Machine {
    app: App,
    robot: ServiceAccountHandle,
    account: ServiceAccount,
}

impl Machine {
    fn with_key() -> Self {
        Self::new(|builder, robot| builder.service_account_key(robot.create_key()))
    }

    fn with_secret() -> Self {
        Self::new(|builder, robot| builder.service_account_secret(robot.client_id(), robot.create_secret()))
    }

    /// Its tokens are for the project of the application.
    fn new(credential: impl FnOnce(ConfigBuilder, &ServiceAccountHandle) -> ConfigBuilder) -> Self {
        let project = emulator().client().snapshot().project_id;
        Self::without_project(|builder, robot| credential(builder, robot).service_account_project(&project))
    }

    fn without_project(credential: impl FnOnce(ConfigBuilder, &ServiceAccountHandle) -> ConfigBuilder) -> Self {
        let emulator = emulator();
        let api = zitadel_emulator::Client {
            project_id: emulator.client().snapshot().project_id,
            ..zitadel_emulator::Client::api("api")
        };
        let key = emulator.add_client(api).create_key();
        let app = App::with(emulator, &[("ZITADEL_APP_KEY", &key)]);
        let robot = app.emulator.service_account("robot");
        let config = credential(Config::api_builder(app.emulator.issuer()), &robot).build().unwrap();
        let builder = Zitadel::builder(config).transport(app.transport.clone()).clock(app.clock.clone());
        let account = builder.build().unwrap().service_account().unwrap();
        Self { app, robot, account }
    }

    async fn token(&self) -> String {
        self.account.access_token().await.unwrap().expose().to_owned()
    }

    /// Whether the API of the application accepts the token.
    async fn is_accepted(&self, token: &str) -> bool {
        let mut head = zitadel_core::RequestHead::new("GET", "/api");
        head.header("authorization", format!("Bearer {token}").as_bytes());
        let authentication = self.app.zitadel.authenticate(head).await;
        authentication.authorize(&Requirement::user()).is_ok_and(|user| user.subject() == self.robot.id())
    }

    fn requests(&self) -> usize {
        self.app.emulator.count(EndpointName::Token)
    }
}

#[tokio::test]
async fn key_secret_and_personal_access_token_give_tokens_that_the_api_accepts() {
    for (machine, requests) in [
        (Machine::with_key(), 1),
        (Machine::with_secret(), 1),
        (Machine::new(|builder, robot| builder.service_account_token(robot.create_personal_access_token())), 0),
    ] {
        let token = machine.token().await;
        assert!(machine.is_accepted(&token).await);
        assert_eq!(machine.token().await, token);
        assert_eq!(machine.requests(), requests);
    }
}

#[tokio::test]
async fn two_hundred_callers_cause_one_request() {
    let machine = Arc::new(Machine::with_key());
    let callers: Vec<_> = (0..200)
        .map(|_| {
            let machine = Arc::clone(&machine);
            tokio::spawn(async move { machine.token().await })
        })
        .collect();
    let mut tokens = Vec::new();
    for caller in callers {
        tokens.push(caller.await.unwrap());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), machine.requests()), (1, 1));
}

#[tokio::test]
async fn token_is_replaced_ahead_of_time_and_nobody_waits_for_it() {
    let machine = Machine::with_secret();
    let first = machine.token().await;
    // Twelve hours, as ZITADEL gives by default; five minutes before the end it is due.
    machine.app.advance(43_199 - 301);
    assert_eq!((machine.token().await, machine.requests()), (first.clone(), 1));
    machine.app.advance(1);
    machine.app.transport.fail(TransportError::Timeout);
    assert_eq!(machine.token().await, first, "it is still good");
    settle().await;
    machine.app.transport.recover();
    assert_eq!(machine.token().await, first, "and nothing is asked within the pause");
    settle().await;
    assert_eq!(machine.requests(), 1);
    machine.app.advance(1);
    assert_eq!(machine.token().await, first);
    for _ in 0..100 {
        if machine.requests() == 2 {
            break;
        }
        settle().await;
    }
    let second = machine.token().await;
    assert_ne!(second, first);
    assert_eq!(machine.requests(), 2);
}

#[tokio::test]
async fn expired_token_is_not_used_although_the_provider_is_down() {
    let machine = Machine::with_secret();
    machine.token().await;
    machine.app.advance(43_199 - 30);
    machine.app.transport.fail(TransportError::Timeout);
    let error = machine.account.access_token().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::ProviderUnavailable);
    machine.app.transport.recover();
    assert_eq!(machine.account.access_token().await.unwrap_err().code(), ErrorCode::ProviderUnavailable, "a pause");
    machine.app.advance(1);
    assert!(machine.is_accepted(&machine.token().await).await);
}

/// ZITADEL answers 500 to every assertion that it does not accept.
#[tokio::test]
async fn refused_assertion_is_told_from_an_outage_and_not_sent_again_at_once() {
    let machine = Machine::with_key();
    machine.robot.update(|account| account.keys.clear());
    let log = Log::collect();
    for _ in 0..3 {
        assert_eq!(machine.account.access_token().await.unwrap_err().code(), ErrorCode::Misconfigured);
    }
    assert_eq!(machine.requests(), 1);
    let event = log.event("service_account_refused");
    for part in ["ERROR", "status=500", "Errors.Internal", "key_id", "9999-12-31T23:59:59Z", "clock"] {
        assert!(event.contains(part), "{part}: {event}");
    }
    assert!(!log.text().contains("eyJ"), "{}", log.text());
    machine.app.advance(29);
    machine.account.access_token().await.unwrap_err();
    assert_eq!(machine.requests(), 1);
    machine.app.advance(1);
    machine.account.access_token().await.unwrap_err();
    assert_eq!(machine.requests(), 2);
}

#[tokio::test]
async fn other_errors_of_the_token_endpoint_are_an_outage() {
    let machine = Machine::with_key();
    machine.app.emulator.fault(EndpointName::Token, Fault::Status(503));
    assert_eq!(machine.account.access_token().await.unwrap_err().code(), ErrorCode::ProviderUnavailable);
    machine.app.advance(1);
    machine.app.emulator.fault(EndpointName::Token, Fault::Html);
    assert_eq!(machine.account.access_token().await.unwrap_err().code(), ErrorCode::ProviderUnavailable);
    machine.app.emulator.clear_faults();
    machine.app.advance(2);
    machine.token().await;
}

#[tokio::test]
async fn wrong_secret_is_a_refusal_with_the_words_of_the_provider() {
    let machine = Machine::new(|builder, robot| builder.service_account_secret(robot.client_id(), "wrong"));
    let _ = machine.robot.create_secret();
    let log = Log::collect();
    assert_eq!(machine.account.access_token().await.unwrap_err().code(), ErrorCode::Misconfigured);
    let event = log.event("service_account_refused");
    assert!(event.contains("Errors.User.Machine.Secret.Invalid") && !event.contains("wrong\""), "{event}");
}

#[tokio::test]
async fn rejected_token_is_replaced_once_and_a_new_one_is_not() {
    let machine = Machine::with_key();
    let first = machine.account.access_token().await.unwrap();
    assert_eq!(
        machine.account.access_token_after_rejection(&first).await.unwrap(),
        first,
        "the API would reject the next one"
    );
    machine.app.advance(5);
    let second = machine.account.access_token_after_rejection(&first).await.unwrap();
    assert_ne!(second, first);
    machine.app.advance(5);
    assert_eq!(
        machine.account.access_token_after_rejection(&first).await.unwrap(),
        second,
        "another caller was faster"
    );
    assert_eq!(machine.requests(), 2);
}

#[tokio::test]
async fn scope_of_the_project_that_is_missing_is_named_in_the_log() {
    let machine = Machine::without_project(|builder, robot| builder.service_account_key(robot.create_key()));
    let log = Log::collect();
    let token = machine.token().await;
    let event = log.event("service_account_without_project");
    assert!(event.contains("urn:zitadel:iam:org:project:id:PROJECT_ID:aud"), "{event}");
    assert!(!machine.is_accepted(&token).await);
    let project = machine.app.emulator.client().snapshot().project_id;
    let account = machine.account.with_scopes([format!("urn:zitadel:iam:org:project:id:{project}:aud")]);
    let other = account.access_token().await.unwrap();
    assert!(machine.is_accepted(other.expose()).await);
    assert_eq!(machine.token().await, token, "each list of scopes has a token of its own");
}

/// Background tasks run.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
