//! `Clock`: where time comes from.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant, SystemTime},
};

use crate::time::Timestamp;

/// Tells the time. Tests move it instead of sleeping.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970, UTC.
    fn now(&self) -> Timestamp;

    /// Time that only grows, from any zero, whatever happens to the clock: the
    /// [`MemoryStore`](super::MemoryStore) forgets by it. By default the time of [`now`](Self::now), for clocks of tests.
    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.now().as_unix())
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has no state")]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one implementation that reads the system's time")]
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    #[expect(clippy::disallowed_methods, reason = "the one implementation that reads the system's time")]
    fn monotonic(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn monotonic(&self) -> Duration {
        (**self).monotonic()
    }
}
