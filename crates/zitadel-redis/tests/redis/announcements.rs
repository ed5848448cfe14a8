//! Announcements, on one server.

use std::time::{Duration, Instant};

use zitadel_core::environment::{Store as _, StoreEvent, store_suite};

use crate::harness::{Proxy, Server, announced, next, store};

#[tokio::test]
#[ignore = "needs redis-server"]
async fn announcements_reach_another_replica() {
    let server = Server::start("").await;
    store_suite::run_announcements(&store(&server.url()), &store(&server.url())).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn announcements_reach_the_replica_that_makes_them() {
    let server = Server::start("").await;
    let store = store(&server.url());
    store_suite::run_announcements(&store, &store.clone()).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn another_prefix_hears_nothing() {
    let server = Server::start("").await;
    let (one, other) = (store(&server.url()), store(&format!("{}?prefix=other:", server.url())));
    let mut events = other.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    one.put_and_announce(&crate::harness::key("a"), b"1".to_vec(), crate::harness::LONG).await.unwrap();
    announced(&other, &mut events, "b").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_restart_interrupts_and_the_subscription_comes_back() {
    let mut server = Server::start("").await;
    let (publisher, subscriber) = (store(&server.url()), store(&server.url()));
    let mut events = subscriber.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "before").await;
    let started = Instant::now();
    server.kill().await;
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
    server.run().await;
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "after").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_connection_that_is_dead_without_an_error_interrupts_within_two_seconds() {
    let server = Server::start("").await;
    let proxy = Proxy::to(server.port()).await;
    let (publisher, subscriber) = (store(&server.url()), store(&proxy.url()));
    let mut events = subscriber.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    let started = Instant::now();
    proxy.freeze();
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "after").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_answers_nothing_interrupts_within_two_seconds() {
    let server = Server::start("").await;
    let store = store(&server.url());
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    let started = Instant::now();
    server.pause(Duration::from_secs(4)).await;
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&store, &mut events, "after").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_quiet_subscription_is_not_interrupted() {
    let server = Server::start("").await;
    let store = store(&server.url());
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    let quiet = tokio::time::timeout(Duration::from_secs(4), next(&mut events)).await;
    assert!(quiet.is_err(), "{quiet:?}");
    announced(&store, &mut events, "after").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_reader_who_is_late_is_told_of_everything() {
    let server = Server::start("").await;
    let (publisher, subscriber) = (store(&server.url()), store(&server.url()));
    let mut events = subscriber.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    let keys: Vec<_> = (0..200).map(|number| crate::harness::key(&format!("late {number}"))).collect();
    for key in &keys {
        publisher.put_and_announce(key, b"1".to_vec(), crate::harness::LONG).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    for key in &keys {
        let expected = StoreEvent::Announced { key: key.as_str().to_owned(), value: b"1".to_vec() };
        assert_eq!(next(&mut events).await, expected);
    }
}
