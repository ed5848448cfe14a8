//! `Replicas`: one on each framework, each with a connection of its own to Redis.
#![expect(clippy::unwrap_used, reason = "a broken expectation ends the test")]

use behaviours::{Browser, Setup, Subject, subject};
use redis_test_server::until;
use zitadel_emulator::EndpointName;
use zitadel_redis::RedisStore;

pub(crate) struct Replicas(pub(crate) [Subject; 3]);

pub(crate) fn store(url: &str) -> RedisStore {
    RedisStore::from_url(url).unwrap()
}

impl Replicas {
    /// With access tokens of two seconds.
    pub(crate) async fn start(redis: &str) -> Self {
        let axum = subject::axum::with(Setup::new().with_short_lived_tokens().store(store(redis))).await;
        let actix = subject::actix::with(Setup::new().replica_of(&axum).store(store(redis))).await;
        let rocket = subject::rocket::with(Setup::new().replica_of(&axum).store(store(redis))).await;
        Self([axum, actix, rocket])
    }

    pub(crate) fn first(&self) -> &Subject {
        let [first, ..] = &self.0;
        first
    }

    /// The browser at each of the replicas.
    pub(crate) fn each(&self, browser: &Browser) -> impl Iterator<Item = Browser> {
        self.0.iter().map(|replica| browser.clone().at_replica(replica))
    }

    /// A browser whose session must be refreshed, and no request in the provider's log.
    pub(crate) async fn with_due_session(&self, user: &str) -> Browser {
        let browser = self.first().logged_in(user).await;
        self.first().make_tokens_due();
        self.first().emulator().clear_requests();
        browser
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.first().emulator().count(EndpointName::Token)
    }

    /// The provider has received so many token requests.
    pub(crate) async fn until_token_requests(&self, number: usize) {
        until(async || if self.token_requests() >= number { Ok(()) } else { Err(()) }).await;
    }

    /// Every replica answers with the session, which was refreshed so often.
    pub(crate) async fn assert_refreshed(&self, browser: &Browser, times: u32) {
        for mut browser in self.each(browser) {
            let page = browser.get("/profile").await;
            page.assert_status(200).assert_text(&format!("Refreshed {times} time"));
        }
    }
}
