use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use super::{entries::Class, *};
use crate::{environment::store_suite, time::Timestamp};

/// A clock that can be wrong: `wall` is set apart from the time that passes.
#[derive(Default)]
struct TestClock {
    wall: AtomicU64,
    monotonic: AtomicU64,
}

impl TestClock {
    fn pass(&self, seconds: u64) {
        self.wall.fetch_add(seconds, Ordering::Relaxed);
        self.monotonic.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.wall.load(Ordering::Relaxed))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.monotonic.load(Ordering::Relaxed))
    }
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

fn key(name: impl std::fmt::Display) -> StoreKey {
    StoreKey::hashed("test", format!("{name}").as_bytes())
}

fn store(capacity: usize) -> (Arc<TestClock>, MemoryStore) {
    let clock = Arc::new(TestClock::default());
    (Arc::clone(&clock), MemoryStore::with_capacity(clock, capacity))
}

async fn is_present(store: &MemoryStore, key: &StoreKey) -> bool {
    store.get(key).await.unwrap().is_some()
}

#[tokio::test]
async fn the_memory_store_passes_the_suite() {
    let (clock, store) = store(CAPACITY);
    store_suite::run(&store, async |pause: Duration| clock.pass(pause.as_secs())).await;
}

#[tokio::test]
async fn expired_entries_do_not_accumulate() {
    let (clock, store) = store(CAPACITY);
    for round in 0..10_000_u64 {
        clock.pass(1);
        store.put(&key(round), Vec::new(), MINUTE).await.unwrap();
        store.put(&key(round), Vec::new(), HOUR).await.unwrap();
        store.put(&key(format!("brief {round}")), Vec::new(), MINUTE).await.unwrap();
    }
    assert_eq!(store.lock().len(), 60 + 3600);
}

#[tokio::test]
async fn a_full_store_refuses_new_keys_until_old_ones_expire() {
    let (clock, store) = store(80);
    for number in 0..70 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    assert!(store.put(&key("new"), Vec::new(), HOUR).await.is_err(), "no revocation is dropped to make room");
    assert!(store.put(&key(7), b"changed".to_vec(), HOUR).await.is_ok(), "a known key takes no room");
    clock.pass(3600);
    assert!(store.put(&key("new"), Vec::new(), HOUR).await.is_ok());
}

#[tokio::test]
async fn revocations_leave_room_for_refreshes_and_refreshes_for_revocations() {
    let (_, store) = store(80);
    for number in 0..70 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    assert!(store.put(&key("lasting"), Vec::new(), HOUR).await.is_err());
    for number in 0..10 {
        assert!(store.put_if_absent(&key(format!("lease {number}")), Vec::new(), MINUTE).await.unwrap());
    }
    assert!(store.put_if_absent(&key("lease"), Vec::new(), MINUTE).await.is_err());
    store.remove(&key(1)).await.unwrap();
    assert!(store.put(&key("lasting"), Vec::new(), HOUR).await.is_ok(), "not taken by the other part");
    assert!(store.put(&key(2), Vec::new(), MINUTE).await.is_err(), "nor by an entry that changes its part");
    assert!(is_present(&store, &key(2)).await, "what was there stays");
}

#[tokio::test]
async fn one_subject_cannot_fill_the_store() {
    let (clock, store) = store(80);
    let of = |subject: &str, number: usize| key(format!("{subject} {number}")).for_subject(subject);
    for number in 0..16 {
        store.put(&of("alice", number), Vec::new(), HOUR).await.unwrap();
    }
    let error = store.put(&of("alice", 16), Vec::new(), HOUR).await.unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("one user") && !reason.contains("alice"), "{reason}");
    assert!(store.put(&of("alice", 3), b"again".to_vec(), HOUR).await.is_ok());
    assert!(store.put(&of("bob", 0), Vec::new(), HOUR).await.is_ok());
    store.remove(&of("alice", 5)).await.unwrap();
    assert!(store.put(&of("alice", 16), Vec::new(), HOUR).await.is_ok());
    clock.pass(3600);
    assert!(store.put(&of("alice", 17), Vec::new(), HOUR).await.is_ok());
    // The subject is no part of the key.
    assert!(is_present(&store, &key("alice 17")).await);
    let large = Entries::new(CAPACITY);
    assert_eq!((large.room(Class::Lasting), large.room(Class::Brief)), (875_000, 125_000));
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_comes_back_revives_nothing() {
    let (clock, store) = store(CAPACITY);
    store.put(&key("revoked"), Vec::new(), HOUR).await.unwrap();
    clock.wall.fetch_add(1_000_000, Ordering::Relaxed);
    for number in 0..100 {
        store.put(&key(number), Vec::new(), MINUTE).await.unwrap();
        clock.pass(1);
    }
    clock.wall.fetch_sub(1_000_000, Ordering::Relaxed);
    assert!(is_present(&store, &key("revoked")).await);
    clock.pass(3500);
    store.put(&key("other"), Vec::new(), MINUTE).await.unwrap();
    assert!(!is_present(&store, &key("revoked")).await, "it expires in time");
}

#[tokio::test]
async fn a_clock_that_is_set_back_revives_nothing_and_prolongs_no_lease() {
    let (clock, store) = store(CAPACITY);
    clock.pass(10_000);
    store.put(&key("revoked"), Vec::new(), HOUR).await.unwrap();
    store.put_if_absent(&key("lease"), Vec::new(), Duration::from_secs(10)).await.unwrap();
    clock.wall.fetch_sub(5000, Ordering::Relaxed);
    clock.pass(10);
    assert!(store.put_if_absent(&key("lease"), Vec::new(), MINUTE).await.unwrap(), "ten seconds have passed");
    // The session that was revoked expires by the same clock.
    clock.pass(5000 + 3600 - 11);
    for number in 0..20 {
        store.put(&key(number), Vec::new(), MINUTE).await.unwrap();
    }
    assert!(is_present(&store, &key("revoked")).await);
    clock.pass(1);
    assert!(!is_present(&store, &key("revoked")).await);
    clock.pass(3600);
    store.put(&key("other"), Vec::new(), MINUTE).await.unwrap();
    assert!(store.lock().len() < 20, "and is forgotten");
}

#[tokio::test]
async fn a_write_forgets_few_entries_however_many_have_expired() {
    let (clock, store) = store(80_000);
    for number in 0..70_000 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    clock.pass(3600);
    store.put(&key("new"), Vec::new(), HOUR).await.unwrap();
    assert_eq!(store.lock().len(), 70_000 - 4 + 1);
}

/// Prints the time of one write.
#[tokio::test]
#[ignore = "a measurement"]
#[expect(clippy::disallowed_methods, reason = "it measures")]
async fn writes_to_a_full_store() {
    let (clock, store) = store(CAPACITY);
    for number in 0..875_000 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    let measure = async |what: &str, expected: bool, ttl: Duration| {
        let started = std::time::Instant::now();
        for number in 0..10_000 {
            assert_eq!(store.put(&key(format!("{what} {number}")), Vec::new(), ttl).await.is_ok(), expected);
        }
        println!("{what}: {:?} per write", started.elapsed() / 10_000);
    };
    measure("refused", false, HOUR).await;
    measure("brief", true, MINUTE).await;
    clock.pass(3600);
    measure("after all have expired", true, HOUR).await;
}
