//! What the session cookie of a request gives.

use std::{borrow::Cow, sync::Arc};

use super::{ended_sessions::EndCheck, session_reference::SessionReference};
use crate::session::{Session, chunk};

/// A session as a request carries it, whatever its age.
pub(crate) struct LoadedSession<'h> {
    pub(crate) session: Arc<Session>,
    /// What is known about its end.
    pub(crate) check: EndCheck,
    /// Whether the store need not be asked.
    pub(crate) check_is_fresh: bool,
    /// Rule 5: the cookie must be written again.
    pub(crate) has_earlier_name: bool,
    pub(super) cookie: Cow<'h, [u8]>,
    /// The body, if this request read it from the store.
    pub(super) body: Option<Vec<u8>>,
}

impl LoadedSession<'_> {
    /// Whether the cookie refers to a session in the store.
    pub(crate) fn is_stored(&self) -> bool {
        chunk::is_reference(&self.cookie)
    }
}

/// What the session cookie of a request gives without the store.
pub(crate) enum Found<'h> {
    Session(LoadedSession<'h>),
    /// A session that is in the store, and not in memory.
    Stored(StoredCookie<'h>),
}

/// A cookie that refers to a session in the store.
pub(crate) struct StoredCookie<'h> {
    /// Boxed, so that what is found in memory stays small.
    pub(super) reference: Box<SessionReference>,
    pub(super) cookie: Cow<'h, [u8]>,
}
