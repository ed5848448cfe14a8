//! `RedbStore`: the store itself.

use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, channel},
    },
    thread,
    time::Duration,
};

use futures_util::{StreamExt as _, stream::BoxStream};
use tokio::{
    sync::{broadcast, oneshot},
    time::timeout,
};
use zitadel_core::environment::{BoxFuture, Store, StoreError, StoreEvent, StoreKey};

use crate::{
    announcements::{self, MAX_BEHIND},
    builder::RedbStoreBuilder,
    database::Opener,
    failure::Failure,
    open_error::OpenError,
    reader::{Read, Reader},
    writer::{Action, Command, Condition, Write, Writer},
};

/// A [`Store`] in a file, for one process.
///
/// Clones share the file, and two threads: one reads, one writes. The last one that is dropped waits until the file is closed, for
/// no longer than a call may take.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("zitadel-redb-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("store.redb");
/// use zitadel_redb::RedbStore;
///
/// let store = RedbStore::open(&path)?;
/// assert!(RedbStore::open(&path).is_err(), "one process, one store");
/// # drop(store);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RedbStore {
    threads: Arc<Threads>,
    announcements: broadcast::Sender<StoreEvent>,
    limit: Duration,
}

/// The ways to the two threads.
struct Threads {
    /// `None` when it is dropped.
    writes: Option<SyncSender<Command>>,
    reads: Option<SyncSender<Read>>,
    /// Closed when both have ended.
    ended: Mutex<Receiver<()>>,
    limit: Duration,
}

impl RedbStore {
    /// Opens a file, or creates it, with the defaults.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: another process has the file, or it cannot be used.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, OpenError> {
        Self::builder(path).open()
    }

    /// Opens the file of a URL `redb:PATH`, as in `redb:/var/lib/app/store.redb`.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: the URL is another one, or the file cannot be used.
    pub fn from_url(url: &str) -> Result<Self, OpenError> {
        RedbStoreBuilder::from_url(url)?.open()
    }

    /// Starts a store with other settings.
    pub fn builder(path: impl Into<PathBuf>) -> RedbStoreBuilder {
        RedbStoreBuilder::new(path.into())
    }

    pub(crate) fn start(opener: Opener, settings: &RedbStoreBuilder) -> Result<Self, OpenError> {
        let (announcements, _) = broadcast::channel(MAX_BEHIND);
        let RedbStoreBuilder { capacity, timeout: limit, clock, .. } = settings;
        let (writer, writes) = Writer::new(opener, Arc::clone(clock), *capacity, announcements.clone())?;
        let (reader, reads) = Reader::new(writer.slot(), writes.clone(), Arc::clone(clock));
        let (sender, ended) = channel::<()>();
        let writing = sender.clone();
        spawn("zitadel-redb-write", move || {
            let _writing = writing;
            writer.run();
        })?;
        spawn("zitadel-redb-read", move || {
            let _reading = sender;
            reader.run();
        })?;
        let threads = Threads { writes: Some(writes), reads: Some(reads), ended: Mutex::new(ended), limit: *limit };
        Ok(Self { threads: Arc::new(threads), announcements, limit: *limit })
    }

    fn write(&self, key: &StoreKey, action: Action) -> BoxFuture<'_, Result<bool, StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.send(self.threads.writes.as_ref(), Command::Write(Write { key, action, reply }), answer).await
        })
    }

    fn put_if(
        &self,
        key: &StoreKey,
        condition: Condition,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.write(key, Action::Put { condition, value, ttl, announce: false })
    }

    /// Every call ends within the limit, whatever the disk does.
    async fn send<C, T>(
        &self,
        to: Option<&SyncSender<C>>,
        command: C,
        answer: oneshot::Receiver<Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        let sent = to.ok_or_else(Failure::stopped).and_then(|to| {
            to.try_send(command).map_err(|error| match error {
                TrySendError::Full(_) => Failure::overloaded(),
                TrySendError::Disconnected(_) => Failure::stopped(),
            })
        });
        sent?;
        match timeout(self.limit, answer).await {
            Ok(Ok(outcome)) => Ok(outcome?),
            Ok(Err(_)) => Err(Failure::stopped().into()),
            Err(_) => Err(Failure::timeout(self.limit).into()),
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
    thread::Builder::new().name(name.to_owned()).spawn(run)?;
    Ok(())
}

impl Store for RedbStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let values = self.get_many(std::slice::from_ref(key));
        Box::pin(async move { Ok(values.await?.pop().flatten()) })
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let written = self.put_if(key, Condition::Always, value, ttl);
        Box::pin(async move { written.await.map(drop) })
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.put_if(key, Condition::Absent, value, ttl)
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.put_if(key, Condition::Equals(expected.to_vec()), value, ttl)
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        let removed = self.write(key, Action::Remove);
        Box::pin(async move { removed.await.map(drop) })
    }

    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        let keys: Vec<_> = keys.iter().map(|key| key.as_str().to_owned()).collect();
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            self.send(self.threads.reads.as_ref(), Read { keys, reply }, answer).await
        })
    }

    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let written = self.write(key, Action::Put { condition: Condition::Always, value, ttl, announce: true });
        Box::pin(async move { written.await.map(drop) })
    }

    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        // Without subscribers it is an error.
        drop(self.announcements.send(StoreEvent::Announced { key: key.as_str().to_owned(), value }));
        Box::pin(std::future::ready(Ok(())))
    }

    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        Some(announcements::stream(self.announcements.subscribe()).boxed())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.reads = None;
        self.writes = None;
        // So that the file can be opened again at once.
        let _closed = self.ended.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(self.limit);
    }
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStore").field("timeout", &self.limit).finish_non_exhaustive()
    }
}
