//! Readiness asks whether the store takes writes, and not too often.

use super::store::{FaultyStore, Mode};
use crate::support::{App, json};

#[tokio::test]
async fn store_that_takes_no_writes_is_not_ready_and_ready_again_within_seconds() {
    let app = App::new();
    let store = FaultyStore::new(&app.clock);
    let zitadel = app.builder().store(store.clone()).build().unwrap();
    assert_eq!(zitadel.readiness().await.status, 200);
    store.set(Mode::ReadOnly).await;
    app.advance(3);
    let body = json(&zitadel.readiness().await, 503);
    assert_eq!(body["reasons"], serde_json::json!({"store": "store_unavailable"}));
    store.set(Mode::Up).await;
    app.advance(3);
    assert_eq!(zitadel.readiness().await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn probes_write_once_in_three_seconds_however_many_come() {
    let app = App::new();
    let store = FaultyStore::new(&app.clock);
    let zitadel = app.builder().store(store.clone()).build().unwrap();
    for mode in [Mode::Up, Mode::Slow] {
        store.set(mode).await;
        app.advance(3);
        let before = store.writes();
        for _ in 0..3 {
            let probes = (0..20).map(|_| zitadel.readiness());
            futures_util::future::join_all(probes).await;
            app.advance(1);
        }
        assert_eq!(store.writes() - before, 1, "{mode:?}");
    }
}
