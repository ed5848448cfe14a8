//! `Timestamp`: the only type for time in the engine.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z, as `NumericDate` of RFC 7519 §2 (whole seconds).
///
/// Functions that decide take a `Timestamp` as an argument; only a [`Clock`](crate::environment::Clock) reads the
/// time. Arithmetic saturates, so a hostile `exp` of `u64::MAX` is far in the future and never an overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(u64);

/// 9999-12-31T23:59:59Z: later timestamps convert to this [`SystemTime`], which every platform can represent.
const MAX_SYSTEM_TIME: u64 = 253_402_300_799;

impl Timestamp {
    /// From whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix(self) -> u64 {
        self.0
    }

    /// `duration` later; whole seconds only.
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// `duration` earlier; whole seconds only.
    #[must_use]
    pub const fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(duration.as_secs()))
    }

    /// The time since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub const fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// Whether this deadline is still to come at `now`, and by no more than `max`, the longest it was ever set for.
    ///
    /// A deadline further ahead means that the clock was set back since; a pause of a second must not become hours.
    pub(crate) fn is_ahead_of(self, now: Self, max: Duration) -> bool {
        now < self && self.duration_since(now) <= max
    }
}

impl From<Timestamp> for SystemTime {
    /// Timestamps after the year 9999 become its last second.
    fn from(timestamp: Timestamp) -> Self {
        Self::UNIX_EPOCH + Duration::from_secs(timestamp.0.min(MAX_SYSTEM_TIME))
    }
}

impl From<SystemTime> for Timestamp {
    /// Fractions of a second are cut; times before 1970 become zero.
    fn from(time: SystemTime) -> Self {
        Self(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_time_round_trips_and_extremes_do_not_panic() {
        let now = Timestamp::from_unix(1_764_000_000);
        assert_eq!(Timestamp::from(SystemTime::from(now)), now);
        assert_eq!(Timestamp::from(SystemTime::from(Timestamp::from_unix(u64::MAX))).as_unix(), MAX_SYSTEM_TIME);
        assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), Timestamp::default());
    }

    #[test]
    fn a_deadline_too_far_ahead_is_not_ahead() {
        let max = Duration::from_secs(5);
        let at = Timestamp::from_unix;
        assert!(at(105).is_ahead_of(at(100), max));
        assert!(!at(106).is_ahead_of(at(100), max), "the clock was set back");
        assert!(!at(100).is_ahead_of(at(100), max));
    }
}
