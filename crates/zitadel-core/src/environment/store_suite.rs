//! An acceptance suite for implementations of [`Store`]: call [`run`] in your own test.
//!
//! It checks what the engine relies on: expiry of every write, conditional writes that are atomic, values that come
//! back to the byte. It cannot check that an implementation gives up in bounded time, nor that its errors are free of
//! keys and values; test those separately.
//!
//! ```
//! use std::time::Duration;
//! use zitadel_core::environment::{MemoryStore, SystemClock, store_suite};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let store = MemoryStore::new(SystemClock);
//! store_suite::run_without_waiting(&store).await;
//! # }
//! ```

use std::time::Duration;

use futures_util::{StreamExt as _, future::join_all, stream::BoxStream};

use super::{Entropy as _, Store, StoreError, StoreEvent, StoreKey, SystemEntropy};

/// How long the suite's values live unless they are to expire.
const LONG: Duration = Duration::from_secs(600);
/// How long values live that are to expire.
const SHORT: Duration = Duration::from_secs(2);
/// A while longer: a server may look at its clock before it reads a command, and keep a key for the whole of its last millisecond.
const AFTER_SHORT: Duration = Duration::from_millis(2_100);
/// Concurrent callers of the conditional writes.
const CALLERS: u8 = 32;

/// Runs every check against a store, of one replica or shared. Its keys are random, so a store that is in use stays
/// usable.
///
/// `wait` lets time pass: it moves the store's clock, or sleeps. It is called with 2.1 seconds, three times.
///
/// # Panics
///
/// On the first check that fails.
pub async fn run<S: Store + ?Sized>(store: &S, wait: impl AsyncFn(Duration)) {
    run_without_waiting(store).await;
    let keys = Keys::new();
    values_expire(store, &keys, &wait).await;
    an_expired_key_is_absent(store, &keys, &wait).await;
    a_later_write_replaces_the_lifetime(store, &keys, &wait).await;
}

/// The checks that need no time to pass.
///
/// # Panics
///
/// On the first check that fails.
pub async fn run_without_waiting<S: Store + ?Sized>(store: &S) {
    let keys = Keys::new();
    values_come_back(store, &keys).await;
    keys_are_independent(store, &keys).await;
    put_if_absent_keeps_what_is_there(store, &keys).await;
    compare_and_swap_needs_the_expected_value(store, &keys).await;
    one_of_many_puts_wins(store, &keys).await;
    one_of_many_swaps_wins(store, &keys).await;
    many_values_come_in_the_order_of_their_keys(store, &keys).await;
    an_announced_value_is_written(store, &keys).await;
}

/// The checks of announcements, for a store that has them: `publisher` and `subscriber` are connections of two replicas.
///
/// # Panics
///
/// On the first check that fails, and after ten seconds without an announcement.
pub async fn run_announcements<S: Store + ?Sized>(publisher: &S, subscriber: &S) {
    let keys = Keys::new();
    let Some(mut events) = subscriber.subscribe() else { return fail("this store has no announcements") };
    assert_eq!(next(&mut events).await, StoreEvent::Subscribed, "a subscription begins with `Subscribed`");
    for number in 0..100_u8 {
        let key = keys.key(&format!("announced {number}"));
        ok(publisher.put_and_announce(&key, vec![number, 0, 255], LONG).await, "put_and_announce");
        let expected = StoreEvent::Announced { key: key.as_str().to_owned(), value: vec![number, 0, 255] };
        assert_eq!(next_announcement(&mut events, &keys).await, expected, "every announcement arrives, in order");
        assert_eq!(get(subscriber, &key).await, Some(vec![number, 0, 255]), "and its value is there");
    }
    let key = keys.key("announced 0");
    ok(publisher.announce(&key, b"2".to_vec()).await, "announce");
    let expected = StoreEvent::Announced { key: key.as_str().to_owned(), value: b"2".to_vec() };
    assert_eq!(next_announcement(&mut events, &keys).await, expected, "announce announces");
    assert_eq!(get(subscriber, &key).await, Some(vec![0, 0, 255]), "and writes nothing");
}

async fn next(events: &mut BoxStream<'static, StoreEvent>) -> StoreEvent {
    match tokio::time::timeout(Duration::from_secs(10), events.next()).await {
        Ok(Some(event)) => event,
        _ => fail("a subscription has an event within ten seconds, and does not end"),
    }
}

/// The next announcement of this suite: a store in use announces others, too.
async fn next_announcement(events: &mut BoxStream<'static, StoreEvent>, keys: &Keys) -> StoreEvent {
    loop {
        let event = next(events).await;
        let is_ours = |key: &str| (0..100).any(|number| keys.key(&format!("announced {number}")).as_str() == key);
        match &event {
            StoreEvent::Announced { key, .. } if !is_ours(key) => {}
            _ => return event,
        }
    }
}

