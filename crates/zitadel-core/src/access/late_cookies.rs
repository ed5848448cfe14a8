//! `LateCookies`: the session cookies of a refresh that happens while the handler of a request runs.
//!
//! The response can carry them until it is made; after that its headers may have been sent.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of one request.
#[derive(Default)]
pub(crate) struct LateCookies(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    Waiting(Vec<String>),
    /// The response was made.
    Taken,
}

impl LateCookies {
    /// Whether the response can still carry some.
    pub(crate) fn are_possible(&self) -> bool {
        !matches!(*self.lock(), State::Taken)
    }

    /// Adds the cookies of a refresh, instead of those of an earlier one. Whether the response will carry them.
    pub(crate) fn set(&self, cookies: Vec<String>) -> bool {
        let mut state = self.lock();
        let is_possible = !matches!(*state, State::Taken);
        if is_possible {
            *state = State::Waiting(cookies);
        }
        is_possible
    }

    /// The response is made: what it carries instead of the cookies of before.
    pub(super) fn take(&self) -> Option<Vec<String>> {
        match std::mem::replace(&mut *self.lock(), State::Taken) {
            State::Waiting(cookies) => Some(cookies),
            State::None | State::Taken => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_cookies_are_carried_until_the_response_is_made() {
        let late = LateCookies::default();
        assert!(late.are_possible());
        assert!(late.set(vec!["a".to_owned()]) && late.set(vec!["b".to_owned()]));
        assert_eq!(late.take(), Some(vec!["b".to_owned()]));
        assert!(!late.are_possible() && !late.set(vec!["c".to_owned()]));
        assert_eq!(late.take(), None);
    }
}
