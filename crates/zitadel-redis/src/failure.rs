//! `Failure`: why a call to Redis failed.

use std::{fmt, time::Duration};

use redis::{ErrorKind, RedisError, ServerErrorKind};
use zitadel_core::environment::StoreError;

/// Why a call failed, in words of this crate: what a server writes may contain names of keys.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No answer in time. The command may have been executed, or still be.
    Timeout,
    /// The connection broke, or there is none. The command may have been executed.
    Disconnected,
    /// The server has not executed the command, and another one may: this one is a replica, or the cluster is changing.
    WrongServer,
    /// The server has not executed the command.
    Refused,
}

impl Failure {
    pub(crate) fn timeout(limit: Duration) -> Self {
        Self { kind: Kind::Timeout, text: format!("Redis did not answer within {} ms", limit.as_millis()) }
    }

    /// No connection could be made.
    pub(crate) fn no_connection(error: &RedisError) -> Self {
        Self { kind: Kind::Disconnected, text: format!("no connection to Redis: {}", Described(error)) }
    }

    pub(crate) fn connecting_stopped() -> Self {
        let text = "no connection to Redis: the runtime that was connecting has stopped".to_owned();
        Self { kind: Kind::Disconnected, text }
    }

    /// A command failed.
    pub(crate) fn of_command(error: &RedisError) -> Self {
        let kind = match error.kind() {
            _ if error.is_timeout() => Kind::Timeout,
            ErrorKind::Io | ErrorKind::Parse | ErrorKind::ClusterConnectionNotFound => Kind::Disconnected,
            ErrorKind::Server(
                ServerErrorKind::ReadOnly
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::TryAgain
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask,
            ) => Kind::WrongServer,
            _ => Kind::Refused,
        };
        Self { kind, text: format!("Redis refused or lost a command: {}", Described(error)) }
    }
}

/// An error without what the server wrote beyond its code.
struct Described<'a>(&'a RedisError);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.kind() {
            _ if self.0.code() == Some("WRONGPASS") => f.write_str("user or password is wrong"),
            ErrorKind::RESP3NotSupported => f.write_str("the server is older than Redis 6"),
            ErrorKind::MasterNameNotFoundBySentinel => {
                f.write_str("the sentinels know no master of this name, or none that works")
            }
            // The system's or rustls' words: nothing that was sent.
            ErrorKind::Io => self.0.fmt(f),
            _ => f.write_str(self.0.code().unwrap_or_else(|| self.0.category())),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        Self::new(failure.text)
    }
}
