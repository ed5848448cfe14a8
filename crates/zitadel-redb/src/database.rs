//! The file: its tables, and how it is opened.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use redb::{Builder, Database, Error, ReadableDatabase as _, TableDefinition, TableHandle as _, backends::FileBackend};

use crate::{lifetime::Millis, open_error::OpenError};

/// What an entry is: when it expires, how long it was to live, whom it is about (zero: nobody), and its value.
pub(crate) type Row = (Millis, Millis, u64, &'static [u8]);

pub(crate) const ENTRIES: TableDefinition<'_, &str, Row> = TableDefinition::new("entries");
/// The keys by when they expire, so that no removal looks at all of them.
pub(crate) const EXPIRIES: TableDefinition<'_, (Millis, &str), ()> = TableDefinition::new("expiries");
/// How many entries there are of each class (0 brief, 1 lasting) and user; user zero stands for all.
pub(crate) const COUNTS: TableDefinition<'_, (u8, u64), u64> = TableDefinition::new("counts");
/// [`SCHEMA`] and [`LATEST`].
pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// The version of these tables.
const SCHEMA: &str = "schema";
const SCHEMA_VERSION: u64 = 1;
/// The clock's latest time that was believed, within a minute.
pub(crate) const LATEST: &str = "latest";

/// Pages of the file that are kept in memory; the system keeps others.
const CACHE: usize = 16 * 1024 * 1024;

/// Opens the file, at the start and after a failure.
pub(crate) type Opener = Box<dyn Fn(Attempt) -> Result<Database, OpenError> + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// At the start: a file that does not exist is created.
    First,
    /// After a failure: a file that is gone is not replaced by an empty one, which knows no ended session.
    Again,
}

pub(crate) fn opener_of(path: &Path) -> Opener {
    let path = path.to_owned();
    Box::new(move |attempt| match open_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound && attempt == Attempt::First => create_file(&path),
        file => open_with(file?),
    })
}

fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

fn open_with(file: File) -> Result<Database, OpenError> {
    open(|builder| builder.create_with_backend(FileBackend::new(file)?))
}

/// Under another name until it is complete: a file that ends in the middle of its creation could not be told from a damaged one.
fn create_file(path: &Path) -> Result<Database, OpenError> {
    let mut incomplete = path.as_os_str().to_owned();
    incomplete.push(".new");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // It says that sessions ended, and when, if not whose.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&incomplete)?;
    // Another process may be creating it. The engine takes the same lock.
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    file.set_len(0)?;
    let database = open_with(file)?;
    if path.exists() {
        // Another process was faster: it had the lock before.
        fs::remove_file(incomplete)?;
        return open_with(open_file(path)?);
    }
    fs::rename(incomplete, path)?;
    // The name must be as durable as what is in the file.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(database)
}

/// Opens a database, with every page checked, and its tables.
pub(crate) fn open(
    create: impl FnOnce(&Builder) -> Result<Database, redb::DatabaseError>,
) -> Result<Database, OpenError> {
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let mut builder = Builder::new();
        builder.set_cache_size(CACHE).set_check_integrity_on_open(true);
        let database = create(&builder)?;
        prepare(&database)?;
        Ok(database)
    }));
    // What the engine did not expect.
    opened.unwrap_or(Err(OpenError::Damaged))
}

/// Makes the tables of a new file, and refuses those of another program or version.
fn prepare(database: &Database) -> Result<(), OpenError> {
    let version = {
        let transaction = database.begin_read().map_err(Error::from)?;
        let tables: Vec<_> = transaction.list_tables()?.map(|table| table.name().to_owned()).collect();
        match tables.iter().any(|table| table == META.name()) {
            true => transaction.open_table(META).map_err(Error::from)?.get(SCHEMA)?.map(|version| version.value()),
            false if tables.is_empty() => return create_tables(database).map_err(OpenError::from),
            false => return Err(OpenError::NotAStore),
        }
    };
    match version {
        Some(SCHEMA_VERSION) => Ok(()),
        _ => Err(OpenError::OtherVersion),
    }
}

fn create_tables(database: &Database) -> Result<(), Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(ENTRIES)?;
    transaction.open_table(EXPIRIES)?;
    transaction.open_table(COUNTS)?;
    transaction.open_table(META)?.insert(SCHEMA, SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(())
}
