//! Pages: loads several at a time, and judges what came of each.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Browser, redirect};
use crate::{
    client::{Answer, Cookies},
    ledger::{At, ChainId, WhyOut},
};

/// A page load, and what came of it.
pub(super) struct Page {
    replica: usize,
    sent_at: At,
    cookies: Cookies,
    generation: Option<usize>,
    pub(super) answer: Result<Answer, String>,
}

impl Browser {
    /// A page and what it loads, at the same time and with the same cookies, each from another replica.
    pub(super) async fn open_pages(&mut self) {
        let number = 1 + self.random.below(4);
        let loads: Vec<_> = (0..number).map(|number| (self.replica(), number == 0)).collect();
        let pages = join_all(loads.into_iter().map(|(replica, navigates)| self.load(replica, navigates))).await;
        self.judge(pages);
    }

    pub(super) async fn load(&self, replica: usize, navigates: bool) -> Page {
        let (sent_at, cookies) = (self.world.ledger.now(), self.cookies.clone());
        let key = cookies.session().header();
        let generation = self.session.as_ref().and_then(|session| session.generations.get(&key).copied());
        let chain = self.session.as_ref().map(|session| session.chain);
        let was_due = match (chain, generation) {
            (Some(chain), Some(generation)) => self.world.ledger.is_due(chain, generation),
            _ => false,
        };
        let answer = self.get(replica, "/profile", navigates, &cookies).await;
        if let (Some(chain), Some(generation)) = (chain, generation) {
            self.world.ledger.page_done(chain, generation, was_due, answer.is_ok());
        }
        Page { replica, sent_at, cookies, generation, answer }
    }

    pub(super) fn judge(&mut self, pages: Vec<Page>) {
        for page in pages {
            let Some(chain) = self.session.as_ref().map(|session| session.chain) else { return };
            let ledger = Arc::clone(&self.world.ledger);
            let where_ = format!("{} at replica {}", self.name, page.replica);
            match &page.answer {
                Err(error) => ledger.unavailable(page.sent_at, || format!("{where_}: {error}")),
                Ok(answer) if answer.status == 200 => self.signed_in(&page, answer),
                Ok(answer) if answer.status == 503 => {
                    ledger.unavailable(page.sent_at, || format!("{where_}: 503: {}", ledger.describe(chain)));
                }
                Ok(answer)
                    if answer.status == 401 || redirect(answer).is_ok_and(|to| to.starts_with("/auth/login")) =>
                {
                    self.signed_out(&page, chain, &where_);
                }
                Ok(answer) => ledger.wrong(&format!("{where_}: status {}", answer.status)),
            }
            if let (Ok(answer), Some(session)) = (&page.answer, &mut self.session) {
                let mut cookies = page.cookies.clone();
                cookies.apply(answer);
                // A page that must not be shown may bring new tokens nevertheless, and does not say how many there were.
                let generation = refresh_count(&answer.body).or_else(|| ledger.newest_generation(chain));
                session.generations.entry(cookies.session().header()).or_insert(generation.unwrap_or_default());
                self.cookies.apply(answer);
            }
        }
    }

    fn signed_in(&self, page: &Page, answer: &Answer) {
        let ledger = &self.world.ledger;
        let is_calm = ledger.is_calm(page.sent_at, ledger.now());
        let is_own = answer.body.contains(&self.subject);
        let mut state = ledger.state();
        state.counts.page_latencies.push(answer.took);
        if is_calm {
            state.counts.calm_latencies.push(answer.took);
        }
        state.counts.other_user += u64::from(!is_own);
        drop(state);
        if !is_own {
            ledger.wrong(&format!("{} sees the page of another user", self.name));
        }
    }

    fn signed_out(&mut self, page: &Page, chain: ChainId, where_: &str) {
        let ledger = &self.world.ledger;
        let why = ledger.why_out(chain, page.generation.unwrap_or_default());
        match why {
            WhyOut::Ended => {}
            WhyOut::ResultLost => ledger.state().counts.lost_results += 1,
            WhyOut::Unexplained => ledger.state().counts.wrongly_out += 1,
        }
        if why == WhyOut::Unexplained {
            let generation = page.generation;
            ledger
                .wrong(&format!("{where_} was logged out with generation {generation:?}: {}", ledger.describe(chain)));
        }
        self.session = None;
    }
}

/// The profile page says how often its session was refreshed.
fn refresh_count(page: &str) -> Option<usize> {
    let (_, rest) = page.split_once("Refreshed ")?;
    rest.split_once(" time")?.0.parse().ok()
}
