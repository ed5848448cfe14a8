//! What goes wrong with one server: every call ends in time, and works again by itself.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::net::TcpListener;
use zitadel_core::environment::{Store as _, StoreEvent};
use zitadel_redis::RedisStore;

use crate::harness::{LONG, Proxy, Server, announced, key, next, store, text, until};

/// More than the limit of a call, for a machine that is busy.
const SLACK: Duration = Duration::from_millis(500);

fn quick(url: &str) -> RedisStore {
    RedisStore::builder(url).unwrap().timeout(Duration::from_millis(500)).build().unwrap()
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_restart_is_survived_and_costs_no_call_once_the_server_is_back() {
    let mut server = Server::start("").await;
    let store = store(&server.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    // Restarted between two calls: nobody notices, not even a conditional write.
    for attempt in 0..3_u8 {
        server.kill().await;
        server.run().await;
        assert!(store.put_if_absent(&key("a"), vec![attempt], LONG).await.unwrap(), "nothing was kept");
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn while_the_server_is_down_calls_fail_at_once_and_do_not_storm_it() {
    let mut server = Server::start("").await;
    let proxy = Proxy::to(server.port()).await;
    let store = store(&proxy.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    server.kill().await;
    let (started, before) = (Instant::now(), proxy.connections());
    let mut calls = 0;
    while started.elapsed() < Duration::from_secs(2) {
        let call = Instant::now();
        let results = join_all((0..20).map(|_| store.get(&key("a")))).await;
        assert!(results.iter().all(Result::is_err));
        assert!(call.elapsed() < Duration::from_millis(500), "{:?}", call.elapsed());
        calls += results.len();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let attempts = proxy.connections() - before;
    assert!(calls > 500 && attempts <= 12, "{calls} calls, {attempts} attempts to connect");
    server.run().await;
    let (_, took) = until(async || store.put(&key("a"), b"2".to_vec(), LONG).await).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_was_never_there_is_an_error_with_the_reason() {
    let error = text(&store("redis://127.0.0.1:1").get(&key("a")).await.unwrap_err());
    assert!(error.contains("no connection to Redis: Connection refused"), "{error}");
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_host_that_never_answers_costs_the_limit_and_no_more() {
    // Accepts connections, and is silent.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = quick(&format!("redis://{}", listener.local_addr().unwrap()));
    for _ in 0..2 {
        let started = Instant::now();
        let error = text(&store.get(&key("a")).await.unwrap_err());
        assert!(error.contains("Redis did not answer within 500 ms"), "{error}");
        assert!(started.elapsed() < Duration::from_millis(500) + SLACK, "{:?}", started.elapsed());
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_paused_server_costs_each_call_the_limit_and_no_more() {
    let server = Server::start("").await;
    let store = quick(&server.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    server.pause(Duration::from_secs(3)).await;
    let started = Instant::now();
    let (get, put, swap) = tokio::join!(
        store.get(&key("a")),
        store.put(&key("a"), b"2".to_vec(), LONG),
        store.compare_and_swap(&key("a"), b"1", b"3".to_vec(), LONG),
    );
    assert!(get.is_err() && put.is_err() && swap.is_err());
    assert!(started.elapsed() < Duration::from_millis(500) + SLACK, "{:?}", started.elapsed());
    until(async || store.get(&key("a")).await).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_connection_that_is_dead_without_an_error_is_replaced_after_one_call() {
    let server = Server::start("").await;
    let proxy = Proxy::to(server.port()).await;
    let store = quick(&proxy.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    proxy.freeze();
    assert!(store.get(&key("a")).await.is_err());
    assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"1".to_vec()));
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_replica_refuses_writes_and_is_used_again_when_it_is_master() {
    let server = Server::start("").await;
    let store = store(&server.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    server.tell("REPLICAOF 127.0.0.1 1").await;
    server.tell("CONFIG SET replica-serve-stale-data yes").await;
    let error = text(&store.put(&key("a"), b"2".to_vec(), LONG).await.unwrap_err());
    assert!(error.contains("READONLY"), "{error}");
    let error = text(&store.compare_and_swap(&key("a"), b"1", b"2".to_vec(), LONG).await.unwrap_err());
    assert!(!error.contains(key("a").as_str()), "{error}");
    server.tell("REPLICAOF NO ONE").await;
    store.put(&key("a"), b"2".to_vec(), LONG).await.unwrap();
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_full_server_refuses_writes_and_takes_them_again() {
    let server = Server::start("maxmemory-policy noeviction").await;
    let store = store(&server.url());
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    server.tell("CONFIG SET maxmemory 1").await;
    let error = text(&store.put(&key("b"), b"1".to_vec(), LONG).await.unwrap_err());
    assert!(error.contains("OOM"), "{error}");
    assert_eq!(store.get(&key("a")).await.unwrap(), Some(b"1".to_vec()), "reading goes on");
    server.tell("CONFIG SET maxmemory 0").await;
    store.put(&key("b"), b"1".to_vec(), LONG).await.unwrap();
}

#[test]
#[ignore = "needs redis-server"]
fn a_store_outlives_the_runtime_that_connected() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let main = runtime();
    let server = main.block_on(Server::start(""));
    let store = store(&server.url());
    runtime().block_on(store.put(&key("a"), b"1".to_vec(), LONG)).unwrap();
    assert_eq!(runtime().block_on(store.get(&key("a"))).unwrap(), Some(b"1".to_vec()));
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_caller_who_gives_up_does_not_disturb_the_others() {
    let server = Server::start("").await;
    let store = store(&server.url());
    for number in 0..200_u32 {
        let call = store.put(&key(&number.to_string()), number.to_be_bytes().to_vec(), LONG);
        // Polled once at most.
        drop(tokio::time::timeout(Duration::ZERO, call).await);
        let key = key(&format!("kept {number}"));
        store.put(&key, number.to_be_bytes().to_vec(), LONG).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), Some(number.to_be_bytes().to_vec()));
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_writes_a_log_of_commands_loses_nothing_when_it_is_killed() {
    let mut server = Server::start("").await;
    let store = store(&server.url());
    for setting in ["appendonly yes", "appendfsync always"] {
        server.tell(&format!("CONFIG SET {setting}")).await;
    }
    server.tell("CONFIG REWRITE").await;
    // From its start on.
    server.kill().await;
    server.run().await;
    store.put(&key("revoked"), b"1".to_vec(), LONG).await.unwrap();
    assert!(store.put_if_absent(&key("lease"), b"2".to_vec(), LONG).await.unwrap());
    server.kill().await;
    assert!(store.get(&key("revoked")).await.is_err());
    server.run().await;
    let (value, _) = until(async || store.get(&key("revoked")).await).await;
    assert_eq!(value, Some(b"1".to_vec()));
    assert!(!store.put_if_absent(&key("lease"), b"3".to_vec(), LONG).await.unwrap());
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_was_flushed_is_used_and_subscribed_to_as_before() {
    let server = Server::start("").await;
    let store = store(&server.url());
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    store.put(&key("a"), b"1".to_vec(), LONG).await.unwrap();
    server.tell("FLUSHALL").await;
    assert_eq!(store.get(&key("a")).await.unwrap(), None);
    assert!(!store.compare_and_swap(&key("a"), b"1", b"2".to_vec(), LONG).await.unwrap());
    assert!(store.put_if_absent(&key("a"), b"3".to_vec(), LONG).await.unwrap());
    announced(&store, &mut events, "after").await;
}
