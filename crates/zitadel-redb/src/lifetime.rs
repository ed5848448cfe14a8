//! Lifetimes, by a clock that may be wrong.
//!
//! 1. An entry expires by the clock: it has to outlive this process, whose monotonic time ends with it.
//! 2. A brief entry that expires later than it could, by more than [`TOLERANCE`], has expired: the clock was set back since,
//!    and a lease must not last as long as the clock was wrong.
//! 3. An entry that has expired is removed by [`RemovalClock`]: a clock that jumps ahead is believed after [`PROBATION`] only.
//!    Until then what has expired by it is still there, and counts again when the clock is corrected.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Entries of at most this lifetime are brief: leases, and what a refresh or a callback led to. The others are revocations.
pub(crate) const BRIEF: Duration = Duration::from_secs(300);
/// What a clock may be corrected by without any effect.
const TOLERANCE: Duration = Duration::from_secs(60);
/// How long a clock that jumped ahead must stay ahead.
const PROBATION: Duration = Duration::from_secs(3_600);

/// Milliseconds since 1970.
pub(crate) type Millis = u64;

pub(crate) fn millis(duration: Duration) -> Millis {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The clock's time; 1970 if it is before that.
pub(crate) fn since_epoch(time: SystemTime) -> Millis {
    millis(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Brief,
    Lasting,
}

/// When an entry expires, and how long it was to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) expires_at: Millis,
    pub(crate) length: Millis,
}

impl Lifetime {
    pub(crate) fn from_now(now: Millis, length: Duration) -> Self {
        // Whole seconds, at least one: nothing is forgotten early.
        let seconds = length.as_secs().saturating_add(u64::from(length.subsec_nanos() > 0)).max(1);
        let length = seconds.saturating_mul(1_000);
        Self { expires_at: now.saturating_add(length), length }
    }

    pub(crate) fn class(self) -> Class {
        if self.length <= millis(BRIEF) { Class::Brief } else { Class::Lasting }
    }

    /// Rules 1 and 2.
    pub(crate) fn is_alive(self, now: Millis) -> bool {
        let rest = self.expires_at.saturating_sub(now);
        rest > 0 && (self.class() == Class::Lasting || rest <= self.length.saturating_add(millis(TOLERANCE)))
    }
}

/// Rule 3: the time up to which entries may be removed.
#[derive(Debug)]
pub(crate) struct RemovalClock {
    time: Millis,
    /// Monotonic time when that was.
    at: Duration,
    /// Since when the clock has been ahead, monotonic time.
    ahead_since: Option<Duration>,
}

impl RemovalClock {
    /// `latest` is the time that the process before noted; `None`: there was none.
    pub(crate) fn new(latest: Option<Millis>, now: Millis, monotonic: Duration) -> Self {
        Self { time: latest.map_or(now, |latest| latest.min(now)), at: monotonic, ahead_since: None }
    }

    pub(crate) fn advance(&mut self, now: Millis, monotonic: Duration) -> Millis {
        let expected = self.time.saturating_add(millis(monotonic.saturating_sub(self.at)));
        let is_ahead = now > expected.saturating_add(millis(TOLERANCE));
        self.ahead_since = is_ahead.then(|| self.ahead_since.unwrap_or(monotonic));
        let is_believed = self.ahead_since.is_none_or(|since| monotonic.saturating_sub(since) >= PROBATION);
        (self.time, self.at) = (if is_believed { now } else { expected }, monotonic);
        self.time
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;
    const DAY: Millis = 24 * HOUR;

    #[test]
    fn rule_1_a_lifetime_is_rounded_up_to_seconds_and_never_zero() {
        for (length, expected) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (600_000, 600)] {
            let lifetime = Lifetime::from_now(5, Duration::from_millis(length));
            assert_eq!(lifetime.expires_at, 5 + expected * 1_000, "{length}");
            assert!(lifetime.is_alive(lifetime.expires_at - 1) && !lifetime.is_alive(lifetime.expires_at));
        }
        assert_eq!(Lifetime::from_now(u64::MAX, Duration::MAX).expires_at, u64::MAX);
    }

    #[test]
    fn rule_2_a_clock_that_is_set_back_prolongs_no_lease_and_no_revocation_ends_early() {
        let lease = Lifetime::from_now(DAY, Duration::from_secs(10));
        assert!(lease.is_alive(DAY - 59_000), "a small correction");
        assert!(!lease.is_alive(DAY - 61_000));
        let revocation = Lifetime::from_now(DAY, Duration::from_secs(301));
        assert!(revocation.is_alive(0));
    }

    #[test]
    fn rule_3_a_clock_that_jumps_ahead_is_believed_after_an_hour() {
        let mut clock = RemovalClock::new(None, DAY, Duration::ZERO);
        assert_eq!(clock.advance(DAY + 10, Duration::from_millis(10)), DAY + 10);
        assert_eq!(clock.advance(9 * DAY, Duration::from_secs(1)), DAY + 1_000);
        assert_eq!(clock.advance(9 * DAY + HOUR - 1_001, Duration::from_secs(3_600)), DAY + HOUR);
        assert_eq!(clock.advance(9 * DAY + HOUR, Duration::from_secs(3_601)), 9 * DAY + HOUR);
        // It comes back.
        assert_eq!(clock.advance(2 * DAY, Duration::from_secs(3_602)), 2 * DAY);
    }

    #[test]
    fn rule_3_a_clock_that_is_ahead_for_a_while_only_is_not_believed() {
        let mut clock = RemovalClock::new(None, DAY, Duration::ZERO);
        clock.advance(9 * DAY, Duration::from_secs(1));
        clock.advance(9 * DAY, Duration::from_secs(3_599));
        assert_eq!(clock.advance(DAY + HOUR, Duration::from_secs(3_600)), DAY + HOUR);
        assert_eq!(clock.advance(9 * DAY, Duration::from_secs(3_602)), DAY + HOUR + 2_000, "another hour begins");
    }

    #[test]
    fn rule_3_a_clock_that_is_wrong_at_the_start_is_not_believed_either() {
        let mut clock = RemovalClock::new(Some(DAY), 9 * DAY, Duration::ZERO);
        assert_eq!(clock.advance(9 * DAY, Duration::from_secs(1)), DAY + 1_000);
        assert_eq!(RemovalClock::new(Some(9 * DAY), DAY, Duration::ZERO).time, DAY);
    }
}
