//! `Account`: every refresh that was due, and what became of it.

use super::State;

/// due = made + ended before + not made; token requests = made + failed + refused.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// Generations of sessions that a request was sent with when they were due.
    pub(crate) due: u64,
    /// Due, and the provider gave new tokens, once.
    pub(crate) made: u64,
    /// Due, and the session ended before.
    pub(crate) ended_before: u64,
    /// Due, not made when the program stopped, and the last attempts failed because the provider was faulty.
    pub(crate) failed: u64,
    /// Due, not made, and nothing says why: a bug.
    pub(crate) missing: u64,
    /// Made although no request was sent when it may have been due: a bug.
    pub(crate) made_early: u64,
    /// Token requests with a refresh token.
    pub(crate) calls: u64,
    /// … that the provider answered with new tokens.
    pub(crate) answered: u64,
    /// … that failed because it was faulty.
    pub(crate) faulty: u64,
    /// … that it refused, because the token was spent by a replica whose result was lost, or the session had ended.
    pub(crate) refused: u64,
    /// … that it refused for no such reason: a token was spent twice, which is a bug.
    pub(crate) spent_twice: u64,
}

impl Account {
    pub(crate) fn of(state: &State) -> Self {
        let mut account = Self::default();
        for login in &state.logins {
            for (number, generation) in login.generations.iter().enumerate() {
                let is_made = generation.spent.is_some();
                if is_made || generation.was_due {
                    account.due += 1;
                    *match () {
                        () if is_made => &mut account.made,
                        () if login.may_have_ended_at().is_some() => &mut account.ended_before,
                        () if generation.failed > 0 => &mut account.failed,
                        () => &mut account.missing,
                    } += 1;
                }
                account.made_early += u64::from(is_made && !generation.may_have_been_due);
                account.answered += u64::from(is_made);
                account.faulty += u64::from(generation.failed);
                for (at, _) in &generation.refused {
                    *match state.excuses_refusal(login, number, *at) {
                        true => &mut account.refused,
                        false => &mut account.spent_twice,
                    } += 1;
                }
            }
        }
        account.calls = account.answered + account.faulty + account.refused + account.spent_twice;
        account
    }

    /// `calls`: the token requests that were counted as they came.
    pub(crate) const fn is_balanced(&self, calls: u64) -> bool {
        self.due == self.made + self.ended_before + self.failed
            && self.calls == calls
            && self.missing == 0
            && self.made_early == 0
            && self.spent_twice == 0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        super::{At, How, LoginHistory, PastOutage, login_history::End, login_history::Generation},
        *,
    };
    use crate::schedule::Fault;

    const fn second(number: u64) -> At {
        Duration::from_secs(number)
    }

    fn generation(made_at: u64, spent: Option<(u64, usize)>) -> Generation {
        Generation {
            made_at: second(made_at),
            spent: spent.map(|(at, replica)| (second(at), replica)),
            was_due: true,
            may_have_been_due: true,
            ..Generation::default()
        }
    }

    fn state(generations: Vec<Generation>, ends: Vec<End>) -> State {
        let login = LoginHistory { subject: String::new(), sid: String::new(), generations, ends, revoked_at: None };
        State { logins: vec![login], ..State::default() }
    }

    fn end(requested_at: u64) -> End {
        End { how: How::Logout, replica: 0, requested_at: second(requested_at), acknowledged_at: None }
    }

    #[test]
    fn every_due_refresh_has_one_fate() {
        let made = Account::of(&state(vec![generation(0, Some((31, 0)))], Vec::new()));
        assert_eq!((made.due, made.made, made.is_balanced(1)), (1, 1, true));
        let ended = Account::of(&state(vec![generation(0, None)], vec![end(33)]));
        assert_eq!((ended.due, ended.ended_before, ended.is_balanced(0)), (1, 1, true));
        let faulty = Generation { failed: 2, ..generation(0, None) };
        let failed = Account::of(&state(vec![faulty], Vec::new()));
        assert_eq!((failed.due, failed.failed, failed.is_balanced(2)), (1, 1, true));
        let missing = Account::of(&state(vec![generation(0, None)], Vec::new()));
        assert_eq!((missing.due, missing.missing, missing.is_balanced(0)), (1, 1, false));
    }

    #[test]
    fn a_refresh_that_was_not_due_and_a_call_that_nobody_counted_are_wrong() {
        let early = Generation { was_due: false, may_have_been_due: false, ..generation(0, Some((5, 0))) };
        assert!(!Account::of(&state(vec![early], Vec::new())).is_balanced(1));
        assert!(!Account::of(&state(vec![generation(0, Some((31, 0)))], Vec::new())).is_balanced(2));
    }

    #[test]
    fn a_refused_call_is_excused_only_if_the_result_of_the_first_one_may_be_lost_or_the_session_ended() {
        let refused = || vec![Generation { refused: vec![(second(42), 1)], ..generation(0, Some((31, 0))) }];
        let account = Account::of(&state(refused(), Vec::new()));
        assert_eq!((account.spent_twice, account.is_balanced(2)), (1, false));
        assert_eq!(Account::of(&state(refused(), vec![end(40)])).refused, 1);
        assert_eq!(Account::of(&state(refused(), vec![end(43)])).spent_twice, 1);
        for (fault, excused) in [
            (Fault::Replica(0), 1),
            (Fault::Replica(1), 0),
            (Fault::Network(0), 1),
            (Fault::Network(1), 0),
            (Fault::Redis, 1),
            (Fault::Provider, 0),
        ] {
            let outage = PastOutage { fault, from: second(32), until: Some(second(35)) };
            let broken = State { outages: vec![outage], ..state(refused(), Vec::new()) };
            assert_eq!(Account::of(&broken).refused, excused, "{fault}");
            let long_before = PastOutage { from: second(20), until: Some(second(25)), ..outage };
            let broken = State { outages: vec![long_before], ..state(refused(), Vec::new()) };
            assert_eq!(Account::of(&broken).refused, 0, "{fault}");
        }
    }
}
