//! Three replicas of one application, one on each framework, that share a store: in this process, or a real Redis.
//!
//! `cargo test -p behaviours --test replicas -- --ignored`

#[path = "copies.rs"]
mod copies;
#[path = "interrupted.rs"]
mod interrupted;
#[path = "killed.rs"]
mod killed;
#[path = "replicas.rs"]
mod replicas;
#[path = "storm.rs"]
mod storm;

use std::sync::Arc;

use redis_test_server::Server;
use zitadel_core::environment::{MemoryStore, SystemClock};
use zitadel_redis::RedisStore;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_on_three_replicas_refresh_a_session_once() {
    for mode in ["cookie", "stored"] {
        let store = Arc::new(MemoryStore::new(SystemClock));
        storm::three_times(mode, &|| Arc::clone(&store)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_thousand_requests_on_three_replicas_over_redis_refresh_a_session_once() {
    let redis = Server::start("").await;
    // A thousand requests at once share two cores with Redis and the provider: a call may wait longer than the default for its
    // turn.
    let url = format!("{}?timeout_ms=5000", redis.url());
    for mode in ["cookie", "stored"] {
        storm::three_times(mode, &|| RedisStore::from_url(&url).unwrap()).await;
    }
}
