//! `StaleClaims`: roles and claims that a refresh could not update.
//!
//! # Rules
//!
//! 1. They are used for one more access-token lifetime from the first failure, however many refreshes follow; then the
//!    session has no roles and no claims until its source can be read.
//! 2. The source is asked again after a pause that grows with the time since the first failure, up to five minutes. No
//!    token is requested for that.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The shortest and the longest pause between two attempts.
const PAUSE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));

/// Since when claims could not be updated, and how long they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StaleClaims {
    since: Timestamp,
    valid_until: Timestamp,
    /// `None`: only the next refresh brings new ones, with its ID token.
    retry_at: Option<Timestamp>,
}

impl StaleClaims {
    /// After a refresh at `now` that brought a token of this lifetime and no claims. `earlier`: what was known before it.
    pub(super) fn after_refresh(earlier: Option<Self>, now: Timestamp, lifetime: Duration) -> Self {
        let first = Self { since: now, valid_until: now.saturating_add(lifetime), retry_at: None };
        earlier.unwrap_or(first).retried(now)
    }

    /// After another failure at `now`.
    pub(super) fn retried(self, now: Timestamp) -> Self {
        let pause = now.duration_since(self.since).clamp(PAUSE.0, PAUSE.1);
        Self { retry_at: Some(now.saturating_add(pause)), ..self }
    }

    /// The same where only a refresh can help.
    pub(super) const fn without_retry(self) -> Self {
        Self { retry_at: None, ..self }
    }

    /// Whether the claims must not be used any more.
    pub(super) fn have_expired(self, now: Timestamp) -> bool {
        now >= self.valid_until
    }

    /// Whether their source should be asked again.
    pub(super) fn are_due(self, now: Timestamp) -> bool {
        // A clock that was set back does not prolong a pause.
        self.retry_at.is_some_and(|at| !at.is_ahead_of(now, PAUSE.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(1_000_000 + seconds)
    }

    #[test]
    fn rule_1_they_are_used_for_one_lifetime_however_many_refreshes_follow() {
        let first = StaleClaims::after_refresh(None, at(0), HOUR);
        let second = StaleClaims::after_refresh(Some(first.retried(at(100))), at(3500), HOUR);
        for stale in [first, second] {
            assert!(!stale.have_expired(at(3599)) && stale.have_expired(at(3600)));
        }
    }

    #[test]
    fn rule_2_the_pauses_grow_up_to_five_minutes() {
        let mut stale = StaleClaims::after_refresh(None, at(0), HOUR);
        let mut attempts = Vec::new();
        for second in 0..2000 {
            if stale.are_due(at(second)) {
                attempts.push(second);
                stale = stale.retried(at(second));
            }
        }
        assert_eq!(attempts, [10, 20, 40, 80, 160, 320, 620, 920, 1220, 1520, 1820]);
        assert!(!stale.without_retry().are_due(at(100_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_prolong_a_pause() {
        let stale = StaleClaims::after_refresh(None, at(10_000), HOUR);
        assert!(stale.are_due(at(0)) && !stale.have_expired(at(0)));
    }
}
