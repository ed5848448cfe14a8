//! What a refresh led to, kept in the store for requests that still carry the cookie from before it.
//!
//! # Rules
//!
//! 1. A result is kept for 300 seconds: long enough for a slow page that was decided on before the refresh and reaches
//!    the browser after it.
//! 2. It is sealed for a purpose of its own, so that read access to the store does not yield a cookie; and for its key, so
//!    that write access does not give anyone the session of another user. That holds for what this process remembers,
//!    too.
//! 3. Every request of this process gets the very same cookie for one result.
//! 4. A result says nothing about revocation: its next use asks the store.
//! 5. A result that the store does not take is written as soon as it does (`late_writes.rs`).

use std::{sync::Arc, time::Duration};

use super::{
    ended_sessions::EndCheck,
    refresh_outcome::{RefreshOutcome, SUCCESSOR_LIFETIME},
    session_bodies::NotSaved,
    sessions::Sessions,
    store_keys,
};
use crate::{
    answer::ErrorCode,
    environment::{StoreError, StoreKey},
    session::{Purpose, Session},
    telemetry,
};

/// How many refreshes the cookie of a request can be behind when its session is logged out.
const MAX_HOPS: usize = 8;
/// The entry of a session that will have no successor.
const TOMBSTONE: &[u8] = b"";
/// How long a refresh lease lasts; a response of the token endpoint takes less (`reqwest_transport.rs`: 8 s).
const LEASE: Duration = Duration::from_secs(10);
/// A lease that was released: no replica needs it, because the result is there, or the provider is not available.
const LEASE_AFTER_RELEASE: Duration = Duration::from_secs(1);

/// The right of one replica to refresh.
pub(crate) struct RefreshLease {
    key: StoreKey,
    token: Vec<u8>,
}

impl Sessions {
    /// Where the result of refreshing this session is kept; `None` without a refresh token.
    pub(crate) fn successor_key(&self, session: &Session) -> Option<StoreKey> {
        store_keys::successor(session)
    }

    /// What a refresh of this session led to, if there was one recently, or one whose result is a stored session.
    pub(crate) async fn successor(
        &self,
        session: &Session,
        key: &StoreKey,
    ) -> Result<Option<RefreshOutcome>, StoreError> {
        let late = self.late_writes.result(key);
        let (stored, body) = match (&late, self.has_bodies()) {
            (Some(_), _) => (late, None),
            (None, false) => (self.store.get(key).await?, None),
            (None, true) => self.successor_and_body(session, key).await?,
        };
        if let Some(outcome) = body {
            return Ok(Some(outcome));
        }
        let Some(value) = stored else { return Ok(None) };
        if value == TOMBSTONE {
            return Ok(Some(RefreshOutcome::Ended));
        }
        let stored = str::from_utf8(&value).unwrap_or_default();
        let outcome = match self.recent_refreshes.get(&recent_key(key, stored)) {
            Some(outcome) => outcome,
            None => match self.sealer.keyring.open_value(Purpose::Successor, key.as_str(), stored) {
                Ok(opened) => self.cached_outcome(key, stored, Arc::new(opened), EndCheck::default()).await,
                // Sealed with a secret that this replica does not have yet. The refresh token is spent nevertheless.
                Err(_) => return Ok(Some(RefreshOutcome::Unavailable(ErrorCode::ProviderUnavailable))),
            },
        };
        Ok(match &outcome {
            // A provider that does not rotate: the previous result for this token is not the next one.
            RefreshOutcome::Renewed { session: next, .. } if next.refresh_count() <= session.refresh_count() => None,
            _ => Some(outcome),
        })
    }

    /// The entry of a successor, and the stored session if it was refreshed since: by another replica, or longer ago than a
    /// successor is kept.
    async fn successor_and_body(
        &self,
        session: &Session,
        key: &StoreKey,
    ) -> Result<(Option<Vec<u8>>, Option<RefreshOutcome>), StoreError> {
        let body_key = store_keys::session_body(session.id());
        let mut values = self.store.get_many(&[key.clone(), body_key.clone()]).await?.into_iter();
        let (stored, body) = (values.next().flatten(), values.next().flatten());
        let Some(body) = body else { return Ok((stored, None)) };
        // One that only another replica can open says nothing: the successor decides.
        let opened = self.open_body(&body_key, &body).unwrap_or_default();
        let refreshed = opened.filter(|newer| newer.refresh_count() > session.refresh_count()).map(Arc::new);
        let Some(session) = refreshed else { return Ok((stored, None)) };
        let cookie = match self.are_stored() {
            true => Ok(self.refer_to(&session, EndCheck::default(), body.len())),
            false => self.seal(&session, EndCheck::default()),
        };
        let outcome = cookie.map_or(RefreshOutcome::TooLarge, |cookie| RefreshOutcome::Renewed { session, cookie });
        Ok((stored, Some(outcome)))
    }

