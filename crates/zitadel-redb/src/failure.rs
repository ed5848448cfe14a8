//! `Failure`: why a call failed.

use std::{borrow::Cow, time::Duration};

use redb::Error;
use zitadel_core::environment::StoreError;

use crate::{entries::Full, open_error::OpenError};

/// Why a call failed, in words of this crate: no key, value or path is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure(Cow<'static, str>);

impl Failure {
    pub(crate) fn timeout(limit: Duration) -> Self {
        Self(format!("the store's file was not read or written within {} ms", limit.as_millis()).into())
    }

    /// Too many calls wait.
    pub(crate) const fn overloaded() -> Self {
        Self(Cow::Borrowed("too many calls wait for the store's file"))
    }

    /// Between closing the file after a failure and opening it again.
    pub(crate) const fn closed() -> Self {
        Self(Cow::Borrowed("the store's file is being opened again"))
    }

    /// A thread has ended.
    pub(crate) const fn stopped() -> Self {
        Self(Cow::Borrowed("the store has stopped"))
    }

    pub(crate) const fn panicked() -> Self {
        Self(Cow::Borrowed("the store's file could not be read or written: the engine panicked"))
    }

    pub(crate) fn not_opened(error: &OpenError) -> Self {
        match error {
            OpenError::Io(error) => Self(format!("the store's file cannot be opened again: {error}").into()),
            OpenError::InUse => Self(Cow::Borrowed("the store's file cannot be opened again: it is open already")),
            _ => Self(Cow::Borrowed("the store's file cannot be opened again: it is damaged, or not a store")),
        }
    }

    pub(crate) const fn full(full: Full) -> Self {
        match full {
            Full::Store => Self(Cow::Borrowed("the store is full: it has as many entries as its capacity allows")),
            Full::Subject => Self(Cow::Borrowed("one user has too many entries in the store")),
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        match error.into() {
            // The system's words: no name of a file.
            Error::Io(error) => Self(format!("the store's file could not be read or written: {error}").into()),
            Error::PreviousIo => Self(Cow::Borrowed("the store's file could not be read or written a moment ago")),
            Error::Corrupted(_) => Self(Cow::Borrowed("the store's file is damaged")),
            _ => Self(Cow::Borrowed("the store's file could not be read or written")),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.0)
    }
}
