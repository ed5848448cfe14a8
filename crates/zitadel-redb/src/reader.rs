//! The thread that reads: what waits while it reads is read next, in one transaction. It goes on while a commit is made durable.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use redb::{Database, ReadableDatabase as _};
use tokio::sync::oneshot;

use crate::{
    database::ENTRIES,
    entries::value_of,
    failure::Failure,
    lifetime::{self, Millis},
    writer::{Clock, Command, MAX_WAITING, Slot, lock},
};

/// The calls that one transaction serves, at most.
const MAX_BATCH: usize = 256;

type Values = Vec<Option<Vec<u8>>>;

pub(crate) struct Read {
    pub(crate) keys: Vec<String>,
    pub(crate) reply: oneshot::Sender<Result<Values, Failure>>,
}

pub(crate) struct Reader {
    slot: Slot,
    reads: Receiver<Read>,
    writer: SyncSender<Command>,
    clock: Clock,
}

impl Reader {
    pub(crate) fn new(slot: Slot, writer: SyncSender<Command>, clock: Clock) -> (Self, SyncSender<Read>) {
        let (sender, reads) = sync_channel(MAX_WAITING);
        (Self { slot, reads, writer, clock }, sender)
    }

    /// Until all senders are gone.
    pub(crate) fn run(self) {
        while let Ok(first) = self.reads.recv() {
            let others = self.reads.try_iter().take(MAX_BATCH - 1);
            let reads: Vec<_> = std::iter::once(first).chain(others).filter(|read| !read.reply.is_closed()).collect();
            match self.read(&reads) {
                Ok(values) => {
                    for (read, values) in reads.into_iter().zip(values) {
                        drop(read.reply.send(Ok(values)));
                    }
                }
                Err(failure) => {
                    for read in reads {
                        drop(read.reply.send(Err(failure.clone())));
                    }
                }
            }
        }
    }

    fn read(&self, reads: &[Read]) -> Result<Vec<Values>, Failure> {
        let now = lifetime::since_epoch((self.clock)());
        let result = {
            let database = lock(&self.slot);
            // The writer knows, and tries again.
            let database = database.as_ref().map_err(Clone::clone)?;
            let work = || try_to_read(database, reads, now);
            catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Failure::panicked()))
        };
        if result.is_err() {
            // If too many writes wait, the first of them finds out.
            drop(self.writer.try_send(Command::OpenAgain));
        }
        result
    }
}

fn try_to_read(database: &Database, reads: &[Read], now: Millis) -> Result<Vec<Values>, Failure> {
    let transaction = database.begin_read()?;
    let entries = transaction.open_table(ENTRIES)?;
    let value = |key: &String| Ok(entries.get(key.as_str())?.and_then(|row| value_of(row.value(), now)));
    reads.iter().map(|read| read.keys.iter().map(value).collect()).collect()
}
