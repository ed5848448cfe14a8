//! A replica that is killed while it holds the lease of a refresh.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

use std::thread;

use behaviours::{Browser, Log, Setup, Subject, subject};
use redis_test_server::Server;
use tokio::runtime::Runtime;
use zitadel_emulator::{EndpointName, Fault};

use crate::replicas::{Replicas, store};

/// A replica with a runtime of its own, which can be shut down as if its process was killed: no task of it goes on.
struct Doomed {
    runtime: Runtime,
    subject: Subject,
}

impl Doomed {
    fn start(first: &Subject, redis: &str) -> Self {
        let (setup, store) = (Setup::new().replica_of(first), store(redis));
        // A runtime cannot be entered in a task of another one.
        let started = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let subject = runtime.block_on(subject::axum::with(setup.store(store)));
            Self { runtime, subject }
        });
        started.join().unwrap()
    }

    /// Asks for a page that needs a refresh, and kills the replica when the provider has its token request.
    async fn kill_during_refresh(self, replicas: &Replicas, browser: &Browser, fault: Fault) {
        replicas.first().emulator().fault_times(EndpointName::Token, fault, 1);
        let mut browser = browser.clone().at_replica(&self.subject);
        let page = tokio::spawn(async move { browser.get("/profile").await });
        replicas.until_token_requests(1).await;
        page.abort();
        self.runtime.shutdown_background();
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn the_refresh_of_a_replica_that_was_killed_is_made_by_another_one() {
    let redis = Server::start("").await;
    let replicas = Replicas::start(&redis.url()).await;
    let doomed = Doomed::start(replicas.first(), &redis.url());
    let browser = replicas.with_due_session("alice").await;
    // The provider has not processed the request.
    doomed.kill_during_refresh(&replicas, &browser, Fault::Hang).await;
    replicas.assert_refreshed(&browser, 1).await;
    assert_eq!(replicas.token_requests(), 2);
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_session_whose_new_tokens_were_lost_with_a_replica_ends_alone_and_the_log_says_why() {
    let log = Log::collect();
    let redis = Server::start("").await;
    let replicas = Replicas::start(&redis.url()).await;
    let doomed = Doomed::start(replicas.first(), &redis.url());
    let bob = replicas.first().logged_in("bob").await;
    let alice = replicas.with_due_session("alice").await;
    // The provider has processed the request: the refresh token is spent, and nobody has the next one.
    doomed.kill_during_refresh(&replicas, &alice, Fault::Delay(std::time::Duration::from_secs(30))).await;
    for mut browser in replicas.each(&alice) {
        browser.get("/profile").await.assert_redirect("/auth/login");
    }
    assert_eq!(replicas.token_requests(), 2, "the spent token is tried once, by one replica");
    let text = log.text();
    let refused = text.lines().filter(|line| line.contains("refresh_refused"));
    assert!(refused.clone().count() == 1 && text.contains("RefreshTokenInvalid"), "{:?}", refused.collect::<Vec<_>>());
    replicas.assert_refreshed(&bob, 1).await;
}
