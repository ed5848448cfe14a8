//! A thousand requests at the same time, with one session whose tokens have expired.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a broken expectation ends the test")]

use std::collections::BTreeSet;

use behaviours::{Browser, Setup, Subject, subject};
use futures_util::future::join_all;
use zitadel_core::environment::Store;
use zitadel_emulator::EndpointName;

const REQUESTS: usize = 1_000;

/// Three times in a row. `store` connects a replica to what all of them share; `mode` is `SESSION_MODE`.
pub(crate) async fn three_times<S: Store>(mode: &str, store: &impl Fn() -> S) {
    let setup = Setup::new().with_short_lived_tokens().var("SESSION_MODE", mode);
    let axum = subject::axum::with(setup.store(store())).await;
    let actix = subject::actix::with(Setup::new().replica_of(&axum).store(store())).await;
    let rocket = subject::rocket::with(Setup::new().replica_of(&axum).store(store())).await;
    let mut browser = axum.logged_in("alice").await;
    for refreshes in 1..=3 {
        axum.make_tokens_due();
        axum.emulator().clear_requests();
        browser = storm(&[&axum, &actix, &rocket], &browser, refreshes).await;
        assert_eq!(axum.emulator().count(EndpointName::Token), 1);
    }
}

/// The browser with the cookie of the last answer.
async fn storm(replicas: &[&Subject], browser: &Browser, refreshes: u32) -> Browser {
    let requests = (0..REQUESTS).zip(replicas.iter().cycle()).map(|(_, replica)| {
        let mut browser = browser.clone().at_replica(replica);
        async move { (browser.get("/profile").await, browser) }
    });
    let mut answers = join_all(requests).await;
    let mut cookies = BTreeSet::new();
    for (answer, browser) in &answers {
        answer.assert_page(200, "alice@example.com").assert_text(&format!("Refreshed {refreshes} time"));
        // The cookie of a stored session stays the same.
        assert_eq!(answer.sets_session(), replicas[0].var("SESSION_MODE") == Some("cookie"));
        cookies.insert(browser.session());
    }
    assert_eq!(cookies.len(), 1, "every replica sets the same cookie");
    answers.pop().unwrap().1
}
