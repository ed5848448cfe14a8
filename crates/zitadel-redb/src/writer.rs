//! The thread that writes.
//!
//! 1. One thread: what waits while a commit is made durable is the next commit, together. Nothing waits for company.
//! 2. An answer is sent after the commit, and the commit after the file was synced (`fsync`). A call that gave up is not begun.
//! 3. A failure ends the whole commit: every caller gets it. The file is closed and opened again, with every page checked, and
//!    writes fail at once for [`PAUSE`]. No restart is needed.
//! 4. While the file cannot be opened, it is tried again every [`PAUSE`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    time::{Duration, Instant, SystemTime},
};

use redb::{Database, ReadableDatabase as _};
use tokio::sync::{broadcast, oneshot};
use zitadel_core::environment::{StoreEvent, StoreKey};

use crate::{
    database::{Attempt, LATEST, META, Opener},
    entries::{Entries, Now},
    failure::Failure,
    lifetime::{self, Millis, RemovalClock},
    open_error::OpenError,
};

/// After a failure.
const PAUSE: Duration = Duration::from_millis(250);
/// The writes of one commit, at most.
const MAX_BATCH: usize = 256;
/// The calls that wait, at most: some 10 MB.
pub(crate) const MAX_WAITING: usize = 4_096;

/// Where time comes from.
pub(crate) type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// The file, or why it is not open.
pub(crate) type Slot = Arc<RwLock<Result<Database, Failure>>>;

/// Sends the outcome of a write: whether it took effect.
pub(crate) type Reply = oneshot::Sender<Result<bool, Failure>>;

pub(crate) enum Command {
    Write(Write),
    /// Reading has failed.
    OpenAgain,
}

pub(crate) struct Write {
    pub(crate) key: StoreKey,
    pub(crate) action: Action,
    pub(crate) reply: Reply,
}

pub(crate) enum Action {
    Put { condition: Condition, value: Vec<u8>, ttl: Duration, announce: bool },
    Remove,
}

pub(crate) enum Condition {
    Always,
    Absent,
    Equals(Vec<u8>),
}

pub(crate) fn lock(slot: &Slot) -> RwLockReadGuard<'_, Result<Database, Failure>> {
    slot.read().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) struct Writer {
    opener: Opener,
    slot: Slot,
    commands: Receiver<Command>,
    announcements: broadcast::Sender<StoreEvent>,
    clock: Clock,
    removal: RemovalClock,
    capacity: u64,
    started: Instant,
    trouble: Option<Trouble>,
}

/// Rule 3.
struct Trouble {
    failure: Failure,
    until: Instant,
}

impl Writer {
    /// Opens the file.
    pub(crate) fn new(
        opener: Opener,
        clock: Clock,
        capacity: u64,
        announcements: broadcast::Sender<StoreEvent>,
    ) -> Result<(Self, SyncSender<Command>), OpenError> {
        let database = opener(Attempt::First)?;
        let latest = latest(&database)?;
        let (sender, commands) = sync_channel(MAX_WAITING);
        let removal = RemovalClock::new(latest, lifetime::since_epoch(clock()), Duration::ZERO);
        let slot = Arc::new(RwLock::new(Ok(database)));
        let (started, trouble) = (Instant::now(), None);
        Ok((Self { opener, slot, commands, announcements, clock, removal, capacity, started, trouble }, sender))
    }

    pub(crate) fn slot(&self) -> Slot {
        Arc::clone(&self.slot)
    }

    /// Until all senders are gone.
    pub(crate) fn run(mut self) {
        loop {
            let first = match self.trouble {
                None => self.commands.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => self.commands.recv_timeout(PAUSE),
            };
            match first {
                Ok(first) => self.execute(first),
                Err(RecvTimeoutError::Timeout) => drop(self.recover()),
                Err(RecvTimeoutError::Disconnected) => return close(&self.slot),
            }
        }
    }

    fn execute(&mut self, first: Command) {
        let (mut writes, mut is_broken) = (Vec::new(), false);
        let others = self.commands.try_iter().take(MAX_BATCH - 1);
        for command in std::iter::once(first).chain(others) {
            match command {
                // Rule 2.
                Command::Write(write) if write.reply.is_closed() => {}
                Command::Write(write) => writes.push(write),
                Command::OpenAgain => is_broken = true,
            }
        }
        if is_broken {
            self.fail(Failure::closed());
        }
        if writes.is_empty() {
            return;
        }
        match self.recover().and_then(|()| self.commit(&writes)) {
            Ok(outcomes) => self.answer(writes, outcomes),
            Err(failure) => {
                for write in writes {
                    drop(write.reply.send(Err(failure.clone())));
                }
            }
        }
    }

