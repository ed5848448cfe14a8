//! Sessions whose body is in the store (`session_bodies.rs`): the cookie refers to it (`session_reference.rs`).
//!
//! # Rules
//!
//! 1. The cookie of a session is the same text from login to logout, so that responses that arrive in another order than
//!    they were made do no harm.
//! 2. A cookie refers to the store only if the body was there at this state or a later one. If the store does not take it,
//!    the cookie holds the session: nobody is signed out.
//! 3. Body and ends are read in one round trip, whenever a session in memory needs more than memory: one that is not there,
//!    is due, has expired there, or must be compared with the store's ends again.
//! 4. No body in a store that answers: the session is over. A store that does not answer, or a body that only another
//!    replica can open, says nothing: such a request is answered with 503, and nobody is signed out.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
};

use super::{
    ended_sessions::{EndCheck, Known},
    found_session::{Found, LoadedSession, StoredCookie},
    refresh_outcome::CookieValue,
    session_bodies::NotSaved,
    session_reference::SessionReference,
    sessions::Sessions,
    store_keys::{self, EndKeys},
};
use crate::{
    config::SessionMode,
    environment::StoreError,
    http::RequestHead,
    session::{OpenError, Purpose, Session, chunk},
    telemetry,
    time::Timestamp,
};

/// What the store said about a session.
pub(crate) enum Read<'h> {
    Session(LoadedSession<'h>),
    Ended,
    /// Rule 4.
    Absent,
}

impl Sessions {
    /// Whether this application writes sessions to the store.
    pub(crate) fn are_stored(&self) -> bool {
        self.mode == SessionMode::Stored
    }

    /// Whether the store may have bodies of sessions.
    pub(super) fn has_bodies(&self) -> bool {
        self.has_bodies.load(Ordering::Relaxed)
    }

    /// Opens a cookie that refers to a session in the store.
    pub(super) fn open_reference(&self, cookie: impl AsRef<[u8]>) -> Result<SessionReference, OpenError> {
        let sealed = chunk::without_reference(cookie.as_ref()).ok_or(OpenError::Malformed)?;
        self.sealer.keyring.open_value(Purpose::Reference, self.sealer.names.session(), sealed)
    }

    /// Rule 1: the cookie of a session whose body is in the store.
    pub(super) fn reference_cookie(&self, session: &Session) -> String {
        let reference = self.namespace.reference(session);
        let name = self.sealer.names.session();
        let Ok(sealed) = self.sealer.keyring.seal_value_repeatably(Purpose::Reference, name, &reference);
        format!("{}{sealed}", chunk::REFERENCE)
    }

