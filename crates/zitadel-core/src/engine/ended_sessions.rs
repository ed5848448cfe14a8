//! `EndedSessions`: the ends of sessions that this process knows, and whether the store tells it of those on other replicas.
//!
//! # Rules
//!
//! 1. Ends are counted. A session that was compared with all of them needs no look: the usual request compares two numbers.
//! 2. An end is remembered for at least half an hour, longer than a session stays in the cache unseen. If there are too many
//!    it is forgotten earlier, and the store is asked about sessions that were compared before it.
//! 3. While the store [announces](crate::environment::Store::subscribe) ends, "not ended" holds until it says otherwise.
//!    From an interruption on, an answer of the store holds for `revocation_lag`, as without announcements; and what was told
//!    until then holds for as long, counted from [`SILENCE`] before: a store that restarts costs nobody an answer.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::StreamExt as _;

use super::store_keys::EndKeys;
use crate::{
    environment::{Clock, Store, StoreEvent},
    telemetry,
    time::Timestamp,
};

/// How long a generation of ends is added to; each is kept for one more.
const GENERATION: Duration = Duration::from_secs(1_800);
/// How many ends a generation holds: some 12 MB.
const MAX_ENDS: usize = 100_000;

/// How long announcements may have been lost before the store says so ([`Store::subscribe`]).
const SILENCE: Duration = Duration::from_secs(2);

/// What was known when the store was asked whether a session ended, and it had not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EndCheck {
    /// When; zero for never.
    at: Timestamp,
    /// The subscription that was live then; zero for none.
    subscription: u64,
    /// The number of ends that the session was compared with.
    pub(super) ends: u64,
}

impl EndCheck {
    /// The same, compared with this number of ends since.
    pub(super) const fn compared_with(self, ends: u64) -> Self {
        Self { ends, ..self }
    }
}

/// What this process knows about a session without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    NotEnded,
    Ended,
    /// Rule 2.
    Forgotten,
}

pub(super) struct EndedSessions {
    revocation_lag: Duration,
    /// The number of ends so far.
    count: AtomicU64,
    /// Ends up to this number may be forgotten.
    forgotten: AtomicU64,
    ends: RwLock<Generations>,
    /// The live subscription; zero for none.
    subscription: AtomicU64,
    subscriptions: AtomicU64,
    /// The latest subscription that was interrupted, and until when everything that it had to tell was told.
    interrupted: RwLock<(u64, Timestamp)>,
    is_subscribing: AtomicBool,
}

/// Keys of the store → when what they stand for ended.
#[derive(Default)]
struct Generations {
    current: HashMap<String, Timestamp>,
    previous: HashMap<String, Timestamp>,
    /// When the current one began, and after how many ends.
    began_at: Timestamp,
    began_after: u64,
}

impl EndedSessions {
    pub(super) fn new(revocation_lag: Duration) -> Arc<Self> {
        Arc::new(Self {
            revocation_lag,
            count: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
            ends: RwLock::default(),
            subscription: AtomicU64::new(0),
            subscriptions: AtomicU64::new(0),
            interrupted: RwLock::default(),
            is_subscribing: AtomicBool::new(false),
        })
    }

    /// Before the store is asked about a session: what its answer will be good for.
    pub(super) fn begin_check(&self, now: Timestamp) -> EndCheck {
        EndCheck {
            at: now,
            subscription: self.subscription.load(Ordering::Acquire),
            ends: self.count.load(Ordering::Acquire),
        }
    }

    /// Rule 3. A check in the future is not valid: the clock was set back since.
    pub(super) fn is_fresh(&self, check: EndCheck, now: Timestamp) -> bool {
        if check.at > now || self.revocation_lag.is_zero() {
            return false;
        }
        let is_told = check.subscription != 0 && check.subscription == self.subscription.load(Ordering::Acquire);
        now.duration_since(check.at) < self.revocation_lag || is_told || self.was_told(check, now)
    }

    /// Rule 3: whether a subscription told of every end since this check, until less than the lag ago.
    fn was_told(&self, check: EndCheck, now: Timestamp) -> bool {
        let (subscription, until) = *self.interrupted.read().unwrap_or_else(PoisonError::into_inner);
        let is_of_it = check.subscription != 0 && check.subscription == subscription;
        is_of_it && until <= now && now.duration_since(until) < self.revocation_lag
    }

