//! `Disk`: bytes in memory that behave as a disk does, and as one that fails.

use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use redb::StorageBackend;

use crate::database::{self, Opener};

/// What was done to a disk.
#[derive(Clone)]
pub(super) enum Change {
    Write { offset: usize, data: Vec<u8> },
    Resize(usize),
    Sync,
}

#[derive(Default)]
pub(super) struct Disk {
    bytes: Mutex<Vec<u8>>,
    changes: Mutex<Vec<Change>>,
    /// Bytes that may still be written; zero: without limit.
    room: AtomicU64,
    pub(super) fails_to_sync: AtomicBool,
    pub(super) fails_to_read: AtomicBool,
    pub(super) panics: AtomicBool,
    /// While it is set, syncing waits.
    is_busy: Mutex<bool>,
    is_free: Condvar,
}

/// A disk as the engine sees it.
#[derive(Clone)]
struct Attached(Arc<Disk>);

impl Disk {
    pub(super) fn new(bytes: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { bytes: Mutex::new(bytes), ..Self::default() })
    }

    pub(super) fn opener(self: &Arc<Self>) -> Opener {
        let disk = Arc::clone(self);
        Box::new(move |_| database::open(|builder| builder.create_with_backend(Attached(Arc::clone(&disk)))))
    }

    /// Without the tables of a store.
    pub(super) fn plain(self: &Arc<Self>) -> redb::Database {
        redb::Builder::new().create_with_backend(Attached(Arc::clone(self))).unwrap()
    }

    pub(super) fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap()
    }

    pub(super) fn copy(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    pub(super) fn changes(&self) -> MutexGuard<'_, Vec<Change>> {
        self.changes.lock().unwrap()
    }

    pub(super) fn set_busy(&self, is_busy: bool) {
        *self.is_busy.lock().unwrap() = is_busy;
        self.is_free.notify_all();
    }

    /// So many bytes more can be written; then it is full.
    pub(super) fn fill(&self, room: u64) {
        self.room.store(room + 1, Ordering::Relaxed);
    }

    pub(super) fn empty(&self) {
        self.room.store(0, Ordering::Relaxed);
    }

    fn take(&self, bytes: usize) -> io::Result<()> {
        let take =
            |room: u64| if room == 0 { Some(0) } else { room.checked_sub(bytes as u64).filter(|left| *left > 0) };
        match self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::ErrorKind::StorageFull.into()),
        }
    }
}

impl StorageBackend for Attached {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.bytes().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        assert!(!self.0.panics.load(Ordering::Relaxed), "a panic of a test");
        if self.0.fails_to_read.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let (offset, bytes) = (usize::try_from(offset).unwrap(), self.0.bytes());
        let source = bytes.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(source);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).unwrap();
        self.0.bytes().resize(len, 0);
        self.0.changes().push(Change::Resize(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let busy = self.0.is_busy.lock().unwrap();
        drop(self.0.is_free.wait_while(busy, |busy| *busy).unwrap());
        if self.0.fails_to_sync.load(Ordering::Relaxed) {
            return Err(io::Error::other("the device is gone"));
        }
        self.0.changes().push(Change::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.take(data.len())?;
        let offset = usize::try_from(offset).unwrap();
        self.0.bytes()[offset..offset + data.len()].copy_from_slice(data);
        self.0.changes().push(Change::Write { offset, data: data.to_vec() });
        Ok(())
    }
}

impl std::fmt::Debug for Attached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}
