//! Copies of the cookies of sessions that end: each is presented to every replica, until it is refused, and again later.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use http::{Request, header};
use http_body_util::Full;

use crate::{
    client::Cookies,
    record::{At, LoginId, MAX_LAG},
    run::Run,
};

/// Between two attempts while a copy is still accepted.
const PAUSE: Duration = Duration::from_millis(10);
/// When a copy is presented once more.
const LATER: Duration = Duration::from_secs(12);

/// The copies, by session.
#[derive(Default)]
pub(crate) struct Copies(Mutex<HashMap<LoginId, Copy>>);

struct Copy {
    cookies: Cookies,
    /// Whether it is presented to the replicas already.
    is_watched: bool,
}

/// What a replica makes of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Accepted,
    Refused,
    /// It cannot know, or it is down.
    Unknown,
}

impl Copies {
    /// Keeps a copy of the cookies of a session that is about to end.
    pub(crate) fn keep(&self, login: LoginId, cookies: &Cookies) {
        let copy = Copy { cookies: cookies.session(), is_watched: false };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(login).or_insert(copy);
    }

    /// A replica has said that a session ended: from now on every replica must refuse its cookies.
    pub(crate) fn ended(&self, run: &Run, login: LoginId) {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(copy) = copies.get_mut(&login).filter(|copy| !copy.is_watched) else { return };
        copy.is_watched = true;
        let at = run.record.now();
        let Some(run) = run.this.upgrade() else { return };
        for replica in 0..run.replicas.len() {
            let (run, cookies) = (Arc::clone(&run), copy.cookies.clone());
            tokio::spawn(async move { watch(&run, replica, login, &cookies, at).await });
        }
    }

    /// Presents all of them once more, to all replicas: also those whose end nobody has acknowledged.
    pub(crate) async fn present_again(&self, run: &Run) {
        let all: Vec<_> = {
            let copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            copies.iter().map(|(login, copy)| (*login, copy.cookies.clone())).collect()
        };
        for (login, cookies) in all.iter().filter(|(login, _)| run.record.must_be_known(*login)) {
            let replicas = 0..run.replicas.len();
            join_all(replicas.map(|replica| check(run, replica, *login, cookies, "at the end"))).await;
        }
    }
}

/// Until the first refusal.
async fn watch(run: &Run, replica: usize, login: LoginId, cookies: &Cookies, ended_at: At) {
    loop {
        let sent_at = run.record.now().saturating_sub(ended_at);
        match present(run, replica, cookies).await {
            Verdict::Refused => break,
            Verdict::Accepted if sent_at > MAX_LAG => return wrongly_in(run, replica, login, "after its end"),
            // It was restarted, or has no way to the store, and says so.
            Verdict::Unknown if sent_at > LATER => break,
            Verdict::Accepted | Verdict::Unknown => tokio::time::sleep(PAUSE).await,
        }
    }
    let took = run.record.now().saturating_sub(ended_at);
    run.record.state().counts.refusals.entry(replica).or_default().push(took);
    tokio::time::sleep(LATER).await;
    check(run, replica, login, cookies, "after it was refused").await;
}

async fn check(run: &Run, replica: usize, login: LoginId, cookies: &Cookies, when: &str) {
    if present(run, replica, cookies).await == Verdict::Accepted {
        wrongly_in(run, replica, login, when);
    }
}

fn wrongly_in(run: &Run, replica: usize, login: LoginId, when: &str) {
    run.record.state().counts.wrongly_in += 1;
    run.record.wrong(&format!("replica {replica} accepts session {login} {when}: {}", run.record.describe(login)));
}

async fn present(run: &Run, replica: usize, cookies: &Cookies) -> Verdict {
    run.record.state().counts.copies_tried += 1;
    let request = Request::get(run.url(replica, "/auth/session"))
        .header(header::HOST, run.host())
        .header(header::COOKIE, cookies.header())
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin")
        .body(Full::default());
    let Ok(request) = request else { return Verdict::Unknown };
    match run.client.send(request).await {
        Ok(answer) if answer.status == 200 && answer.body.trim() == "null" => Verdict::Refused,
        Ok(answer) if answer.status == 200 => Verdict::Accepted,
        Ok(_) | Err(_) => Verdict::Unknown,
    }
}