/// Keys that are not used elsewhere.
struct Keys([u8; 16]);

impl Keys {
    fn new() -> Self {
        let mut random = [0; 16];
        SystemEntropy.fill(&mut random);
        Self(random)
    }

    fn key(&self, name: &str) -> StoreKey {
        StoreKey::hashed("suite", &[self.0.as_slice(), name.as_bytes()].concat())
    }
}

#[expect(clippy::panic, reason = "documented: a check that cannot run has failed")]
fn fail<T>(what: &str) -> T {
    panic!("{what}")
}

#[expect(clippy::panic, reason = "documented: a check that cannot run has failed")]
fn ok<T>(result: Result<T, StoreError>, what: &str) -> T {
    result.unwrap_or_else(|error| panic!("{what} failed: {}", crate::error_chain::Chain(&error)))
}

async fn get<S: Store + ?Sized>(store: &S, key: &StoreKey) -> Option<Vec<u8>> {
    ok(store.get(key).await, "get")
}

async fn values_come_back<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("values");
    assert_eq!(get(store, &key).await, None, "a key that was never written is absent");
    let every_byte: Vec<u8> = (0..=255).collect();
    for value in [Vec::new(), every_byte, vec![0xff; 64 * 1024]] {
        ok(store.put(&key, value.clone(), LONG).await, "put");
        assert_eq!(get(store, &key).await, Some(value), "a value comes back to the byte");
    }
    ok(store.remove(&key).await, "remove");
    assert_eq!(get(store, &key).await, None, "a removed key is absent");
    ok(store.remove(&key).await, "removing a key that is absent");
}

async fn keys_are_independent<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let (one, other) = (keys.key("one"), keys.key("other"));
    ok(store.put(&one, b"1".to_vec(), LONG).await, "put");
    assert_eq!(get(store, &other).await, None, "another key is not written");
    ok(store.put(&other, b"2".to_vec(), LONG).await, "put");
    ok(store.remove(&one).await, "remove");
    assert_eq!(get(store, &other).await, Some(b"2".to_vec()), "another key is not removed");
}

async fn put_if_absent_keeps_what_is_there<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("absent");
    assert!(ok(store.put_if_absent(&key, b"1".to_vec(), LONG).await, "put_if_absent"), "the key was absent");
    assert!(!ok(store.put_if_absent(&key, b"2".to_vec(), LONG).await, "put_if_absent"), "the key was there");
    assert_eq!(get(store, &key).await, Some(b"1".to_vec()), "the first value stays");
    ok(store.put(&key, Vec::new(), LONG).await, "put");
    assert!(!ok(store.put_if_absent(&key, b"3".to_vec(), LONG).await, "put_if_absent"), "an empty value is a value");
    ok(store.remove(&key).await, "remove");
    assert!(ok(store.put_if_absent(&key, b"4".to_vec(), LONG).await, "put_if_absent"), "the key was removed");
}

async fn compare_and_swap_needs_the_expected_value<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("swap");
    let swap = async |expected: &[u8], value: &[u8]| {
        ok(store.compare_and_swap(&key, expected, value.to_vec(), LONG).await, "compare_and_swap")
    };
    assert!(!swap(b"1", b"2").await, "an absent key equals nothing");
    assert!(!swap(b"", b"2").await, "an absent key is not an empty value");
    assert_eq!(get(store, &key).await, None, "a swap that failed writes nothing");
    ok(store.put(&key, b"1".to_vec(), LONG).await, "put");
    assert!(swap(b"1", b"2").await, "the value was the expected one");
    assert!(!swap(b"1", b"3").await, "the value had changed");
    assert!(!swap(b"2\0", b"3").await, "a longer value is another value");
    assert!(swap(b"2", b"").await, "a value may become empty");
    assert!(swap(b"", b"4").await, "an empty value can be expected");
    assert_eq!(get(store, &key).await, Some(b"4".to_vec()));
}

async fn one_of_many_puts_wins<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("many puts");
    let puts = join_all((0..CALLERS).map(|caller| store.put_if_absent(&key, vec![caller], LONG))).await;
    let won: Vec<u8> =
        (0..CALLERS).zip(puts).filter_map(|(caller, put)| ok(put, "put_if_absent").then_some(caller)).collect();
    assert_eq!(won.len(), 1, "exactly one caller of put_if_absent gets `true`");
    assert_eq!(get(store, &key).await, Some(won), "and its value is there");
}

