//! The figures of docs/operations.md and of the README.
//!
//! `cargo test --release -p zitadel-redb --test file figures -- --ignored --nocapture`

use std::{fs, time::Instant};

use futures_util::future::join_all;
use zitadel_core::environment::Store as _;
use zitadel_redb::RedbStore;

use crate::{LONG, folder::Folder, key};

#[tokio::test]
#[ignore = "a measurement"]
async fn figures() {
    let folder = Folder::new();
    let store = RedbStore::open(folder.store()).unwrap();
    let mut times = Vec::new();
    for number in 0..500_u32 {
        let started = Instant::now();
        store.put(&key(format!("one {number}")), vec![0; 16], LONG).await.unwrap();
        times.push(started.elapsed());
    }
    times.sort();
    println!(
        "one write at a time: median {:?}, 99 % within {:?}",
        times[times.len() / 2],
        times[times.len() * 99 / 100]
    );
    let started = Instant::now();
    for round in 0..20 {
        let keys: Vec<_> = (0..200).map(|number| key(format!("many {round} {number}"))).collect();
        let writes = join_all(keys.iter().map(|key| store.put(key, vec![0; 16], LONG))).await;
        assert!(writes.iter().all(Result::is_ok));
    }
    println!("200 writes at a time: {:.0} per second", 4_000.0 / started.elapsed().as_secs_f64());
    let started = Instant::now();
    for number in 0..2_000 {
        store.get(&key(format!("many 3 {}", number % 200))).await.unwrap().unwrap();
    }
    println!("one read: {:?}", started.elapsed() / 2_000);
    drop(store);
    for (entries, size) in [(100_000, 10), (20_000, 1_500)] {
        let path = folder.path().join(format!("{size}.redb"));
        let store = RedbStore::open(&path).unwrap();
        for start in (0..entries).step_by(2_000) {
            let keys: Vec<_> = (start..start + 2_000).map(key).collect();
            let writes = join_all(keys.iter().map(|key| store.put(key, vec![0; size], LONG))).await;
            assert!(writes.iter().all(Result::is_ok));
        }
        drop(store);
        let bytes = fs::metadata(&path).unwrap().len();
        let started = Instant::now();
        drop(RedbStore::open(&path).unwrap());
        println!(
            "{entries} entries with {size} bytes: {} bytes each, opened in {:?}",
            bytes / entries,
            started.elapsed()
        );
    }
}
