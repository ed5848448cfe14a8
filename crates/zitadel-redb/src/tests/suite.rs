use zitadel_core::environment::store_suite;

use super::{outages::written_again, *};

#[tokio::test]
async fn the_store_passes_the_acceptance_suite() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    store_suite::run(&store_on(&disk, &clock), async |time: Duration| clock.advance(time)).await;
}

#[tokio::test]
async fn announcements_reach_every_clone() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store_suite::run_announcements(&store, &store.clone()).await;
}

#[tokio::test]
async fn a_subscriber_who_is_too_far_behind_is_told_so_and_a_write_that_failed_is_not_announced() {
    use futures_util::StreamExt as _;
    use zitadel_core::environment::StoreEvent;

    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    let mut events = store.subscribe().unwrap();
    assert_eq!(events.next().await, Some(StoreEvent::Subscribed));
    let writes = (0..1_100).map(|number| store.put_and_announce(&key(number), Vec::new(), HOUR));
    futures_util::future::join_all(writes).await.into_iter().for_each(|written| written.unwrap());
    assert_eq!(events.next().await, Some(StoreEvent::Interrupted));
    assert_eq!(events.next().await, Some(StoreEvent::Subscribed));
    let last = loop {
        match events.next().await.unwrap() {
            StoreEvent::Announced { key: last, .. } if last == key(1_099).as_str() => break last,
            StoreEvent::Announced { .. } => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(last, key(1_099).as_str());

    disk.fill(0);
    assert!(store.put_and_announce(&key("failed"), Vec::new(), HOUR).await.is_err());
    disk.empty();
    written_again(&store, &key("later")).await;
    store.put_and_announce(&key("announced"), Vec::new(), HOUR).await.unwrap();
    let announced = StoreEvent::Announced { key: key("announced").as_str().to_owned(), value: Vec::new() };
    assert_eq!(events.next().await, Some(announced));
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart_and_expires_in_time() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store.put(&key("revoked"), b"1".to_vec(), HOUR).await.unwrap();
    store.put(&key("lease"), b"2".to_vec(), MINUTE).await.unwrap();
    store.put(&key("removed"), b"3".to_vec(), HOUR).await.unwrap();
    store.remove(&key("removed")).await.unwrap();
    drop(store);
    clock.advance(MINUTE - Duration::from_secs(1));
    let store = store_on(&disk, &clock);
    assert_eq!(store.get(&key("revoked")).await.unwrap(), Some(b"1".to_vec()));
    assert_eq!(store.get(&key("lease")).await.unwrap(), Some(b"2".to_vec()));
    assert!(!is_present(&store, &key("removed")).await);
    clock.advance(Duration::from_secs(1));
    assert!(!is_present(&store, &key("lease")).await);
    clock.advance(HOUR - MINUTE);
    assert!(!is_present(&store, &key("revoked")).await);
}

#[tokio::test]
async fn writes_that_wait_for_one_commit_are_the_next_one_together() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    let syncs = || disk.changes().iter().filter(|change| matches!(change, disk::Change::Sync)).count();
    let before = syncs();
    store.put(&key("one"), Vec::new(), HOUR).await.unwrap();
    let per_commit = syncs() - before;
    let before = syncs();
    let writes = (0..200).map(|number| store.put_if_absent(&key(number), Vec::new(), HOUR));
    assert!(futures_util::future::join_all(writes).await.into_iter().all(Result::unwrap));
    // Each is sent to the writer before the first answer is awaited.
    assert!(syncs() - before <= 10 * per_commit, "{} of {per_commit}", syncs() - before);
    let before = syncs();
    assert!(!store.put_if_absent(&key("one"), Vec::new(), HOUR).await.unwrap());
    assert_eq!(syncs(), before, "what changes nothing is not committed");
}
