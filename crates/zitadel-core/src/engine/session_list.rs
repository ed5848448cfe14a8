//! The list of a user's sessions that are in the store.
//!
//! # Rules
//!
//! 1. One entry of the store per user, sealed, and written by `compare_and_swap`. It is not what keeps or ends a session: a
//!    list that cannot be written now is written with the next change of one of its sessions.
//! 2. It has at most [`MAX_SESSIONS`]; of more, those that were not used for longest are left out. They go on.
//! 3. When a session was last used is noted when its body is written, at most once a minute or a tenth of the idle limit.
//! 4. A session that ended is not shown, whatever the list says.
//! 5. No client address is kept. The user agent is kept if the application asks for it, at most [`MAX_USER_AGENT`] bytes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    sealed_cookie::sealable_by_postcard,
    session_reference::{Digest, SessionReference},
    sessions::Sessions,
    store_keys::{self, EndKeys},
};
use crate::{
    environment::{StoreError, StoreKey},
    session::{OpenError, Purpose, Session, SessionId},
    telemetry,
    time::Timestamp,
};

/// How many sessions of one user are listed.
const MAX_SESSIONS: usize = 100;
/// Bytes of a user agent.
const MAX_USER_AGENT: usize = 256;
/// Attempts to write a list while others write it, too.
const MAX_ATTEMPTS: usize = 5;
/// Between two notes of when a session was last used.
const INTERVAL: Duration = Duration::from_secs(60);

/// One session of a user.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ListedSession {
    pub(crate) id: SessionId,
    reference: SessionReference,
    pub(crate) last_seen_at: Timestamp,
    /// When it ends if it is not used again.
    pub(crate) idle_expires_at: Timestamp,
    pub(crate) user_agent: Option<String>,
}

impl ListedSession {
    /// The id as text.
    pub(crate) fn id_text(&self) -> String {
        self.id.text()
    }

    pub(crate) const fn started_at(&self) -> Timestamp {
        self.reference.started_at
    }

    pub(super) fn belongs_to(&self, provider_session: &Digest) -> bool {
        self.reference.provider_session.as_ref() == Some(provider_session)
    }
}

/// The format in the store.
#[derive(Default, Serialize, Deserialize)]
struct SessionList(Vec<ListedSession>);

sealable_by_postcard!(SessionList);

impl Sessions {
    /// Rule 3: a session was written to the store.
    pub(super) async fn list(&self, session: &Session) {
        let (now, reference) = (self.clock.now(), self.namespace.reference(session));
        let idle = session.idle_expires_at();
        self.change_list(&session.claims().subject, |list| match list.iter_mut().find(|one| one.id == *session.id()) {
            Some(listed) => {
                let interval = INTERVAL.min(session.idle_timeout() / 10);
                let is_due = now.duration_since(listed.last_seen_at) >= interval || listed.reference != reference;
                if is_due {
                    (listed.last_seen_at, listed.idle_expires_at) = (now, idle);
                    listed.reference = reference.clone();
                }
                is_due
            }
            None => {
                let (id, reference) = (*session.id(), reference.clone());
                // In front: of two in the same second the later one stays.
                list.insert(
                    0,
                    ListedSession { id, reference, last_seen_at: now, idle_expires_at: idle, user_agent: None },
                );
                true
            }
        })
        .await;
    }

    /// Rule 5: notes with which program a session began.
    pub(crate) async fn list_user_agent(&self, session: &Session, user_agent: Option<&str>) {
        let Some(user_agent) = user_agent.filter(|_| self.lists_user_agents && self.are_stored()) else { return };
        let mut ends = (0..=user_agent.len().min(MAX_USER_AGENT)).rev();
        let text = ends.find_map(|end| user_agent.get(..end)).unwrap_or_default();
        self.change_list(&session.claims().subject, |list| {
            let listed = list.iter_mut().find(|one| one.id == *session.id() && one.user_agent.is_none());
            listed.is_some_and(|listed| {
                listed.user_agent = Some(text.to_owned());
                true
            })
        })
        .await;
    }

    /// Removes sessions from the list of a user.
    pub(super) async fn unlist(&self, subject: &str, is_ended: impl Fn(&ListedSession) -> bool) {
        self.change_list(subject, |list| {
            let before = list.len();
            list.retain(|listed| !is_ended(listed));
            list.len() != before
        })
        .await;
    }

