//! The bodies of stored sessions.
//!
//! # Rules
//!
//! 1. A body is sealed for a purpose of its own and for its key: read access to the store yields no token and no cookie,
//!    write access nobody's session. It expires with the idle limit.
//! 2. Every write compares what is there (`compare_and_swap`, or `put_if_absent` for the first). A newer state of the session
//!    is never overwritten; it is used instead.
//! 3. A body that only another replica can open says nothing about its session, and is not overwritten.

use std::{sync::Arc, time::Duration};

use super::{sessions::Sessions, store_keys};
use crate::{
    environment::{StoreError, StoreKey},
    error::Failure,
    session::{OpenError, Purpose, Session, SessionTooLarge},
    telemetry,
};

/// Attempts to write a body while others write it, too.
const MAX_ATTEMPTS: usize = 8;

/// Why a session was not saved.
#[derive(Debug)]
pub(crate) enum NotSaved {
    TooLarge(SessionTooLarge),
    /// Its body was removed: it is over.
    Ended,
    /// The store does not take it, and it is too large for cookies.
    Store(StoreError),
}

impl Sessions {
    /// Rule 2. The state that is in the store now, and its size in bytes.
    pub(super) async fn write_body(
        &self,
        session: &Arc<Session>,
        read: Option<&[u8]>,
    ) -> Result<(Arc<Session>, usize), NotSaved> {
        let key = store_keys::session_body(session.id()).for_subject(&session.claims().subject);
        let value = self.seal_body(&key, session)?;
        let rest = session.idle_expires_at().duration_since(self.clock.now()).max(Duration::from_secs(1));
        let mut current = match read {
            Some(read) => Some(read.to_vec()),
            None if session.is_new() => None,
            None => self.store.get(&key).await?,
        };
        for _ in 0..MAX_ATTEMPTS {
            let written = match &current {
                None => self.store.put_if_absent(&key, value.clone(), rest).await?,
                Some(current) => {
                    if let Some(theirs) = self.open_body(&key, current)?.filter(|theirs| !session.is_newer_than(theirs))
                    {
                        return Ok((Arc::new(theirs), current.len()));
                    }
                    self.store.compare_and_swap(&key, current, value.clone(), rest).await?
                }
            };
            if written {
                return Ok((Arc::clone(session), value.len()));
            }
            current = self.store.get(&key).await?;
            if current.is_none() && read.is_some() {
                return Err(NotSaved::Ended);
            }
        }
        Err(StoreError::new("others write the same session all the time").into())
    }

    fn seal_body(&self, key: &StoreKey, session: &Session) -> Result<Vec<u8>, SessionTooLarge> {
        let sealed = self.sealer.keyring.seal_value(Purpose::Body, key.as_str(), session, &self.sealer.nonce())?;
        Ok(sealed.into_bytes())
    }

    /// `None`: it was changed, or is of another key.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: only another replica can open it. Its secret may be one that this one gets later.
    pub(super) fn open_body(&self, key: &StoreKey, body: &[u8]) -> Result<Option<Session>, StoreError> {
        let sealed = str::from_utf8(body).unwrap_or_default();
        match self.sealer.keyring.open_value(Purpose::Body, key.as_str(), sealed) {
            Ok(session) => Ok(Some(session)),
            Err(OpenError::UnknownKey) => {
                Err(StoreError::new("a session is sealed with a secret that is not known here"))
            }
            Err(error) => {
                telemetry::session_cookie_rejected(&error);
                Ok(None)
            }
        }
    }

    /// Removes the body of a session that ended, after its end was written. What fails is left to its time limit: the end
    /// counts.
    pub(crate) async fn remove_body(&self, session: &Session) {
        if self.has_bodies() {
            let _ = self.store.remove(&store_keys::session_body(session.id())).await;
            self.unlist(&session.claims().subject, |listed| listed.id == *session.id()).await;
        }
    }
}

impl From<SessionTooLarge> for NotSaved {
    fn from(error: SessionTooLarge) -> Self {
        Self::TooLarge(error)
    }
}

impl From<StoreError> for NotSaved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotSaved> for Failure {
    fn from(not_saved: NotSaved) -> Self {
        match not_saved {
            NotSaved::TooLarge(error) => error.into(),
            NotSaved::Store(error) => error.into(),
            NotSaved::Ended => Self::SessionEnded,
        }
    }
}
