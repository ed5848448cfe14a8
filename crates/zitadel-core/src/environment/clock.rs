//! `Clock`: where time comes from.

use std::{sync::Arc, time::SystemTime};

use crate::time::Timestamp;

/// Tells the time. Tests move it instead of sleeping.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970, UTC.
    fn now(&self) -> Timestamp;
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
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}
