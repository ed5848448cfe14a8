//! `OpenError`: why a store cannot be opened.

use std::io;

use redb::{DatabaseError, Error, StorageError};

/// Why a [`RedbStore`](crate::RedbStore) cannot be opened. Its text follows the name of the setting, says what to do, and does not
/// repeat the path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL has another scheme.
    #[error("must begin with `redb:`")]
    Scheme,
    /// The URL has no path, or one that begins with `//`, where a host would be.
    #[error("must be `redb:` and the path of a file, as in `redb:/var/lib/app/store.redb`")]
    Path,
    /// Another process has opened the file, or another store of this one.
    #[error(
        "names a file that is open already: one process can use it. Stop the other process, or name another file; for \
         several replicas use `redis://…`"
    )]
    InUse,
    /// The system does not let this process read, write or create the file.
    #[error("names a file that cannot be opened: {0}. The process must be able to read and write it, and to create it")]
    Io(#[source] io::Error),
    /// The file is none that this crate wrote.
    #[error("names a file that is not a store: name another one, or one that does not exist yet")]
    NotAStore,
    /// Another version of this crate, or of `redb`, wrote the file.
    #[error(
        "names a file that another version of `zitadel-redb` wrote: use that version, or move the file away, which forgets \
         ended sessions"
    )]
    OtherVersion,
    /// The file was changed by something else, or its disk fails.
    #[error("names a file that is damaged: put a copy in its place, or move it away, which forgets ended sessions")]
    Damaged,
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch => Self::InUse,
            Error::UpgradeRequired(_) => Self::OtherVersion,
            Error::TableTypeMismatch { .. } | Error::TableIsMultimap(_) | Error::TypeDefinitionChanged { .. } => {
                Self::OtherVersion
            }
            Error::Io(error) => match error.kind() {
                io::ErrorKind::InvalidData => Self::NotAStore,
                // What the file says about itself is longer than the file.
                io::ErrorKind::UnexpectedEof => Self::Damaged,
                _ => Self::Io(error),
            },
            _ => Self::Damaged,
        }
    }
}

impl From<DatabaseError> for OpenError {
    fn from(error: DatabaseError) -> Self {
        Error::from(error).into()
    }
}

impl From<StorageError> for OpenError {
    fn from(error: StorageError) -> Self {
        Error::from(error).into()
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
