use std::time::Instant;

use super::*;

/// Writes until it succeeds again.
pub(super) async fn written_again(store: &RedbStore, key: &StoreKey) {
    let started = Instant::now();
    while store.put(key, Vec::new(), HOUR).await.is_err() {
        assert!(started.elapsed() < Duration::from_secs(10), "no recovery");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_writes_keeps_what_is_there_and_needs_no_restart() {
    // At every place of a commit.
    for room in (0..20).map(|step| step * 6_000) {
        let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
        let store = store_on(&disk, &clock);
        store.put(&key("before"), b"1".to_vec(), HOUR).await.unwrap();
        disk.fill(room);
        let mut written = 0;
        let error = loop {
            match store.put(&key(written), vec![7; 3_000], HOUR).await {
                Ok(()) => written += 1,
                Err(error) => break text(&error),
            }
            assert!(written < 1_000);
        };
        assert!(error.starts_with("the store is not available: the store's file could not be"), "{error}");
        assert!(!error.contains("test/"), "{error}");
        disk.empty();
        written_again(&store, &key("after")).await;
        assert_eq!(store.get(&key("before")).await.unwrap(), Some(b"1".to_vec()));
        for number in 0..written {
            assert_eq!(store.get(&key(number)).await.unwrap(), Some(vec![7; 3_000]), "{number} of {written}");
        }
        drop(store);
        assert!(is_present(&store_on(&disk, &clock), &key("after")).await);
    }
}

#[tokio::test]
async fn a_disk_that_does_not_sync_refuses_writes_and_is_used_again_when_it_does() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store.put(&key("before"), Vec::new(), HOUR).await.unwrap();
    disk.fails_to_sync.store(true, Ordering::Relaxed);
    let error = text(&store.put(&key("a"), Vec::new(), HOUR).await.unwrap_err());
    assert!(error.contains("the device is gone"), "{error}");
    let started = Instant::now();
    for _ in 0..100 {
        assert!(store.put(&key("a"), Vec::new(), HOUR).await.is_err());
    }
    assert!(started.elapsed() < Duration::from_millis(500), "they fail at once: {:?}", started.elapsed());
    disk.fails_to_sync.store(false, Ordering::Relaxed);
    written_again(&store, &key("a")).await;
    assert!(is_present(&store, &key("before")).await);
}

#[tokio::test]
async fn a_disk_that_hangs_costs_a_write_its_limit_and_reads_nothing() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let settings = settings(&clock).timeout(Duration::from_millis(200));
    let store = RedbStore::start(disk.opener(), &settings).unwrap();
    store.put(&key("before"), Vec::new(), HOUR).await.unwrap();
    disk.set_busy(true);
    assert!(store.put(&key("first"), Vec::new(), HOUR).await.is_err());
    let started = Instant::now();
    let writes = (0..50).map(|number| store.put_if_absent(&key(number), Vec::new(), HOUR));
    for written in futures_util::future::join_all(writes).await {
        let error = text(&written.unwrap_err());
        assert!(error.contains("was not read or written within 200 ms"), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    let started = Instant::now();
    assert!(is_present(&store, &key("before")).await);
    assert!(started.elapsed() < Duration::from_millis(100), "{:?}", started.elapsed());
    disk.set_busy(false);
    written_again(&store, &key("after")).await;
    assert!(is_present(&store, &key("first")).await, "it had begun");
    for number in 0..50 {
        assert!(!is_present(&store, &key(number)).await, "a call that gave up is not begun");
    }
}

#[tokio::test]
async fn more_calls_than_may_wait_fail_at_once() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let settings = settings(&clock).timeout(Duration::from_millis(500));
    let store = RedbStore::start(disk.opener(), &settings).unwrap();
    disk.set_busy(true);
    let writes = (0..5_000).map(|number| store.put(&key(number), Vec::new(), HOUR));
    let failed = futures_util::future::join_all(writes).await.into_iter().map(|written| text(&written.unwrap_err()));
    assert!(failed.filter(|text| text.contains("too many calls wait")).count() > 500);
    disk.set_busy(false);
    written_again(&store, &key("after")).await;
}

#[tokio::test]
async fn a_read_that_fails_is_an_error_and_the_file_is_opened_again() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store.put(&key("before"), vec![1; 100], HOUR).await.unwrap();
    for trouble in [&disk.fails_to_read, &disk.panics] {
        disk.fails_to_sync.store(true, Ordering::Relaxed);
        assert!(store.put(&key("a"), Vec::new(), HOUR).await.is_err());
        // Now nothing is in memory, and opening fails.
        trouble.store(true, Ordering::Relaxed);
        disk.fails_to_sync.store(false, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(600)).await;
        let error = text(&store.get(&key("before")).await.unwrap_err());
        assert!(error.contains("the store's file"), "{error}");
        trouble.store(false, Ordering::Relaxed);
        let started = Instant::now();
        while store.get(&key("before")).await.is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "no recovery");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        written_again(&store, &key("after")).await;
    }
}
