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
    ledger::{At, ChainId, MAX_LAG},
    run::World,
};

/// Between two attempts while a copy is still accepted.
const PAUSE: Duration = Duration::from_millis(10);
/// When a copy is presented once more.
const LATER: Duration = Duration::from_secs(12);

/// The copies, by session.
#[derive(Default)]
pub(crate) struct Copies(Mutex<HashMap<ChainId, Copy>>);

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
    pub(crate) fn keep(&self, chain: ChainId, cookies: &Cookies) {
        let copy = Copy { cookies: cookies.session(), is_watched: false };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(chain).or_insert(copy);
    }

    /// A replica has said that a session ended: from now on every replica must refuse its cookies.
    pub(crate) fn ended(&self, world: &World, chain: ChainId) {
        let mut copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(copy) = copies.get_mut(&chain).filter(|copy| !copy.is_watched) else { return };
        copy.is_watched = true;
        let at = world.ledger.now();
        let Some(world) = world.this.upgrade() else { return };
        for replica in 0..world.replicas.len() {
            let (world, cookies) = (Arc::clone(&world), copy.cookies.clone());
            tokio::spawn(async move { watch(&world, replica, chain, &cookies, at).await });
        }
    }

    /// Presents all of them once more, to all replicas: also those whose end nobody has acknowledged.
    pub(crate) async fn present_again(&self, world: &World) {
        let all: Vec<_> = {
            let copies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            copies.iter().map(|(chain, copy)| (*chain, copy.cookies.clone())).collect()
        };
        for (chain, cookies) in all.iter().filter(|(chain, _)| world.ledger.must_be_known(*chain)) {
            let replicas = 0..world.replicas.len();
            join_all(replicas.map(|replica| check(world, replica, *chain, cookies, "at the end"))).await;
        }
    }
}

/// Until the first refusal.
async fn watch(world: &World, replica: usize, chain: ChainId, cookies: &Cookies, ended_at: At) {
    loop {
        let sent_at = world.ledger.now().saturating_sub(ended_at);
        match present(world, replica, cookies).await {
            Verdict::Refused => break,
            Verdict::Accepted if sent_at > MAX_LAG => return wrongly_in(world, replica, chain, "after its end"),
            // It was restarted, or has no way to the store, and says so.
            Verdict::Unknown if sent_at > LATER => break,
            Verdict::Accepted | Verdict::Unknown => tokio::time::sleep(PAUSE).await,
        }
    }
    let took = world.ledger.now().saturating_sub(ended_at);
    world.ledger.state().counts.refusals.entry(replica).or_default().push(took);
    tokio::time::sleep(LATER).await;
    check(world, replica, chain, cookies, "after it was refused").await;
}

async fn check(world: &World, replica: usize, chain: ChainId, cookies: &Cookies, when: &str) {
    if present(world, replica, cookies).await == Verdict::Accepted {
        wrongly_in(world, replica, chain, when);
    }
}

fn wrongly_in(world: &World, replica: usize, chain: ChainId, when: &str) {
    world.ledger.state().counts.wrongly_in += 1;
    world.ledger.wrong(&format!("replica {replica} accepts session {chain} {when}: {}", world.ledger.describe(chain)));
}

async fn present(world: &World, replica: usize, cookies: &Cookies) -> Verdict {
    world.ledger.state().counts.copies_tried += 1;
    let request = Request::get(world.url(replica, "/auth/session"))
        .header(header::HOST, world.host())
        .header(header::COOKIE, cookies.header())
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin")
        .body(Full::default());
    let Ok(request) = request else { return Verdict::Unknown };
    match world.client.send(request).await {
        Ok(answer) if answer.status == 200 && answer.body.trim() == "null" => Verdict::Refused,
        Ok(answer) if answer.status == 200 => Verdict::Accepted,
        Ok(_) | Err(_) => Verdict::Unknown,
    }
}