    /// A session that is not in memory.
    pub(super) fn find_stored<'h>(&self, cookie: Cow<'h, [u8]>) -> Option<Found<'h>> {
        match self.open_reference(&cookie) {
            Ok(reference) => {
                self.has_bodies.store(true, Ordering::Relaxed);
                Some(Found::Stored(StoredCookie { reference: Box::new(reference), cookie }))
            }
            Err(error) => {
                telemetry::session_cookie_rejected(&error);
                None
            }
        }
    }

    pub(super) fn is_known_to_have_ended(&self, reference: &SessionReference) -> bool {
        let keys = || EndKeys::of_reference(reference);
        self.ended.compare(reference.started_at, keys, u64::MAX).0 == Known::Ended
    }

    /// Rule 3: what the store has for a session that may be in memory.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: nothing is known (rule 4).
    pub(crate) async fn read_again<'h>(&self, loaded: &LoadedSession<'h>) -> Result<Read<'h>, StoreError> {
        let reference = self.namespace.reference(&loaded.session);
        self.read(StoredCookie { reference: Box::new(reference), cookie: loaded.cookie.clone() }).await
    }

    /// What the store has for a session whose request is over.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: nothing is known (rule 4).
    pub(crate) async fn read_session(&self, session: &Session) -> Result<Read<'static>, StoreError> {
        let reference = Box::new(self.namespace.reference(session));
        self.read(StoredCookie { reference, cookie: Cow::Owned(self.reference_cookie(session).into_bytes()) }).await
    }

    /// Rule 3: what the store has for a session.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: nothing is known (rule 4).
    pub(crate) async fn read<'h>(&self, stored: StoredCookie<'h>) -> Result<Read<'h>, StoreError> {
        let StoredCookie { reference, cookie } = stored;
        if self.is_known_to_have_ended(&reference) {
            return Ok(Read::Ended);
        }
        let check = self.begin_check();
        let (key, ends) = (store_keys::session_body(&reference.id), EndKeys::of_reference(&reference));
        let mut keys = ends.to_vec();
        keys.push(key.clone());
        let mut values = self.store.get_many(&keys).await?;
        let body = values.pop().flatten();
        if ends.is_ended_by(reference.started_at, &keys, &values) {
            if body.is_some() {
                // Where the end came from, the session's id was not known.
                let _ = self.store.remove(&key).await;
            }
            return Ok(Read::Ended);
        }
        let Some(body) = body else { return Ok(Read::Absent) };
        let Some(session) = self.open_body(&key, &body)? else { return Ok(Read::Absent) };
        // A refresh may have named another session of the provider.
        if self.namespace.ends(&session) != ends && self.is_ended(&session).await? {
            return Ok(Read::Ended);
        }
        let cached = self.cache.insert_stored(&cookie, Arc::new(session), check, body.len());
        Ok(Read::Session(LoadedSession {
            session: Arc::clone(&cached.session),
            check,
            check_is_fresh: true,
            has_earlier_name: false,
            cookie,
            body: Some(body),
        }))
    }

    /// The session of a request, even if it expired or was revoked here: a logout still needs its tokens.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if only the store knows it, which does not answer.
    pub(crate) async fn load(&self, head: &RequestHead, now: Timestamp) -> Result<Option<Arc<Session>>, StoreError> {
        let read = match self.find(head, now) {
            None => return Ok(None),
            Some(Found::Session(loaded)) => return Ok(Some(loaded.session)),
            Some(Found::Stored(stored)) => self.read(stored).await,
        };
        Ok(match read? {
            Read::Session(loaded) => Some(loaded.session),
            Read::Ended | Read::Absent => None,
        })
    }

    /// Ends the session of a request that could not be [loaded](Self::load): here at once, and for other replicas as soon as
    /// the store takes it. Its tokens are not known.
    pub(crate) async fn end_unread(&self, head: &RequestHead, now: Timestamp) {
        if let Some(Found::Stored(stored)) = self.find(head, now) {
            // An error is that of the store, which was reported.
            let _ = self.end_stored(&stored.reference).await;
        }
    }

    /// The cookie for a session as it is now, and the session that belongs to it: a later state of it, if another replica
    /// was faster. `read`: the body that this session was made from, if that was read just now.
    ///
    /// # Errors
    ///
    /// [`NotSaved`] if neither a cookie nor the store takes it.
    pub(crate) async fn save(
        &self,
        session: &Arc<Session>,
        read: Option<&[u8]>,
        check: EndCheck,
    ) -> Result<(Arc<Session>, CookieValue), NotSaved> {
        if !self.are_stored() {
            return Ok((Arc::clone(session), self.seal(session, check)?));
        }
        match self.write_body(session, read).await {
            Ok((session, size)) => {
                self.list(&session).await;
                let cookie = self.refer_to(&session, check, size);
                Ok((session, cookie))
            }
            // Rule 2.
            Err(NotSaved::Store(error)) => {
                telemetry::session_not_stored(&error);
                let cookie = self.seal(session, check).map_err(|_| NotSaved::Store(error))?;
                // Requests that still have the reference.
                self.cache.insert_stored(self.reference_cookie(session), Arc::clone(session), check, cookie.len());
                Ok((Arc::clone(session), cookie))
            }
            Err(not_saved) => Err(not_saved),
        }
    }

    /// The session with its idle limit counted from now, and its cookie.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub(crate) async fn renew(
        &self,
        loaded: &LoadedSession<'_>,
        now: Timestamp,
    ) -> Result<(Arc<Session>, CookieValue), NotSaved> {
        let session = Arc::new(loaded.session.renewed(now));
        self.save(&session, loaded.body.as_deref(), loaded.check).await
    }

    /// The cookie of a session whose body, of this size, is in the store.
    pub(super) fn refer_to(&self, session: &Arc<Session>, check: EndCheck, size: usize) -> CookieValue {
        let cookie = self.reference_cookie(session);
        self.cache.insert_stored(&cookie, Arc::clone(session), check, size);
        CookieValue::new(&cookie, session)
    }
}
