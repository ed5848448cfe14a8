use super::*;

const DAYS: Duration = Duration::from_secs(3 * 24 * 3_600);

#[tokio::test]
async fn a_clock_that_jumps_ahead_and_comes_back_revives_nothing() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store.put(&key("revoked"), Vec::new(), HOUR).await.unwrap();
    clock.advance(DAYS);
    assert!(!is_present(&store, &key("revoked")).await, "it has expired by this clock, as the session has");
    for number in 0..100 {
        store.put(&key(number), Vec::new(), MINUTE).await.unwrap();
    }
    drop(store);
    let store = store_on(&disk, &clock);
    store.put(&key("after a restart"), Vec::new(), MINUTE).await.unwrap();
    clock.set_back(DAYS);
    assert!(is_present(&store, &key("revoked")).await);
}

#[tokio::test]
async fn a_clock_that_is_set_back_revives_nothing_and_prolongs_no_lease() {
    let (clock, disk) = (TestClock::new(), Disk::new(Vec::new()));
    let store = store_on(&disk, &clock);
    store.put(&key("revoked"), Vec::new(), HOUR).await.unwrap();
    let lease = Duration::from_secs(10);
    assert!(store.put_if_absent(&key("lease"), Vec::new(), lease).await.unwrap());
    clock.set_back(DAYS);
    assert!(store.put_if_absent(&key("lease"), Vec::new(), lease).await.unwrap());
    assert!(!store.put_if_absent(&key("lease"), Vec::new(), lease).await.unwrap());
    assert!(is_present(&store, &key("revoked")).await);
}
