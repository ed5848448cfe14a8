//! A refresh during which a client hangs up, or Redis fails: nobody is logged out, and no refresh token is spent twice.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

use std::time::Duration;

use behaviours::Browser;
use redis_test_server::{Replicated, Server, until};
use tokio::task::JoinHandle;
use zitadel_emulator::{EndpointName, Fault};

use crate::replicas::Replicas;

/// A page load of which the provider has received the token request, and answers it after a while.
async fn refresh_in_flight(
    replicas: &Replicas,
    browser: &Browser,
    first: usize,
    answer_after: Duration,
) -> JoinHandle<behaviours::Response> {
    replicas.first().emulator().fault_times(EndpointName::Token, Fault::Delay(answer_after), 1);
    let mut browser = replicas.each(browser).nth(first).unwrap();
    let page = tokio::spawn(async move { browser.get("/profile").await });
    replicas.until_token_requests(1).await;
    page
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_client_that_hangs_up_does_not_end_the_refresh() {
    let redis = Server::start("").await;
    let replicas = Replicas::start(&redis.url()).await;
    for first in 0..3 {
        let browser = replicas.with_due_session("alice").await;
        let page = refresh_in_flight(&replicas, &browser, first, Duration::from_millis(300)).await;
        page.abort();
        assert!(page.await.unwrap_err().is_cancelled());
        replicas.assert_refreshed(&browser, 1).await;
        assert_eq!(replicas.token_requests(), 1, "the client of replica {first} hung up");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_redis_that_is_down_when_the_tokens_come_learns_of_them_later() {
    let mut redis = Server::start_durable("").await;
    let replicas = Replicas::start(&redis.url()).await;
    for first in 0..3 {
        let browser = replicas.with_due_session("alice").await;
        let page = refresh_in_flight(&replicas, &browser, first, Duration::from_millis(500)).await;
        redis.kill().await;
        let page = page.await.unwrap();
        // It cannot know whether the session ended. What must not be lost reaches the browser nevertheless.
        assert!(page.status == 200 || page.status == 503, "{}", page.status);
        assert!(page.sets_session(), "replica {first} answered {}", page.status);
        for mut other in replicas.each(&browser) {
            let page = other.get("/profile").await;
            assert!(page.status == 200 || page.status == 503, "{}", page.status);
            assert!(page.status == 200 || !other.session().is_empty(), "the cookie is kept");
        }
        redis.run().await;
        for other in replicas.each(&browser) {
            let is_up = async || match other.clone().get("/profile").await.status {
                503 => Err(()),
                status => Ok(status),
            };
            assert_eq!(until(is_up).await.0, 200);
        }
        replicas.assert_refreshed(&browser, 1).await;
        assert_eq!(replicas.token_requests(), 1, "Redis was down while replica {first} refreshed");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_redis_that_fails_over_during_the_token_request_loses_nothing() {
    let mut redis = Replicated::start().await;
    let replicas = Replicas::start(&redis.url("hunter3")).await;
    let browser = replicas.with_due_session("alice").await;
    let page = refresh_in_flight(&replicas, &browser, 0, Duration::from_secs(1)).await;
    // Replication is asynchronous: the lease must have reached the replica.
    let _: i64 = redis.master.with_password("hunter2").ask("WAIT 1 5000").await.unwrap();
    redis.master.kill().await;
    for other in replicas.each(&browser) {
        let is_up = async || match other.clone().get("/profile").await.status {
            503 => Err(()),
            status => Ok(status),
        };
        assert_eq!(until(is_up).await.0, 200);
    }
    assert!(page.await.unwrap().sets_session());
    replicas.assert_refreshed(&browser, 1).await;
    assert_eq!(replicas.token_requests(), 1);
}