    /// The sessions of a user that are in the store and have not ended, the latest used first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn sessions_of(&self, subject: &str) -> Result<Vec<ListedSession>, StoreError> {
        let key = self.namespace.session_list(subject);
        let value = self.store.get(&key).await?;
        let mut list = self.open_list(&key, value.as_deref())?;
        let now = self.clock.now();
        list.retain(|listed| now < listed.idle_expires_at && !self.is_known_to_have_ended(&listed.reference));
        // Rule 4.
        let keys: Vec<_> = list.iter().flat_map(|listed| EndKeys::of_reference(&listed.reference).to_vec()).collect();
        if !keys.is_empty() {
            let values = self.store.get_many(&keys).await?;
            list.retain(|listed| {
                !EndKeys::of_reference(&listed.reference).is_ended_by(listed.started_at(), &keys, &values)
            });
        }
        list.sort_by_key(|listed| std::cmp::Reverse(listed.last_seen_at));
        Ok(list)
    }

    /// A listed session with its tokens; `None` if the store has it no more.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn session_of_list(&self, listed: &ListedSession) -> Result<Option<Session>, StoreError> {
        let key = store_keys::session_body(&listed.id);
        match self.store.get(&key).await? {
            Some(body) => self.open_body(&key, &body),
            None => Ok(None),
        }
    }

    /// Ends a listed session whose tokens are not known any more.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_listed(&self, listed: &ListedSession) -> Result<(), StoreError> {
        self.end_stored(&listed.reference).await
    }

    /// Removes the bodies of sessions of a user that ended, and takes them off the list. What fails is left to its time
    /// limit: the ends count.
    pub(super) async fn remove_bodies(&self, subject: &str, is_ended: impl Fn(&ListedSession) -> bool) {
        if !self.has_bodies() {
            return;
        }
        let key = self.namespace.session_list(subject);
        let value = self.store.get(&key).await;
        let Ok(list) = value.and_then(|value| self.open_list(&key, value.as_deref())) else { return };
        for ended in list.iter().filter(|listed| is_ended(listed)) {
            let _ = self.store.remove(&store_keys::session_body(&ended.id)).await;
        }
        self.unlist(subject, is_ended).await;
    }

    /// Rule 1. `change` says whether it changed anything.
    async fn change_list(&self, subject: &str, change: impl Fn(&mut Vec<ListedSession>) -> bool) {
        let key = self.namespace.session_list(subject);
        match self.try_to_change_list(&key, change).await {
            Ok(true) => {}
            Ok(false) => telemetry::session_list_not_written(&StoreError::new("others write it all the time")),
            Err(error) => telemetry::session_list_not_written(&error),
        }
    }

    async fn try_to_change_list(
        &self,
        key: &StoreKey,
        change: impl Fn(&mut Vec<ListedSession>) -> bool,
    ) -> Result<bool, StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            let current = self.store.get(key).await?;
            let mut list = self.open_list(key, current.as_deref())?;
            if !change(&mut list) {
                return Ok(true);
            }
            let now = self.clock.now();
            list.retain(|listed| now < listed.idle_expires_at);
            // Rule 2.
            list.sort_by_key(|listed| std::cmp::Reverse(listed.last_seen_at));
            list.truncate(MAX_SESSIONS);
            let last = list.iter().map(|listed| listed.idle_expires_at).max().unwrap_or(now);
            let rest = last.duration_since(now).max(Duration::from_secs(1));
            let nonce = self.sealer.nonce();
            let Ok(sealed) =
                self.sealer.keyring.seal_value(Purpose::SessionList, key.as_str(), &SessionList(list), &nonce);
            let written = match &current {
                None => self.store.put_if_absent(key, sealed.into_bytes(), rest).await?,
                Some(current) => self.store.compare_and_swap(key, current, sealed.into_bytes(), rest).await?,
            };
            if written {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Empty if it was changed: it fills again.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: only another replica can open it. Its secret may be one that this one gets later.
    fn open_list(&self, key: &StoreKey, value: Option<&[u8]>) -> Result<Vec<ListedSession>, StoreError> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let sealed = str::from_utf8(value).unwrap_or_default();
        match self.sealer.keyring.open_value(Purpose::SessionList, key.as_str(), sealed) {
            Ok(SessionList(list)) => Ok(list),
            Err(OpenError::UnknownKey) => Err(StoreError::new("a list is sealed with a secret that is not known here")),
            Err(_) => Ok(Vec::new()),
        }
    }
}
