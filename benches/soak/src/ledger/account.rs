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
        for chain in &state.chains {
            for (number, generation) in chain.generations.iter().enumerate() {
                let is_made = generation.spent.is_some();
                if is_made || generation.was_due {
                    account.due += 1;
                    *match () {
                        () if is_made => &mut account.made,
                        () if chain.may_have_ended_at().is_some() => &mut account.ended_before,
                        () if generation.failed > 0 => &mut account.failed,
                        () => &mut account.missing,
                    } += 1;
                }
                account.made_early += u64::from(is_made && !generation.may_have_been_due);
                account.answered += u64::from(is_made);
                account.faulty += u64::from(generation.failed);
                for (at, _) in &generation.refused {
                    *match state.excuses_refusal(chain, number, *at) {
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