    /// Rules 3 and 4: whether there may be a write.
    fn recover(&mut self) -> Result<(), Failure> {
        let Some(trouble) = &self.trouble else { return Ok(()) };
        if Instant::now() < trouble.until {
            return Err(trouble.failure.clone());
        }
        if lock(&self.slot).is_err() {
            let failure = lock(&self.slot).as_ref().err().cloned();
            self.fail(failure.unwrap_or_else(Failure::closed));
            if let Err(failure) = &*lock(&self.slot) {
                return Err(failure.clone());
            }
        }
        self.trouble = None;
        Ok(())
    }

    /// Rule 3.
    fn fail(&mut self, failure: Failure) {
        let began = Instant::now();
        close(&self.slot);
        let opened = (self.opener)(Attempt::Again).map_err(|error| Failure::not_opened(&error));
        *self.slot.write().unwrap_or_else(PoisonError::into_inner) = opened;
        // Opening reads the whole file: no more than a tenth of the time goes into that.
        let pause = PAUSE.max(began.elapsed() * 10);
        self.trouble = Some(Trouble { failure, until: Instant::now() + pause });
    }

    fn commit(&mut self, writes: &[Write]) -> Result<Vec<Result<bool, Failure>>, Failure> {
        let clock = lifetime::since_epoch((self.clock)());
        let now = Now { clock, removal: self.removal.advance(clock, self.started.elapsed()) };
        let result = {
            let database = lock(&self.slot);
            let database = database.as_ref().map_err(Clone::clone)?;
            let work = || try_to_commit(database, writes, self.capacity, now);
            catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Failure::panicked()))
        };
        if let Err(failure) = &result {
            self.fail(failure.clone());
        }
        result
    }

    /// Rule 2. Subscribers are told first: who gets an answer knows that they were.
    fn answer(&self, writes: Vec<Write>, outcomes: Vec<Result<bool, Failure>>) {
        for (write, outcome) in writes.into_iter().zip(outcomes) {
            if let Action::Put { value, announce: true, .. } = write.action
                && outcome == Ok(true)
            {
                // Without subscribers it is an error.
                drop(self.announcements.send(StoreEvent::Announced { key: write.key.as_str().to_owned(), value }));
            }
            drop(write.reply.send(outcome));
        }
    }
}

/// Ends the use of the file: reads have finished, and another process may open it.
fn close(slot: &Slot) {
    let mut slot = slot.write().unwrap_or_else(PoisonError::into_inner);
    let old = std::mem::replace(&mut *slot, Err(Failure::closed()));
    // After a panic another one is possible.
    drop(catch_unwind(AssertUnwindSafe(|| drop(old))));
}

fn latest(database: &Database) -> Result<Option<Millis>, OpenError> {
    let transaction = database.begin_read().map_err(redb::Error::from)?;
    let meta = transaction.open_table(META).map_err(redb::Error::from)?;
    Ok(meta.get(LATEST)?.map(|latest| latest.value()))
}

fn try_to_commit(
    database: &Database,
    writes: &[Write],
    capacity: u64,
    now: Now,
) -> Result<Vec<Result<bool, Failure>>, Failure> {
    let transaction = database.begin_write()?;
    let mut entries = Entries::open(&transaction, capacity, now)?;
    let outcomes: Vec<_> = writes.iter().map(|write| apply(&mut entries, write)).collect::<Result<_, _>>()?;
    let has_changed = entries.has_changed();
    if has_changed {
        entries.note_time()?;
    }
    drop(entries);
    if has_changed {
        transaction.commit()?
    } else {
        transaction.abort()?
    }
    Ok(outcomes)
}

fn apply(entries: &mut Entries<'_>, write: &Write) -> Result<Result<bool, Failure>, redb::StorageError> {
    let key = write.key.as_str();
    let Action::Put { condition, value, ttl, .. } = &write.action else {
        return entries.remove(key).map(|()| Ok(true));
    };
    let holds = match condition {
        Condition::Always => true,
        Condition::Absent => entries.get(key)?.is_none(),
        Condition::Equals(expected) => entries.get(key)?.as_ref() == Some(expected),
    };
    if !holds {
        return Ok(Ok(false));
    }
    let written = entries.insert(key, write.key.subject(), value, *ttl)?;
    Ok(written.map(|()| true).map_err(Failure::full))
}
