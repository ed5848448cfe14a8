//! A cluster of three masters and one replica.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use zitadel_core::environment::{Store as _, StoreError, StoreEvent, store_suite};
use zitadel_redis::{DEFAULT_TIMEOUT, RedisStore};

use crate::harness::{ACL, LONG, Port, Proxy, Server, USER, announced, key, next, store, until};

struct Cluster {
    masters: Vec<Server>,
    /// Of the first one.
    _replica: Server,
}

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        let mut bus_ports = Vec::new();
        for _ in 0..4 {
            let bus = Port::reserve();
            let configuration =
                "cluster-enabled yes\ncluster-node-timeout 1000\nrepl-diskless-sync-delay 0\ncluster-port";
            nodes.push(Server::start(&format!("{configuration} {}\n{ACL} +cluster|slots", bus.number())).await);
            bus_ports.push(bus);
        }
        for (node, slots) in nodes.iter().zip(["0 5460", "5461 10922", "10923 16383"]) {
            node.tell(&format!("CLUSTER ADDSLOTSRANGE {slots}")).await;
        }
        for (node, bus) in nodes.iter().zip(&bus_ports) {
            nodes[0].tell(&format!("CLUSTER MEET 127.0.0.1 {} {}", node.port(), bus.number())).await;
        }
        let replica = nodes.pop().unwrap();
        let id: String = nodes[0].ask("CLUSTER MYID").await.unwrap();
        until(async || replica.ask::<()>(&format!("CLUSTER REPLICATE {id}")).await).await;
        for node in nodes.iter().chain([&replica]) {
            until(async || {
                let state: String = node.ask("CLUSTER INFO").await.unwrap();
                let is_ready = state.contains("cluster_state:ok") && state.contains("cluster_known_nodes:4");
                if is_ready { Ok(()) } else { Err(state) }
            })
            .await;
        }
        until(async || {
            let state: String = replica.ask("INFO replication").await.unwrap();
            if state.contains("master_link_status:up") { Ok(()) } else { Err(()) }
        })
        .await;
        Self { masters: nodes, _replica: replica }
    }

    /// A store that knows the nodes in this order.
    fn store(&self, order: [usize; 3]) -> RedisStore {
        let hosts = order.map(|number| self.masters[number].address()).join(",");
        store(&format!("redis+cluster://{USER}@{hosts}"))
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_cluster_passes_the_acceptance_suite() {
    let cluster = Cluster::start().await;
    store_suite::run(&cluster.store([0, 1, 2]), tokio::time::sleep).await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn keys_of_every_slot_are_written_and_read_together() {
    let cluster = Cluster::start().await;
    // One node is enough to find the others.
    let store = store(&format!("redis+cluster://{USER}@{}", cluster.masters[1].address()));
    let keys: Vec<_> = (0..300).map(|number| key(&number.to_string())).collect();
    for key in &keys {
        store.put(key, key.as_str().into(), LONG).await.unwrap();
    }
    let values = store.get_many(&keys).await.unwrap();
    for (key, value) in keys.iter().zip(values) {
        assert_eq!(value.as_deref(), Some(key.as_str().as_bytes()));
    }
    for master in &cluster.masters {
        assert!(master.ask::<u64>("DBSIZE").await.unwrap() > 50);
        assert!(master.info("cmdstat_get").await == 0, "`MGET` asks for several keys at once");
    }
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn every_node_hears_announcements_of_keys_of_every_slot() {
    let cluster = Cluster::start().await;
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        store_suite::run_announcements(&cluster.store([0, 1, 2]), &cluster.store(order)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_master_that_dies_is_replaced_by_its_replica() {
    let mut cluster = Cluster::start().await;
    let (store, publisher) = (cluster.store([0, 1, 2]), cluster.store([1, 2, 0]));
    let keys: Vec<_> = (0..30).map(|number| key(&number.to_string())).collect();
    for key in &keys {
        store.put(key, b"before".to_vec(), LONG).await.unwrap();
    }
    // The first node is asked first: the subscription is there.
    let mut events = store.subscribe().unwrap();
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    cluster.masters[0].ask::<i64>("WAIT 1 5000").await.unwrap();
    cluster.masters[0].kill().await;
    assert_eq!(next(&mut events).await, StoreEvent::Interrupted);

    let started = Instant::now();
    let outcomes = join_all(keys.iter().map(|key| store.get(key))).await;
    assert!(outcomes.iter().any(Result::is_err), "a third of the keys was there");
    assert!(started.elapsed() < DEFAULT_TIMEOUT + Duration::from_millis(500), "{:?}", started.elapsed());
    for key in &keys {
        let (value, _) = until(async || store.get(key).await).await;
        assert_eq!(value, Some(b"before".to_vec()), "the replica has what was written");
        until(async || store.put(key, b"after".to_vec(), LONG).await).await;
    }
    println!("every key was written again {:?} after the master died", started.elapsed());
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed);
    announced(&publisher, &mut events, "after").await;
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_conditional_write_whose_answer_is_lost_is_an_error_and_is_not_sent_again() {
    let cluster = Cluster::start().await;
    // What the nodes tell clients to connect to.
    let mut proxies = Vec::new();
    for master in &cluster.masters {
        let proxy = Proxy::to(master.port()).await;
        master.tell(&format!("CONFIG SET cluster-announce-port {}", proxy.port())).await;
        proxies.push(proxy);
    }
    for master in &cluster.masters {
        until(async || {
            let nodes: String = master.ask("CLUSTER NODES").await.unwrap();
            let knows = |proxy: &Proxy| nodes.contains(&format!(":{}@", proxy.port()));
            if proxies.iter().all(knows) { Ok(()) } else { Err(()) }
        })
        .await;
    }
    let store = store(&format!("redis+cluster://{USER}@127.0.0.1:{}", proxies[0].port()));
    let (mut put, mut swapped) = (0, 0);
    for number in 0..12 {
        let key = key(&number.to_string());
        until_lost(&proxies, "mine", async || store.put_if_absent(&key, b"mine".to_vec(), LONG).await).await;
        let value = async || until(async || store.get(&key).await).await.0;
        // Unless the node was not responsible: then what was lost is that it said so.
        if value().await.is_some() {
            put += 1;
            let swap = async || store.compare_and_swap(&key, b"mine", b"later".to_vec(), LONG).await;
            until_lost(&proxies, "later", swap).await;
            swapped += usize::from(value().await == Some(b"later".to_vec()));
        }
    }
    assert!(put >= 6 && swapped >= 3, "{put} and {swapped} were executed");
}

/// Calls until its answer was lost: each call is an error, also one for which there was no connection yet.
async fn until_lost(proxies: &[Proxy], value: &'static str, mut call: impl AsyncFnMut() -> Result<bool, StoreError>) {
    let lost = || proxies.iter().map(Proxy::lost).sum::<usize>();
    let before = lost();
    proxies.iter().for_each(|proxy| proxy.lose_answer_to(value));
    until(async || {
        let result = call().await;
        assert!(result.is_err(), "an answer that was lost: {result:?}");
        if lost() > before { Ok(()) } else { Err(()) }
    })
    .await;
}
