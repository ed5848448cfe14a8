//! How old a session may be. Pure: `now` is an argument.

use std::time::Duration;

use super::stale_claims::StaleClaims;
use crate::time::Timestamp;

/// The times that decide about a session. Both limits are inside the sealed data: a stolen cookie cannot outlive them,
/// whatever a server is configured to later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Times {
    pub(crate) started_at: Timestamp,
    /// When the cookie was last written.
    pub(crate) renewed_at: Timestamp,
    /// How long it lives without a request.
    pub(crate) idle_timeout: Duration,
    /// When it ends, however active it is.
    pub(crate) expires_at: Timestamp,
    /// When the tokens should be refreshed; `None` without a refresh token.
    pub(crate) refresh_at: Option<Timestamp>,
    /// When the access token expires; `None` if the provider did not say.
    pub(crate) access_token_expires_at: Option<Timestamp>,
    /// When the tokens were last refreshed.
    pub(crate) refreshed_at: Option<Timestamp>,
    /// `None`: the claims are those of the latest login or refresh.
    pub(crate) stale_claims: Option<StaleClaims>,
    /// Whether the browser keeps the cookie when it is closed.
    pub(crate) is_persistent: bool,
}

/// What a session needs before a request can be served with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionState {
    /// The idle or the absolute limit has passed.
    Expired,
    /// The tokens must be refreshed first.
    RefreshDue {
        /// Whether the session can be used if the provider is not available right now.
        access_token_valid: bool,
    },
    /// The tokens are current, and the claims should be updated first.
    ClaimsDue {
        /// Whether they can be used if their source is not available right now.
        claims_valid: bool,
    },
    /// Nothing; its cookie may be due to be [written again](Times::should_renew_cookie).
    Active,
}

impl Times {
    pub(crate) const fn idle_expires_at(&self) -> Timestamp {
        let idle = self.renewed_at.saturating_add(self.idle_timeout);
        if idle.as_unix() < self.expires_at.as_unix() { idle } else { self.expires_at }
    }

    pub(crate) fn state(&self, now: Timestamp) -> SessionState {
        // A cookie from the future (a clock that was set back) counts as new, but is bound by its limits.
        if now >= self.idle_expires_at() || now >= self.expires_at {
            return SessionState::Expired;
        }
        if self.refresh_at.is_some_and(|at| now >= at) {
            let access_token_valid = self.access_token_expires_at.is_none_or(|at| now < at);
            return SessionState::RefreshDue { access_token_valid };
        }
        if self.stale_claims.is_some_and(|claims| claims.are_due(now)) {
            return SessionState::ClaimsDue { claims_valid: !self.have_claims_expired(now) };
        }
        SessionState::Active
    }

    pub(crate) fn have_claims_expired(&self, now: Timestamp) -> bool {
        self.stale_claims.is_some_and(|claims| claims.have_expired(now))
    }

    /// After a tenth of the idle limit: at most ten cookies are written per idle limit, and at most a tenth is lost.
    pub(crate) fn should_renew_cookie(&self, now: Timestamp) -> bool {
        now.duration_since(self.renewed_at) >= self.idle_timeout / 10
    }
}

/// Between two refreshes of one session, however short its tokens live.
pub(crate) const MIN_REFRESH_INTERVAL: Duration = Duration::from_secs(30);

