use futures_util::StreamExt as _;
use redb::{ReadableDatabase as _, ReadableTableMetadata as _};
use zitadel_core::environment::StoreEvent;

use super::*;
use crate::database::{Attempt, COUNTS, ENTRIES, EXPIRIES};

/// Entries, expiries and counts of a disk that no store uses.
fn sizes(disk: &Arc<Disk>) -> (u64, u64, u64) {
    let database = disk.opener()(Attempt::First).unwrap();
    let transaction = database.begin_read().unwrap();
    let entries = transaction.open_table(ENTRIES).unwrap().len().unwrap();
    let expiries = transaction.open_table(EXPIRIES).unwrap().len().unwrap();
    (entries, expiries, transaction.open_table(COUNTS).unwrap().len().unwrap())
}

#[tokio::test]
async fn expired_entries_do_not_accumulate() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    for round in 0..400_u64 {
        clock.advance(Duration::from_secs(30));
        store.put(&key(round), Vec::new(), MINUTE).await.unwrap();
        store.put(&key(round), Vec::new(), HOUR).await.unwrap();
        store.put(&key(format!("brief {round}")).for_subject("alice"), Vec::new(), MINUTE).await.unwrap();
    }
    drop(store);
    // An hour of one each, a minute of the other; counts of both classes and of alice.
    assert_eq!(sizes(&disk), (122, 122, 3));
}

#[tokio::test]
async fn a_removed_entry_leaves_nothing() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    for number in 0..100 {
        store.put(&key(number).for_subject("alice"), Vec::new(), HOUR).await.unwrap();
        store.put(&key(number).for_subject("bob"), Vec::new(), MINUTE).await.unwrap();
        store.remove(&key(number)).await.unwrap();
    }
    drop(store);
    assert_eq!(sizes(&disk), (0, 0, 0));
}

#[tokio::test]
async fn a_full_store_refuses_new_keys_until_old_ones_expire_also_after_a_restart() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let open = || RedbStore::start(disk.opener(), &settings(&clock).capacity(80)).unwrap();
    let store = open();
    for number in 0..70 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    drop(store);
    let store = open();
    let error = text(&store.put(&key("new"), Vec::new(), HOUR).await.unwrap_err());
    assert!(error.contains("the store is full"), "{error}");
    store.put(&key(7), b"changed".to_vec(), HOUR).await.unwrap();
    store.put(&key("lease"), Vec::new(), MINUTE).await.unwrap();
    for number in 0..9 {
        store.put(&key(format!("brief {number}")), Vec::new(), MINUTE).await.unwrap();
    }
    assert!(store.put(&key("eleventh"), Vec::new(), MINUTE).await.is_err(), "an eighth is reserved for brief entries");
    for _ in 0..60 {
        clock.advance(MINUTE);
        // A refused write removes what has expired, too.
        drop(store.put(&key("lease"), Vec::new(), MINUTE).await);
    }
    store.put(&key("new"), Vec::new(), HOUR).await.unwrap();
}

#[tokio::test]
async fn one_user_does_not_fill_the_store() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = RedbStore::start(disk.opener(), &settings(&clock).capacity(1_000)).unwrap();
    // A 16th of the 875 that last.
    for number in 0..54 {
        store.put(&key(format!("alice {number}")).for_subject("alice"), Vec::new(), HOUR).await.unwrap();
    }
    let one_more = key("alice 54").for_subject("alice");
    let error = text(&store.put(&one_more, Vec::new(), HOUR).await.unwrap_err());
    assert!(error.contains("one user has too many entries") && !error.contains("alice"), "{error}");
    store.put(&key("bob").for_subject("bob"), Vec::new(), HOUR).await.unwrap();
    store.remove(&key("alice 7")).await.unwrap();
    store.put(&one_more, Vec::new(), HOUR).await.unwrap();
}

#[tokio::test]
async fn what_there_was_no_room_for_is_not_announced() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = RedbStore::start(disk.opener(), &settings(&clock).capacity(8)).unwrap();
    for number in 0..7 {
        store.put(&key(number), Vec::new(), HOUR).await.unwrap();
    }
    let mut events = store.subscribe().unwrap();
    assert_eq!(events.next().await, Some(StoreEvent::Subscribed));
    assert!(store.put_and_announce(&key("refused"), Vec::new(), HOUR).await.is_err());
    store.put_and_announce(&key(3), b"1".to_vec(), HOUR).await.unwrap();
    let announced = StoreEvent::Announced { key: key(3).as_str().to_owned(), value: b"1".to_vec() };
    assert_eq!(events.next().await, Some(announced));
}
