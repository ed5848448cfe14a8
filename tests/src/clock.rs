//! `MovedClock`: the application's clock.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use zitadel_core::{Timestamp, environment::Clock};

/// A clock that stands still until it is moved. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct MovedClock(Arc<AtomicU64>);

impl MovedClock {
    /// A clock that shows this time.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a time before 1970")]
    pub fn starting_at(time: SystemTime) -> Self {
        Self(Arc::new(AtomicU64::new(time.duration_since(UNIX_EPOCH).unwrap().as_secs())))
    }

    /// Time passes.
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}
