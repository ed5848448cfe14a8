//! The store on a disk that a test can fill, break and cut off.

mod clocks;
mod corruption;
mod crashes;
mod disk;
mod outages;
mod room;
mod suite;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, UNIX_EPOCH},
};

use zitadel_core::environment::{Store as _, StoreError, StoreKey};

use self::disk::Disk;
use crate::{RedbStore, RedbStoreBuilder};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn key(name: impl std::fmt::Display) -> StoreKey {
    StoreKey::hashed("test", format!("{name}").as_bytes())
}

/// A clock that stands still until it is moved.
#[derive(Clone)]
struct TestClock(Arc<AtomicU64>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_800_000_000)))
    }

    fn advance(&self, time: Duration) {
        self.0.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    fn set_back(&self, time: Duration) {
        self.0.fetch_sub(time.as_secs(), Ordering::Relaxed);
    }
}

fn settings(clock: &TestClock) -> RedbStoreBuilder {
    let clock = clock.clone();
    RedbStore::builder("").clock(move || UNIX_EPOCH + Duration::from_secs(clock.0.load(Ordering::Relaxed)))
}

fn store_on(disk: &Arc<Disk>, clock: &TestClock) -> RedbStore {
    RedbStore::start(disk.opener(), &settings(clock)).unwrap()
}

async fn is_present(store: &RedbStore, key: &StoreKey) -> bool {
    store.get(key).await.unwrap().is_some()
}

/// An error with its cause.
fn text(error: &StoreError) -> String {
    format!("{error}: {}", std::error::Error::source(error).unwrap())
}
