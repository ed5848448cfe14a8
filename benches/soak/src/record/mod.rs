//! `Record`: what happened, as the program saw it from the outside: at the provider, in the browsers, and what it broke
//! itself. Whether it was right follows from these (`verdict.rs`).

mod account;
mod login_history;
mod verdict;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

pub(crate) use self::{
    account::Account,
    login_history::{How, LoginHistory, Refreshed, jwt_claims},
    verdict::{MAX_LAG, RECOVERY, WhyOut},
};
use crate::schedule::Fault;

/// Time since the start.
pub(crate) type At = Duration;

/// A login at the provider, with all refreshes that follow from it.
pub(crate) type LoginId = usize;

pub(crate) struct Record {
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) logins: Vec<LoginHistory>,
    /// Refresh token → login, and generation.
    tokens: HashMap<String, (LoginId, usize)>,
    outages: Vec<PastOutage>,
    pub(crate) counts: Counts,
    /// What went wrong, for a person.
    pub(crate) wrong: Vec<String>,
    /// What was not expected, for a person.
    pub(crate) unexpected: Vec<String>,
}

/// What was broken, and when; to the end of the run if it still is.
#[derive(Clone, Copy, Debug)]
struct PastOutage {
    fault: Fault,
    from: At,
    until: Option<At>,
}

#[derive(Default)]
pub(crate) struct Counts {
    /// Answers of the application by status; 0: none.
    pub(crate) answers: BTreeMap<u16, u64>,
    /// How long page loads took: all, and those while nothing was broken.
    pub(crate) page_latencies: Vec<Duration>,
    pub(crate) calm_latencies: Vec<Duration>,
    pub(crate) logins: u64,
    pub(crate) failed_logins: u64,
    /// From the acknowledgment of an end to the first refusal, by replica.
    pub(crate) refusals: BTreeMap<usize, Vec<Duration>>,
    pub(crate) copies_tried: u64,
    pub(crate) wrongly_out: u64,
    pub(crate) wrongly_in: u64,
    pub(crate) other_user: u64,
    /// Answers that say "not now", or none, while everything worked.
    pub(crate) unexpected: u64,
    /// Sessions that ended because their new tokens were lost.
    pub(crate) lost_results: u64,
    pub(crate) code_calls: u64,
    pub(crate) refresh_calls: u64,
}

impl Record {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), state: Mutex::default() }
    }

    pub(crate) fn now(&self) -> At {
        self.started.elapsed()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin_outage(&self, fault: Fault) {
        let from = self.now();
        self.state().outages.push(PastOutage { fault, from, until: None });
    }

    pub(crate) fn end_outage(&self, fault: Fault) {
        let now = self.now();
        let mut state = self.state();
        let open = state.outages.iter_mut().find(|outage| outage.fault == fault && outage.until.is_none());
        if let Some(outage) = open {
            outage.until = Some(now);
        }
    }

    pub(crate) fn wrong(&self, text: &str) {
        let now = self.now();
        self.state().wrong.push(format!("{:7.2} s {text}", now.as_secs_f64()));
    }

    /// An answer that says "not now", or none, to a request that was sent at `sent_at`. That is to be expected while something is
    /// broken, and shortly after.
    pub(crate) fn unavailable(&self, sent_at: At, what: impl FnOnce() -> String) {
        let now = self.now();
        if self.is_calm(sent_at, now) {
            let text = format!("{:7.2} s {}", now.as_secs_f64(), what());
            let mut state = self.state();
            state.counts.unexpected += 1;
            state.unexpected.push(text);
        }
    }
}
