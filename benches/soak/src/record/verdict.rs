//! Whether what a browser saw was right.

use std::time::Duration;

use super::{At, LoginHistory, LoginId, Record, State, login_history::End};
use crate::schedule::Fault;

/// How long after an outage requests may still be answered with 503: a lease of a killed replica lasts 10 s, and a request
/// waits for 12 s.
pub(crate) const RECOVERY: Duration = Duration::from_secs(15);
/// How long after a token request its result is in the store, on a busy machine.
const PUBLICATION: Duration = Duration::from_secs(5);
/// How long an end that was acknowledged may be unknown to a replica whose subscription is interrupted: `revocation_lag`,
/// and the second to which the application's clock is rounded.
pub(crate) const MAX_LAG: Duration = Duration::from_secs(6);
/// From here on a generation is certainly due: refreshes are 30 s apart, and counted from a full second.
const DUE: Duration = Duration::from_secs(32);
/// Before this none is.
const NOT_DUE: Duration = Duration::from_millis(28_900);

/// Why the application does not know a session any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhyOut {
    /// It was ended, or may have been.
    Ended,
    /// The replica that refreshed it was killed, or had no way to the store, before it could publish the new tokens. The old
    /// refresh token is spent.
    ResultLost,
    /// A bug.
    Unexplained,
}

impl State {
    /// Whether something was broken from `from` to `to`, or shortly before.
    pub(super) fn was_broken(&self, from: At, to: At, is_relevant: impl Fn(Fault) -> bool, recovery: Duration) -> bool {
        let overlaps = |begin: At, end: Option<At>| begin <= to && end.is_none_or(|end| from <= end + recovery);
        self.outages.iter().any(|outage| is_relevant(outage.fault) && overlaps(outage.from, outage.until))
    }

    /// Whether the result of a token request by this replica at this moment may not have reached the store.
    fn may_have_lost_result(&self, at: At, replica: usize) -> bool {
        let prevents = |fault| match fault {
            Fault::Redis => true,
            Fault::Network(number) | Fault::Replica(number) => number == replica,
            Fault::Provider => false,
        };
        self.was_broken(at, at + PUBLICATION, prevents, Duration::ZERO)
    }

    /// Why a refused call with the refresh token of a generation is no bug: its result was lost, or the session ended.
    pub(super) fn excuses_refusal(&self, login: &LoginHistory, number: usize, at: At) -> bool {
        let spent = login.generations.get(number).and_then(|generation| generation.spent);
        spent.is_some_and(|(spent_at, replica)| self.may_have_lost_result(spent_at, replica))
            || login.may_have_ended_at().is_some_and(|end| end <= at)
            || login.revoked_at.is_some_and(|revoked| revoked <= at)
    }
}

impl Record {
    /// Whether nothing was broken between these moments, nor shortly before.
    pub(crate) fn is_calm(&self, from: At, to: At) -> bool {
        !self.state().was_broken(from, to, |_| true, RECOVERY)
    }

    /// Why a browser with this generation of a session was treated as anonymous.
    pub(crate) fn why_out(&self, login: LoginId, generation: usize) -> WhyOut {
        let state = self.state();
        let Some(login) = state.logins.get(login) else { return WhyOut::Unexplained };
        if login.may_have_ended_at().is_some() {
            return WhyOut::Ended;
        }
        let spent = login.generations.get(generation).and_then(|generation| generation.spent);
        match spent {
            Some((at, replica)) if state.may_have_lost_result(at, replica) => WhyOut::ResultLost,
            _ => WhyOut::Unexplained,
        }
    }

    /// Whether every replica must know that a session ended: it was acknowledged; or it may have ended, and what the store did
    /// not take then was written since.
    pub(crate) fn must_be_known(&self, login: LoginId) -> bool {
        let state = self.state();
        let Some(login) = state.logins.get(login) else { return false };
        let was_killed = |end: &End| {
            state.was_broken(end.requested_at, self.now(), |fault| fault == Fault::Replica(end.replica), Duration::ZERO)
        };
        // A replica that was killed with an end that it could not store has forgotten it.
        login.acknowledged_at().is_some() || login.ends.iter().any(|end| !was_killed(end))
    }

    /// For a person.
    pub(crate) fn describe(&self, login: LoginId) -> String {
        let state = self.state();
        let Some(login) = state.logins.get(login) else { return "unknown session".to_owned() };
        let generations = login.generations.iter().map(|it| {
            let spent = it.spent.map(|(at, replica)| format!(", spent {:.2} by {replica}", at.as_secs_f64()));
            let refused: Vec<_> = it
                .refused
                .iter()
                .map(|(at, replica)| format!(", refused {:.2} by {replica}", at.as_secs_f64()))
                .collect();
            format!("[{:.2}{}{}]", it.made_at.as_secs_f64(), spent.unwrap_or_default(), refused.concat())
        });
        let generations: Vec<_> = generations.collect();
        let ends = login.ends.iter().map(|end| {
            let acknowledged = end.acknowledged_at.map(|at| at.as_secs_f64());
            format!(
                "{:?} at replica {} {:.2} acknowledged {acknowledged:.2?}",
                end.how,
                end.replica,
                end.requested_at.as_secs_f64()
            )
        });
        let ends: Vec<_> = ends.collect();
        format!("sid {}, {}; ends: {}", login.sid, generations.join(" "), ends.join(", "))
    }

    /// Whether a request that is sent now with this generation of a session finds it due, for certain.
    pub(crate) fn is_due(&self, login: LoginId, generation: usize) -> bool {
        let now = self.now();
        let state = self.state();
        let found = state.logins.get(login).and_then(|login| login.generations.get(generation));
        found.is_some_and(|generation| now.saturating_sub(generation.made_at) >= DUE)
    }

    /// Notes that a request with this generation was answered (it `was_due` when it was sent), or got no answer. It may have
    /// waited: until now it may have found it due.
    pub(crate) fn page_done(&self, login: LoginId, generation: usize, was_due: bool, is_answered: bool) {
        let now = self.now();
        let mut state = self.state();
        if let Some(generation) = state.logins.get_mut(login).and_then(|login| login.generations.get_mut(generation)) {
            generation.may_have_been_due |= now.saturating_sub(generation.made_at) >= NOT_DUE;
            generation.was_due |= was_due && is_answered;
        }
    }

    /// The generation that the provider made last.
    pub(crate) fn newest_generation(&self, login: LoginId) -> Option<usize> {
        self.state().logins.get(login)?.generations.len().checked_sub(1)
    }
}