    /// The newest session that recently replaced this one, through several refreshes.
    pub(crate) async fn latest_successor(&self, session: &Arc<Session>) -> Option<Arc<Session>> {
        let mut latest = None;
        for _ in 0..MAX_HOPS {
            let current = latest.as_ref().unwrap_or(session);
            match self.successor(current, &self.successor_key(current)?).await {
                Ok(Some(RefreshOutcome::Renewed { session, .. })) => latest = Some(session),
                _ => break,
            }
        }
        latest
    }

    /// A result as every request of this process gets it (rule 3). `check`: what is known about
    /// its end (rule 4).
    pub(crate) async fn cached_outcome(
        &self,
        key: &StoreKey,
        stored: &str,
        session: Arc<Session>,
        check: EndCheck,
    ) -> RefreshOutcome {
        let recent = recent_key(key, stored);
        if let Some(outcome) = self.recent_refreshes.get(&recent) {
            return outcome;
        }
        match self.saved_outcome(&session, check).await {
            // Nothing became of it yet.
            outcome @ RefreshOutcome::Unavailable(_) => outcome,
            outcome => self.recent_refreshes.get_with(recent, || outcome),
        }
    }

    /// The session as it is now, and its cookie.
    pub(crate) async fn saved_outcome(&self, session: &Arc<Session>, check: EndCheck) -> RefreshOutcome {
        match self.save(session, None, check).await {
            Ok((session, cookie)) => RefreshOutcome::Renewed { session, cookie },
            Err(NotSaved::TooLarge(_)) => RefreshOutcome::TooLarge,
            Err(NotSaved::Ended) => RefreshOutcome::Ended,
            Err(NotSaved::Store(_)) => RefreshOutcome::Unavailable(ErrorCode::StoreUnavailable),
        }
    }

    /// Writes a result to the store, and returns what is there then; `None` if it is too large. If the store fails now, it is
    /// written later (rule 5).
    pub(crate) async fn publish_successor(&self, key: &StoreKey, session: &Session) -> Option<String> {
        let nonce = self.sealer.nonce();
        let sealed = self.sealer.keyring.seal_value(Purpose::Successor, key.as_str(), session, &nonce).ok()?;
        match self.store.put(key, sealed.clone().into_bytes(), SUCCESSOR_LIFETIME).await {
            Ok(()) => self.late_writes.forget_result(key),
            Err(error) => {
                telemetry::refresh_result_not_published(&error);
                self.late_writes.add_result(key, sealed.as_bytes());
            }
        }
        Some(sealed)
    }

    /// Writes to the store that this token need not be tried again.
    pub(crate) async fn publish_ended(&self, key: &StoreKey) -> RefreshOutcome {
        if let Err(error) = self.store.put(key, TOMBSTONE.to_vec(), SUCCESSOR_LIFETIME).await {
            telemetry::refresh_result_not_published(&error);
        }
        RefreshOutcome::Ended
    }

    /// The lease for the refresh whose result goes to `key`; `None` while another replica holds it.
    pub(crate) async fn acquire_lease(&self, key: &StoreKey) -> Result<Option<RefreshLease>, StoreError> {
        let mut token = vec![0; 16];
        self.sealer.entropy.fill(&mut token);
        let lease = RefreshLease { key: store_keys::refresh_lease(key), token };
        let acquired = self.store.put_if_absent(&lease.key, lease.token.clone(), LEASE).await?;
        Ok(acquired.then_some(lease))
    }

    /// Releases a lease if it is still ours: after it ran out, another replica may hold it.
    pub(crate) async fn release_lease(&self, lease: RefreshLease) -> Result<(), StoreError> {
        self.store.compare_and_swap(&lease.key, &lease.token, Vec::new(), LEASE_AFTER_RELEASE).await.map(drop)
    }
}

/// Rule 2: what is stored under one key is not what the same text would be under another.
fn recent_key(key: &StoreKey, stored: &str) -> String {
    [key.as_str(), " ", stored].concat()
}
