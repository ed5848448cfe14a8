//! Pages: loads several at a time, and judges what came of each.

use std::sync::Arc;

use futures_util::future::join_all;

use super::{Browser, redirect};
use crate::{
    client::{Answer, Cookies},
    record::{At, LoginId, WhyOut},
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
        let (sent_at, cookies) = (self.run.record.now(), self.cookies.clone());
        let key = cookies.session().header();
        let generation = self.session.as_ref().and_then(|session| session.generations.get(&key).copied());
        let login = self.session.as_ref().map(|session| session.login);
        let was_due = match (login, generation) {
            (Some(login), Some(generation)) => self.run.record.is_due(login, generation),
            _ => false,
        };
        let answer = self.get(replica, "/profile", navigates, &cookies).await;
        if let (Some(login), Some(generation)) = (login, generation) {
            self.run.record.page_done(login, generation, was_due, answer.is_ok());
        }
        Page { replica, sent_at, cookies, generation, answer }
    }

    pub(super) fn judge(&mut self, pages: Vec<Page>) {
        for page in pages {
            let Some(login) = self.session.as_ref().map(|session| session.login) else { return };
            let record = Arc::clone(&self.run.record);
            let where_ = format!("{} at replica {}", self.name, page.replica);
            match &page.answer {
                Err(error) => record.unavailable(page.sent_at, || format!("{where_}: {error}")),
                Ok(answer) if answer.status == 200 => self.signed_in(&page, answer),
                Ok(answer) if answer.status == 503 => {
                    record.unavailable(page.sent_at, || format!("{where_}: 503: {}", record.describe(login)));
                }
                Ok(answer)
                    if answer.status == 401 || redirect(answer).is_ok_and(|to| to.starts_with("/auth/login")) =>
                {
                    self.signed_out(&page, login, &where_);
                }
                Ok(answer) => record.wrong(&format!("{where_}: status {}", answer.status)),
            }
            if let (Ok(answer), Some(session)) = (&page.answer, &mut self.session) {
                let mut cookies = page.cookies.clone();
                cookies.apply(answer);
                // A page that must not be shown may bring new tokens nevertheless, and does not say how many there were.
                let generation = refresh_count(&answer.body).or_else(|| record.newest_generation(login));
                session.generations.entry(cookies.session().header()).or_insert(generation.unwrap_or_default());
                self.cookies.apply(answer);
            }
        }
    }

    fn signed_in(&self, page: &Page, answer: &Answer) {
        let record = &self.run.record;
        let is_calm = record.is_calm(page.sent_at, record.now());
        let is_own = answer.body.contains(&self.subject);
        let mut state = record.state();
        state.counts.page_latencies.push(answer.took);
        if is_calm {
            state.counts.calm_latencies.push(answer.took);
        }
        state.counts.other_user += u64::from(!is_own);
        drop(state);
        if !is_own {
            record.wrong(&format!("{} sees the page of another user", self.name));
        }
    }

    fn signed_out(&mut self, page: &Page, login: LoginId, where_: &str) {
        let record = &self.run.record;
        let why = record.why_out(login, page.generation.unwrap_or_default());
        match why {
            WhyOut::Ended => {}
            WhyOut::ResultLost => record.state().counts.lost_results += 1,
            WhyOut::Unexplained => record.state().counts.wrongly_out += 1,
        }
        if why == WhyOut::Unexplained {
            let generation = page.generation;
            record
                .wrong(&format!("{where_} was logged out with generation {generation:?}: {}", record.describe(login)));
        }
        self.session = None;
    }
}

/// The profile page says how often its session was refreshed.
fn refresh_count(page: &str) -> Option<usize> {
    let (_, rest) = page.split_once("Refreshed ")?;
    rest.split_once(" time")?.0.parse().ok()
}
