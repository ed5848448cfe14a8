//! A master and a replica, and three sentinels that look after them.

use std::time::{Duration, Instant};

use zitadel_core::environment::{Store as _, StoreEvent, store_suite};
use zitadel_redis::DEFAULT_TIMEOUT;

use crate::harness::{LONG, Replicated, announced, key, next, store, text, until};

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_master_with_sentinels_passes_the_acceptance_suite() {
    let replicated = Replicated::start().await;
    store_suite::run(&store(&replicated.url("hunter3")), tokio::time::sleep).await;
    store_suite::run_announcements(&store(&replicated.url("hunter3")), &store(&replicated.url("hunter3"))).await;
    assert_eq!(replicated.master.with_password("hunter2").ask::<u64>("DBSIZE").await.unwrap(), 0, "database 1 is used");
    let wrong = store(&replicated.url("hunter4"));
    let error = text(&wrong.get(&key("a")).await.unwrap_err());
    assert!(error.contains("no connection to Redis") && !error.contains("hunter"), "{error}");
    let unknown = store(&replicated.url("hunter3").replace("/main", "/other"));
    let error = text(&unknown.get(&key("a")).await.unwrap_err());
    assert!(error.contains("the sentinels know no master of this name"), "{error}");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn after_a_failover_the_new_master_is_used() {
    let mut replicated = Replicated::start().await;
    let (store, publisher) = (store(&replicated.url("hunter3")), store(&replicated.url("hunter3")));
    store.put(&key("kept"), b"before".to_vec(), LONG).await.unwrap();
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    replicated.master.with_password("hunter2").ask::<i64>("WAIT 1 5000").await.unwrap();

    replicated.master.kill().await;
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);
    let started = Instant::now();
    let mut longest = Duration::ZERO;
    loop {
        let call = Instant::now();
        let written = store.put_if_absent(&key("lease"), b"1".to_vec(), LONG).await;
        longest = longest.max(call.elapsed());
        if written.is_ok() {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "no failover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(longest < DEFAULT_TIMEOUT + Duration::from_millis(500), "{longest:?}");
    println!("written again {:?} after the master died; the longest call took {longest:?}", started.elapsed());
    assert_eq!(store.get(&key("kept")).await.unwrap(), Some(b"before".to_vec()));
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "after").await;

    // The old master comes back as a replica, and is not written to.
    replicated.master.run().await;
    until(async || {
        let state: String = replicated.master.with_password("hunter2").ask("INFO replication").await.map_err(drop)?;
        if state.contains("role:slave") { Ok(()) } else { Err(()) }
    })
    .await;
    store.put(&key("kept"), b"after".to_vec(), LONG).await.unwrap();
    // Another one: nobody has read the first one for a while, and a subscription beats only while it is read.
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "later").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_planned_failover_moves_commands_and_announcements_together() {
    let replicated = Replicated::start().await;
    let (store, publisher) = (store(&replicated.url("hunter3")), store(&replicated.url("hunter3")));
    store.put(&key("kept"), b"before".to_vec(), LONG).await.unwrap();
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    // A replica refuses it until it has caught up.
    until(async || replicated.sentinels[0].with_password("hunter3").ask::<()>("SENTINEL FAILOVER main").await).await;
    until(async || {
        let state: String = replicated.replica.with_password("hunter2").ask("INFO replication").await.map_err(drop)?;
        if state.contains("role:master") { Ok(()) } else { Err(()) }
    })
    .await;
    until(async || store.put(&key("moved"), b"1".to_vec(), LONG).await).await;
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "after").await;
}