    /// Rule 1: compares a session that began then with the ends that came since it was compared with `seen` of them. The
    /// number it is compared with now.
    pub(super) fn compare(&self, started_at: Timestamp, keys: impl FnOnce() -> EndKeys, seen: u64) -> (Known, u64) {
        let count = self.count.load(Ordering::Acquire);
        if seen == count {
            return (Known::NotEnded, count);
        }
        let ends = self.ends.read().unwrap_or_else(PoisonError::into_inner);
        let ended_at = |key: &str| ends.current.get(key).or_else(|| ends.previous.get(key)).copied();
        if keys().is_ended(started_at, ended_at) {
            return (Known::Ended, count);
        }
        drop(ends);
        match seen < self.forgotten.load(Ordering::Acquire) {
            true => (Known::Forgotten, count),
            false => (Known::NotEnded, count),
        }
    }

    /// Notes an end. Of two for one key the later one counts.
    pub(super) fn record(&self, key: &str, ended_at: Timestamp, now: Timestamp) {
        let mut ends = self.ends.write().unwrap_or_else(PoisonError::into_inner);
        let age = now.duration_since(ends.began_at);
        if age >= GENERATION || ends.current.len() >= MAX_ENDS {
            let count = self.count.load(Ordering::Acquire);
            // What the previous generation held, up to the beginning of this one, is dropped now.
            if !ends.previous.is_empty() {
                self.forgotten.store(ends.began_after, Ordering::Release);
            }
            *ends = Generations {
                previous: std::mem::take(&mut ends.current),
                current: HashMap::new(),
                began_at: now,
                began_after: count,
            };
        }
        let latest = ends.current.entry(key.to_owned()).or_insert(ended_at);
        *latest = ended_at.max(*latest);
        // While the lock is held: who reads the new number finds the end.
        self.count.fetch_add(1, Ordering::AcqRel);
    }

    /// Lets the store tell this process of ends, if it can; once. Needs a Tokio runtime.
    pub(super) fn subscribe(self: &Arc<Self>, store: &Arc<dyn Store>, clock: &Arc<dyn Clock>) {
        if self.is_subscribing.load(Ordering::Relaxed) || self.is_subscribing.swap(true, Ordering::AcqRel) {
            return;
        }
        let Some(mut events) = store.subscribe() else { return };
        let (ended, clock) = (Arc::downgrade(self), Arc::clone(clock));
        // Dropped with the task: its runtime may end before the process (an actix-web worker that stops).
        let listening = Listening(Arc::downgrade(self));
        tokio::spawn(async move {
            let _listening = listening;
            while let Some(event) = events.next().await {
                let Some(ended) = ended.upgrade() else { return };
                ended.receive(event, clock.now());
            }
        });
    }

    fn receive(&self, event: StoreEvent, now: Timestamp) {
        match event {
            StoreEvent::Subscribed => {
                let number = self.subscriptions.fetch_add(1, Ordering::AcqRel) + 1;
                self.subscription.store(number, Ordering::Release);
                telemetry::store_subscribed();
            }
            StoreEvent::Announced { key, value } => {
                if let Some(ended_at) = EndKeys::parse_value(&value).filter(|_| EndKeys::is_end(&key)) {
                    self.record(&key, ended_at, now);
                }
            }
            StoreEvent::Interrupted => self.interrupt(Some(now)),
        }
    }

    /// `now`: `None` if nobody listened for an unknown time.
    fn interrupt(&self, now: Option<Timestamp>) {
        let subscription = self.subscription.swap(0, Ordering::AcqRel);
        if subscription != 0 {
            if let Some(now) = now {
                let until = now.saturating_sub(SILENCE);
                *self.interrupted.write().unwrap_or_else(PoisonError::into_inner) = (subscription, until);
            }
            telemetry::store_subscription_interrupted();
        }
    }
}

/// The task that listens; another one starts after it.
struct Listening(std::sync::Weak<EndedSessions>);

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(ended) = self.0.upgrade() {
            ended.interrupt(None);
            ended.is_subscribing.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for EndedSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndedSessions")
            .field("count", &self.count)
            .field("subscription", &self.subscription)
            .finish_non_exhaustive()
    }
}
