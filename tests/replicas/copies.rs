//! A cookie that was copied before its session ended is refused on every replica: at once in the median, because replicas are
//! told, and within `revocation_lag` always.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a broken expectation ends the test")]
#![expect(clippy::print_stdout, reason = "the figures that the operations guide asks for")]

use std::time::{Duration, Instant};

use behaviours::{Browser, Request};
use futures_util::future::join_all;
use redis_test_server::{MAX_WAIT, Server};

use crate::replicas::Replicas;

const LOGOUTS: usize = 50;
/// `revocation_lag`, the second to which a clock is rounded, and what a busy machine takes for the answers.
const LAG: Duration = Duration::from_secs(8);
/// Of the median.
const LIMIT: Duration = Duration::from_millis(200);

/// How long it takes until every replica refuses a copy.
async fn refused_everywhere(replicas: &Replicas, copy: &Browser, ended_at: Instant) -> Duration {
    let refused = replicas.each(copy).map(|mut copy| async move {
        while copy.fetch("GET", "/auth/session").await.body != "null" {
            assert!(ended_at.elapsed() < MAX_WAIT, "a copy is still accepted");
            // The servers have the same processors.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        ended_at.elapsed()
    });
    join_all(refused).await.into_iter().max().unwrap()
}

/// The clock goes on while this waits: a replica that was not told, because its subscription was interrupted on a busy machine,
/// asks within `revocation_lag`. The median shows that replicas are told.
async fn while_time_passes<T>(replicas: &Replicas, waiting: impl Future<Output = T>) -> T {
    let clock = async {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            replicas.first().advance(1);
        }
    };
    tokio::select! {
        done = waiting => done,
        () = clock => unreachable!("it never ends"),
    }
}

/// Every replica knows the session, and that it has not ended.
async fn seen_everywhere(replicas: &Replicas, browser: &Browser) {
    for mut browser in replicas.each(browser) {
        assert_ne!(browser.fetch("GET", "/auth/session").await.body, "null");
    }
}

fn assert_median(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let (median, max) = (times[times.len() / 2], times[times.len() - 1]);
    assert!(max < LAG, "{what}: {max:?}");
    println!("{what}: refused on three replicas after {median:?} (median) and {max:?} (longest) of {}", times.len());
    assert!(median < LIMIT, "{what}: {median:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn after_a_logout_a_copied_cookie_is_refused_on_every_replica() {
    let redis = Server::start("").await;
    let replicas = Replicas::start(&redis.url()).await;
    let mut times = Vec::new();
    for number in 0..LOGOUTS {
        let browser = replicas.first().logged_in("alice").await;
        seen_everywhere(&replicas, &browser).await;
        let mut leaving = replicas.each(&browser).nth(number % 3).unwrap();
        leaving.get("/profile").await.assert_status(200);
        leaving.click("Sign out").await.assert_status(302);
        times.push(while_time_passes(&replicas, refused_everywhere(&replicas, &browser, Instant::now())).await);
    }
    assert_median("logout", times);
}

/// Three browsers; in two of them the application was opened once more without its cookie, in a private window.
async fn five_sessions(replicas: &Replicas, user: &str) -> Vec<Browser> {
    let mut sessions = Vec::new();
    for windows in [2, 2, 1] {
        let mut browser = replicas.first().logged_in(user).await;
        sessions.push(browser.clone());
        if windows == 2 {
            browser.set_cookie(replicas.first().session_cookie(), "");
            browser.get("/auth/login").await.assert_status(200);
            browser.log_in_as(user).await.assert_redirect("/profile");
            sessions.push(browser);
        }
    }
    sessions
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn after_a_back_channel_logout_by_sub_five_sessions_are_refused_on_every_replica() {
    let redis = Server::start("").await;
    let replicas = Replicas::start(&redis.url()).await;
    let bob = replicas.first().logged_in("bob").await;
    let mut times = Vec::new();
    for number in 0..LOGOUTS / 5 {
        let sessions = five_sessions(&replicas, "alice").await;
        for session in &sessions {
            seen_everywhere(&replicas, session).await;
        }
        let token = replicas.first().emulator().logout_token_for("alice", "").without_claim("sid").build();
        let mut provider = replicas.each(&replicas.first().browser()).nth(number % 3).unwrap();
        let request = Request::new("POST", "/auth/backchannel-logout").form(&format!("logout_token={token}"));
        provider.send(request).await.assert_status(200).assert_not_stored();
        let ended_at = Instant::now();
        let refused = join_all(sessions.iter().map(|copy| refused_everywhere(&replicas, copy, ended_at)));
        times.extend(while_time_passes(&replicas, refused).await);
        // What begins later is not meant.
        replicas.first().advance(3);
    }
    assert_median("back-channel logout by sub", times);
    seen_everywhere(&replicas, &bob).await;
}
