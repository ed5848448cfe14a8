//! `RedbStoreBuilder`: settings of a store.

use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{database::opener_of, open_error::OpenError, store::RedbStore, writer::Clock};

/// How many entries a store holds unless it is set: as the store in memory.
pub const DEFAULT_CAPACITY: u64 = 1_000_000;

/// How long one call may take. A commit on a disk takes milliseconds; one that is busy with something else, or a network
/// volume, may need more. Below the ten seconds that a refresh holds its lease by a wide margin.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// A [`RedbStore`] before it is opened. From [`RedbStore::builder`].
#[must_use = "call `open`"]
pub struct RedbStoreBuilder {
    path: PathBuf,
    pub(crate) capacity: u64,
    pub(crate) timeout: Duration,
    pub(crate) clock: Clock,
}

impl RedbStoreBuilder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, capacity: DEFAULT_CAPACITY, timeout: DEFAULT_TIMEOUT, clock: Arc::new(SystemTime::now) }
    }

    pub(crate) fn from_url(url: &str) -> Result<Self, OpenError> {
        let path = url.strip_prefix("redb:").ok_or(OpenError::Scheme)?;
        if path.is_empty() || path.starts_with("//") {
            return Err(OpenError::Path);
        }
        Ok(Self::new(path.into()))
    }

    /// How many entries the store holds at most; default [`DEFAULT_CAPACITY`]. A full store refuses new entries until others
    /// expire. An eighth is reserved for entries that live at most five minutes; one user takes at most a 16th of each part.
    pub fn capacity(mut self, entries: u64) -> Self {
        self.capacity = entries;
        self
    }

    /// How long one call may take; default [`DEFAULT_TIMEOUT`]. Cut to 100 ms to 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(Duration::from_millis(100), Duration::from_secs(5));
        self
    }

    /// Where time comes from; default [`SystemTime::now`]. For tests that move the clock.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Opens the file, or creates it, readable and writable by its owner only (mode 0600). Reads the whole file and checks
    /// every page: a file of a million revocations takes seconds.
    ///
    /// # Errors
    ///
    /// [`OpenError`]: another process has the file, or it cannot be used.
    pub fn open(self) -> Result<RedbStore, OpenError> {
        RedbStore::start(opener_of(&self.path), &self)
    }
}

impl fmt::Debug for RedbStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbStoreBuilder")
            .field("path", &self.path)
            .field("capacity", &self.capacity)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