async fn one_of_many_swaps_wins<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("many swaps");
    ok(store.put(&key, b"start".to_vec(), LONG).await, "put");
    let swaps = join_all((0..CALLERS).map(|caller| store.compare_and_swap(&key, b"start", vec![caller], LONG))).await;
    let won: Vec<u8> =
        (0..CALLERS).zip(swaps).filter_map(|(caller, swap)| ok(swap, "compare_and_swap").then_some(caller)).collect();
    assert_eq!(won.len(), 1, "exactly one caller of compare_and_swap gets `true`");
    assert_eq!(get(store, &key).await, Some(won), "and its value is there");
}

async fn many_values_come_in_the_order_of_their_keys<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let [one, absent, other] = ["many one", "many absent", "many other"].map(|name| keys.key(name));
    ok(store.put(&one, b"1".to_vec(), LONG).await, "put");
    ok(store.put(&other, Vec::new(), LONG).await, "put");
    let values = ok(store.get_many(&[other, absent, one.clone(), one]).await, "get_many");
    assert_eq!(values, [Some(Vec::new()), None, Some(b"1".to_vec()), Some(b"1".to_vec())], "get_many keeps the order");
    assert_eq!(ok(store.get_many(&[]).await, "get_many"), [], "no keys have no values");
}

async fn an_announced_value_is_written<S: Store + ?Sized>(store: &S, keys: &Keys) {
    let key = keys.key("announced");
    ok(store.put_and_announce(&key, b"1".to_vec(), LONG).await, "put_and_announce");
    assert_eq!(get(store, &key).await, Some(b"1".to_vec()), "put_and_announce writes");
}

async fn values_expire<S: Store + ?Sized>(store: &S, keys: &Keys, wait: &impl AsyncFn(Duration)) {
    let [put, absent, swapped, long] = ["put", "absent", "swapped", "long"].map(|name| keys.key(name));
    ok(store.put(&put, b"1".to_vec(), SHORT).await, "put");
    ok(store.put_if_absent(&absent, b"1".to_vec(), SHORT).await, "put_if_absent");
    ok(store.put(&swapped, b"1".to_vec(), LONG).await, "put");
    ok(store.compare_and_swap(&swapped, b"1", b"2".to_vec(), SHORT).await, "compare_and_swap");
    ok(store.put(&long, b"1".to_vec(), LONG).await, "put");
    for key in [&put, &absent, &swapped] {
        assert!(get(store, key).await.is_some(), "a value is there until its time has passed");
    }
    wait(AFTER_SHORT).await;
    for (key, verb) in [(&put, "put"), (&absent, "put_if_absent"), (&swapped, "compare_and_swap")] {
        assert_eq!(get(store, key).await, None, "what `{verb}` wrote expires");
    }
    assert!(get(store, &long).await.is_some(), "a longer lifetime has not passed");
}

async fn an_expired_key_is_absent<S: Store + ?Sized>(store: &S, keys: &Keys, wait: &impl AsyncFn(Duration)) {
    let [taken, swapped] = ["taken", "swapped again"].map(|name| keys.key(name));
    ok(store.put(&taken, b"1".to_vec(), SHORT).await, "put");
    ok(store.put(&swapped, b"1".to_vec(), SHORT).await, "put");
    wait(AFTER_SHORT).await;
    assert!(ok(store.put_if_absent(&taken, b"2".to_vec(), LONG).await, "put_if_absent"), "an expired key is absent");
    let swap = store.compare_and_swap(&swapped, b"1", b"2".to_vec(), LONG).await;
    assert!(!ok(swap, "compare_and_swap"), "an expired value equals nothing");
}

async fn a_later_write_replaces_the_lifetime<S: Store + ?Sized>(store: &S, keys: &Keys, wait: &impl AsyncFn(Duration)) {
    let [kept, refused] = ["kept", "refused"].map(|name| keys.key(name));
    ok(store.put(&kept, b"1".to_vec(), SHORT).await, "put");
    ok(store.put(&kept, b"2".to_vec(), LONG).await, "put");
    ok(store.put(&refused, b"1".to_vec(), SHORT).await, "put");
    ok(store.put_if_absent(&refused, b"2".to_vec(), LONG).await, "put_if_absent");
    ok(store.compare_and_swap(&refused, b"2", b"3".to_vec(), LONG).await, "compare_and_swap");
    wait(AFTER_SHORT).await;
    assert_eq!(get(store, &kept).await, Some(b"2".to_vec()), "the lifetime of the latest write counts");
    assert_eq!(get(store, &refused).await, None, "a write that was refused does not prolong anything");
}
