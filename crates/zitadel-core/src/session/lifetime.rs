//! PURE: how old a session may be.

use std::time::Duration;

use crate::time::Timestamp;

/// The moments that decide about a session. Both limits are inside the sealed data: a stolen cookie cannot
/// outlive them, whatever a server is configured to later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Times {
    pub(crate) started: Timestamp,
    /// When the cookie was last written.
    pub(crate) touched: Timestamp,
    /// How long it lives without a request.
    pub(crate) idle: Duration,
    /// When it ends whatever happens.
    pub(crate) expires: Timestamp,
    /// When the tokens should be refreshed; `None` without a refresh token.
    pub(crate) refresh_at: Option<Timestamp>,
    /// When the access token stops working; `None` if the provider did not say.
    pub(crate) access_expires: Option<Timestamp>,
}

/// What to do with a session that was just opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lifetime {
    /// Idle or absolute limit reached.
    Over,
    /// The tokens must be refreshed first.
    Refresh {
        /// Whether the session is still good if the provider cannot be asked right now.
        usable: bool,
    },
    /// Good; the cookie may [want to be written again](Times::is_due_for_touch).
    Good,
}

impl Times {
    pub(crate) const fn idle_expires(&self) -> Timestamp {
        let idle = self.touched.plus(self.idle);
        if idle.as_unix() < self.expires.as_unix() { idle } else { self.expires }
    }

    pub(crate) fn at(&self, now: Timestamp) -> Lifetime {
        // A cookie from the future (a clock set back) is as good as new, but never longer than its limits.
        if now >= self.idle_expires() || now >= self.expires {
            return Lifetime::Over;
        }
        if self.refresh_at.is_some_and(|at| now >= at) {
            let usable = self.access_expires.is_none_or(|at| now < at);
            return Lifetime::Refresh { usable };
        }
        Lifetime::Good
    }

    /// A tenth: at most ten cookies are written per idle limit, and at most a tenth of it is lost.
    pub(crate) fn is_due_for_touch(&self, now: Timestamp) -> bool {
        now.since(self.touched) >= self.idle / 10
    }
}

/// When to refresh a token that lives `expires_in` from `now`: 30 seconds early, so that a request that is
/// under way does not lose its token, but never in the first four fifths of a short life.
pub(crate) fn refresh_at(now: Timestamp, expires_in: Duration) -> Timestamp {
    let early = Duration::from_secs(30).min(expires_in / 5);
    now.plus(expires_in.saturating_sub(early))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix(1_000_000);

    fn times() -> Times {
        Times {
            started: START,
            touched: START,
            idle: Duration::from_secs(1000),
            expires: START.plus(Duration::from_secs(5000)),
            refresh_at: Some(START.plus(Duration::from_secs(570))),
            access_expires: Some(START.plus(Duration::from_secs(600))),
        }
    }

    fn at(times: &Times, seconds: u64) -> Lifetime {
        times.at(START.plus(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_young_session_is_left_alone_for_a_tenth_of_its_idle_limit() {
        let due = |seconds| times().is_due_for_touch(START.plus(Duration::from_secs(seconds)));
        assert_eq!([0, 99, 100, 569].map(due), [false, false, true, true]);
        assert_eq!(at(&times(), 0), Lifetime::Good);
    }

    #[test]
    fn tokens_are_refreshed_before_they_expire_and_the_session_bears_a_failure_until_then() {
        assert_eq!(at(&times(), 569), Lifetime::Good);
        assert_eq!(at(&times(), 570), Lifetime::Refresh { usable: true });
        assert_eq!(at(&times(), 600), Lifetime::Refresh { usable: false });
    }

    #[test]
    fn the_idle_limit_ends_a_session_even_if_its_tokens_could_be_refreshed() {
        assert_eq!(at(&times(), 999), Lifetime::Refresh { usable: false });
        assert_eq!(at(&times(), 1000), Lifetime::Over);
    }

    #[test]
    fn the_absolute_limit_ends_a_session_that_is_always_busy() {
        let busy = Times { touched: START.plus(Duration::from_secs(4999)), refresh_at: None, ..times() };
        assert_eq!(at(&busy, 4999), Lifetime::Good);
        assert_eq!(at(&busy, 5000), Lifetime::Over);
        assert_eq!(busy.idle_expires(), busy.expires);
    }

    #[test]
    fn a_session_without_refresh_token_lives_to_its_limits() {
        let plain = Times { refresh_at: None, ..times() };
        assert_eq!(at(&plain, 999), Lifetime::Good);
    }

    #[test]
    fn a_clock_set_back_does_not_panic_or_extend_anything() {
        assert_eq!(times().at(Timestamp::from_unix(0)), Lifetime::Good);
        assert!(!times().is_due_for_touch(Timestamp::from_unix(0)));
        assert_eq!(times().at(Timestamp::from_unix(u64::MAX)), Lifetime::Over);
    }

    #[test]
    fn a_short_lived_token_is_not_refreshed_at_once() {
        assert_eq!(refresh_at(START, Duration::from_secs(43_199)), START.plus(Duration::from_secs(43_169)));
        assert_eq!(refresh_at(START, Duration::from_secs(10)), START.plus(Duration::from_secs(8)));
        assert_eq!(refresh_at(START, Duration::ZERO), START);
    }
}
