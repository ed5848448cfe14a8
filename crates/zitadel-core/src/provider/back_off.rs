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
}

impl BackOff {
    pub(super) const fn new(pauses: &'static [u64]) -> Self {
        Self { pauses, failures: AtomicUsize::new(0), until: AtomicU64::new(0) }
    }

    pub(super) fn record_failure(&self, now: Timestamp) {
        let failures = self.failures.fetch_add(1, Relaxed);
        let pause = self.pauses.get(failures).or(self.pauses.last()).copied().unwrap_or_default();
        self.until.store(now.saturating_add(Duration::from_secs(pause)).as_unix(), Relaxed);
    }

    pub(super) fn record_success(&self) {
        self.failures.store(0, Relaxed);
    }

    /// Whether a pause is still running.
    pub(super) fn is_active(&self, now: Timestamp) -> bool {
        let longest = self.pauses.iter().copied().max().unwrap_or_default();
        Timestamp::from_unix(self.until.load(Relaxed)).is_ahead_of(now, Duration::from_secs(longest))
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
    fn a_clock_that_was_set_back_does_not_prolong_a_pause() {
        let back_off = BackOff::new(&[2]);
        back_off.record_failure(Timestamp::from_unix(10_000));
        assert!(!back_off.is_active(Timestamp::from_unix(9_000)));
    }
}
