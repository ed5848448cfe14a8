//! `Clock`: where time comes from.

use std::time::SystemTime;

use crate::time::Timestamp;

/// Tells the time. Tests move it instead of sleeping.
pub trait Clock: Send + Sync + 'static {
    /// Seconds since 1970, UTC.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it has nothing to hold")]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    fn now(&self) -> Timestamp {
        // Before 1970 everything would be expired or from the future; zero is the safe end.
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_unix(since.as_secs())
    }
}
