//! Three replicas of one application, one on each framework, that share a store in this process.

#[path = "storm.rs"]
mod storm;

use std::sync::Arc;

use zitadel_core::environment::{MemoryStore, SystemClock};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_on_three_replicas_refresh_a_session_once() {
    let store = Arc::new(MemoryStore::new(SystemClock));
    storm::three_times(&|| Arc::clone(&store)).await;
}
