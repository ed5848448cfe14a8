//! The commands, on one server.

use std::time::{Duration, Instant};

use zitadel_core::environment::{Store as _, store_suite};

use crate::harness::{LONG, Server, key, store};

#[tokio::test]
#[ignore = "needs redis-server"]
async fn one_server_passes_the_acceptance_suite() {
    let server = Server::start("").await;
    store_suite::run(&store(&server.url()), tokio::time::sleep).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn many_keys_are_one_command() {
    let server = Server::start("").await;
    let store = store(&server.url());
    let keys: Vec<_> = (0..100).map(|number| key(&number.to_string())).collect();
    for key in &keys[..50] {
        store.put(key, key.as_str().as_bytes().to_vec(), LONG).await.unwrap();
    }
    let commands = server.info("total_commands_processed").await;
    let values = store.get_many(&keys).await.unwrap();
    // The others are `INFO` itself, and what connecting for it takes.
    let others = server.info("total_commands_processed").await - commands;
    assert_eq!(server.info("cmdstat_mget").await, 1);
    assert!(others < 10, "{others}");
    assert_eq!(values.iter().filter(|value| value.is_some()).count(), 50);
    assert_eq!(values[7].as_deref(), Some(keys[7].as_str().as_bytes()));
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn each_write_and_each_swap_is_one_command() {
    let server = Server::start("").await;
    let store = store(&server.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    for (expected, value) in [(b"1", b"2"), (b"2", b"3"), (b"1", b"4")] {
        store.compare_and_swap(&key("a"), expected, value.to_vec(), LONG).await.unwrap();
    }
    store.put_and_announce(&key("b"), b"1".to_vec(), LONG).await.unwrap();
    assert_eq!(server.info("cmdstat_eval").await, 4);
    assert_eq!(server.info("cmdstat_publish").await, 1);
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn every_key_has_the_prefix_and_a_time_to_live() {
    let server = Server::start("").await;
    let store = store(&format!("{}?prefix=app:", server.url()));
    store.put(&key("put"), b"1".to_vec(), LONG).await.unwrap();
    store.put_if_absent(&key("absent"), b"1".to_vec(), LONG).await.unwrap();
    store.put_and_announce(&key("announced"), b"1".to_vec(), LONG).await.unwrap();
    store.put(&key("swapped"), b"1".to_vec(), LONG).await.unwrap();
    store.compare_and_swap(&key("swapped"), b"1", b"2".to_vec(), LONG).await.unwrap();
    let keys: Vec<String> = server.ask("KEYS *").await.unwrap();
    assert_eq!(keys.len(), 4);
    for key in keys {
        assert!(key.starts_with("app:test/"), "{key}");
        let lifetime: i64 = server.ask(&format!("TTL {key}")).await.unwrap();
        assert!((598..=600).contains(&lifetime), "{lifetime}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_thousand_callers_share_one_connection() {
    let server = Server::start("").await;
    let store = store(&server.url());
    let before = server.info("total_connections_received").await;
    let started = Instant::now();
    let calls = (0..1_000).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.put_if_absent(&key("one"), vec![0; number], LONG).await.unwrap() })
    });
    let mut winners = 0;
    for call in calls.collect::<Vec<_>>() {
        winners += usize::from(call.await.unwrap());
    }
    assert_eq!(winners, 1);
    // One of the store, one that asks.
    assert_eq!(server.info("total_connections_received").await - before, 2);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

/// The figures of docs/operations.md.
#[tokio::test]
#[ignore = "needs redis-server"]
async fn memory_per_entry_is_what_the_documentation_says() {
    const ENTRIES: u64 = 10_000;
    let server = Server::start("").await;
    let store = store(&server.url());
    for (size, documented) in [(16, 230), (1_500, 1_750)] {
        server.tell("FLUSHALL").await;
        let before = server.info("used_memory").await;
        for number in 0..ENTRIES {
            store.put(&key(&number.to_string()), vec![0; size], LONG).await.unwrap();
        }
        let each = (server.info("used_memory").await - before) / ENTRIES;
        println!("{size} bytes of value: {each} bytes of memory");
        assert!(each <= documented, "{size}: {each}");
    }
}
