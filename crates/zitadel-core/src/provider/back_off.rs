//! `BackOff`: pauses after failures, so that a provider that is down is not flooded as well.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use crate::time::Timestamp;

/// A pause that each failure in a row makes longer.
pub(super) struct BackOff {
    /// Seconds after the first, second, … failure in a row; the last one from then on.
    pauses: &'static [u64],
    failures: AtomicUsize,
    until: AtomicU64,
    /// The current pause: one that is to last longer was set before the clock was set back.
    pause: AtomicU64,
}

impl BackOff {
    pub(super) const fn new(pauses: &'static [u64]) -> Self {
        Self { pauses, failures: AtomicUsize::new(0), until: AtomicU64::new(0), pause: AtomicU64::new(0) }
    }

    pub(super) fn record_failure(&self, now: Timestamp) {
        self.record_failure_for(now, Duration::ZERO);
    }

    /// A failure after which the other side wants to be left alone for at least this long.
    pub(super) fn record_failure_for(&self, now: Timestamp, at_least: Duration) {
        let failures = self.failures.fetch_add(1, Relaxed);
        let pause = self.pauses.get(failures).or(self.pauses.last()).copied().unwrap_or_default();
        let pause = Duration::from_secs(pause).max(at_least);
        self.pause.store(pause.as_secs(), Relaxed);
        self.until.store(now.saturating_add(pause).as_unix(), Relaxed);
    }

    pub(super) fn record_success(&self) {
        self.failures.store(0, Relaxed);
    }

    /// Whether a pause is still running.
    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        let pause = Duration::from_secs(self.pause.load(Relaxed));
        Timestamp::from_unix(self.until.load(Relaxed)).is_ahead_of(now, pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_makes_the_pause_longer_and_a_success_starts_over() {
        let at = Timestamp::from_unix;
        let back_off = BackOff::new(&[1, 2, 5]);
        assert!(!back_off.is_active(at(100)));
        for pause in [1, 2, 5, 5] {
            back_off.record_failure(at(100));
            assert!(back_off.is_active(at(100 + pause - 1)) && !back_off.is_active(at(100 + pause)), "{pause}");
        }
        back_off.record_success();
        back_off.record_failure(at(100));
        assert!(!back_off.is_active(at(101)));
    }

    #[test]
    fn a_failure_can_ask_for_a_longer_pause() {
        let at = Timestamp::from_unix;
        let back_off = BackOff::new(&[2]);
        back_off.record_failure_for(at(100), Duration::from_secs(60));
        assert!(back_off.is_active(at(159)) && !back_off.is_active(at(160)));
        back_off.record_failure_for(at(200), Duration::from_secs(1));
        assert!(back_off.is_active(at(201)) && !back_off.is_active(at(202)), "never a shorter one");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_pause() {
        let back_off = BackOff::new(&[2]);
        back_off.record_failure(Timestamp::from_unix(10_000));
        assert!(!back_off.is_active(Timestamp::from_unix(9_000)));
    }
}