/// When to refresh a token that lives `expires_in` from `now`: in the last tenth of its life, but not in the last 30 seconds
/// (or the last twentieth of a short life), so that a request that is under way does not lose its token. `jitter` says
/// where in between: sessions that began together are not due together.
pub(crate) fn refresh_at(now: Timestamp, expires_in: Duration, jitter: u32) -> Timestamp {
    let latest = Duration::from_secs(30).min(expires_in / 20);
    let window = (expires_in / 10).saturating_sub(latest).as_secs();
    let offset = (u128::from(window) * u128::from(jitter)) >> u32::BITS;
    let early = latest.saturating_add(Duration::from_secs(u64::try_from(offset).unwrap_or(window)));
    now.saturating_add(expires_in.saturating_sub(early).max(MIN_REFRESH_INTERVAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix(1_000_000);

    fn times() -> Times {
        Times {
            started_at: START,
            renewed_at: START,
            idle_timeout: Duration::from_secs(1000),
            expires_at: START.saturating_add(Duration::from_secs(5000)),
            refresh_at: Some(START.saturating_add(Duration::from_secs(570))),
            access_token_expires_at: Some(START.saturating_add(Duration::from_secs(600))),
            refreshed_at: None,
            stale_claims: None,
            is_persistent: false,
        }
    }

    fn state(times: &Times, seconds: u64) -> SessionState {
        times.state(START.saturating_add(Duration::from_secs(seconds)))
    }

    #[test]
    fn the_cookie_is_renewed_after_a_tenth_of_the_idle_limit() {
        let due = |seconds| times().should_renew_cookie(START.saturating_add(Duration::from_secs(seconds)));
        assert_eq!([0, 99, 100, 569].map(due), [false, false, true, true]);
        assert_eq!(state(&times(), 0), SessionState::Active);
    }

    #[test]
    fn tokens_are_refreshed_before_they_expire_and_a_failure_is_tolerated_until_then() {
        assert_eq!(state(&times(), 569), SessionState::Active);
        assert_eq!(state(&times(), 570), SessionState::RefreshDue { access_token_valid: true });
        assert_eq!(state(&times(), 600), SessionState::RefreshDue { access_token_valid: false });
    }

    #[test]
    fn stale_claims_are_due_after_a_pause_unless_the_tokens_are_due_anyway() {
        let stale_claims = Some(StaleClaims::after_refresh(None, START, Duration::from_secs(500)));
        let stale = Times { stale_claims, ..times() };
        assert_eq!(state(&stale, 9), SessionState::Active);
        assert_eq!(state(&stale, 10), SessionState::ClaimsDue { claims_valid: true });
        assert_eq!(state(&stale, 500), SessionState::ClaimsDue { claims_valid: false });
        assert_eq!(state(&stale, 570), SessionState::RefreshDue { access_token_valid: true });
    }

    #[test]
    fn the_idle_limit_ends_a_session_even_if_its_tokens_could_be_refreshed() {
        assert_eq!(state(&times(), 999), SessionState::RefreshDue { access_token_valid: false });
        assert_eq!(state(&times(), 1000), SessionState::Expired);
    }

    #[test]
    fn the_absolute_limit_ends_a_session_that_is_always_busy() {
        let renewed_at = START.saturating_add(Duration::from_secs(4999));
        let busy = Times { renewed_at, refresh_at: None, ..times() };
        assert_eq!(state(&busy, 4999), SessionState::Active);
        assert_eq!(state(&busy, 5000), SessionState::Expired);
        assert_eq!(busy.idle_expires_at(), busy.expires_at);
    }

    #[test]
    fn a_session_without_refresh_token_lives_to_its_limits() {
        let plain = Times { refresh_at: None, ..times() };
        assert_eq!(state(&plain, 999), SessionState::Active);
    }

    #[test]
    fn a_clock_set_back_does_not_panic_or_extend_anything() {
        assert_eq!(times().state(Timestamp::from_unix(0)), SessionState::Active);
        assert!(!times().should_renew_cookie(Timestamp::from_unix(0)));
        assert_eq!(times().state(Timestamp::from_unix(u64::MAX)), SessionState::Expired);
    }

    #[test]
    fn tokens_are_refreshed_in_the_last_tenth_of_their_life_and_not_in_the_last_moment() {
        let seconds =
            |lifetime, jitter| refresh_at(START, Duration::from_secs(lifetime), jitter).duration_since(START).as_secs();
        for (lifetime, earliest, latest) in
            [(43_199, 38_880, 43_169), (3600, 3240, 3570), (600, 540, 570), (100, 90, 95), (40, 36, 38)]
        {
            assert_eq!((seconds(lifetime, u32::MAX), seconds(lifetime, 0)), (earliest + 1, latest), "{lifetime}");
            let middle = seconds(lifetime, u32::MAX / 2);
            assert!(earliest < middle && middle <= latest, "{lifetime}: {middle}");
        }
    }

    #[test]
    fn tokens_are_refreshed_every_30_seconds_at_most() {
        for lifetime in [0, 1, 10, 30] {
            assert_eq!(refresh_at(START, Duration::from_secs(lifetime), 7), START.saturating_add(MIN_REFRESH_INTERVAL));
        }
        assert!(refresh_at(START, Duration::MAX, u32::MAX).as_unix() > u64::MAX / 2, "no overflow");
    }
}
