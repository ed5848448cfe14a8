//! Ending sessions: one, those of a session of the provider, or all of a user.

use std::time::Duration;

use super::{
    end::{End, Scope},
    ended_sessions::Known,
    session_reference::SessionReference,
    sessions::Sessions,
    store_keys,
};
use crate::{
    environment::{StoreError, StoreKey},
    session::Session,
    time::Timestamp,
};

/// How long an end is remembered beyond the session, if the clock is right: it may be ahead.
const MARGIN: Duration = Duration::from_secs(600);

impl Sessions {
    /// Ends a session here and, through the store, on every replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: this process knows it, and tells the store as soon as it takes it; until then other replicas do not
    /// know.
    pub(crate) async fn end(&self, session: &Session) -> Result<(), StoreError> {
        let now = self.clock.now();
        let key = store_keys::ended_session(session.id()).for_subject(&session.claims().subject);
        let lifetime = session.expires_at().duration_since(now).saturating_add(MARGIN);
        self.write_end(&key, End { scope: Scope::One, moment: now, lifetime }).await
    }

    /// Ends a session of which only the reference is known.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_stored(&self, reference: &SessionReference) -> Result<(), StoreError> {
        let now = self.clock.now();
        let lifetime = reference.expires_at.duration_since(now).saturating_add(MARGIN);
        let key = store_keys::ended_session(&reference.id);
        self.write_end(&key, End { scope: Scope::One, moment: now, lifetime }).await
    }

    /// Ends all sessions that belong to this session of the provider. `subject`: its user, if that is known; bodies of
    /// other sessions are removed when they are asked for.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_provider_session(&self, sid: &str, subject: Option<&str>) -> Result<(), StoreError> {
        let end = End { scope: Scope::One, moment: self.clock.now(), lifetime: self.end_lifetime() };
        self.write_end(&self.namespace.ended_provider_session(sid), end).await?;
        if let Some(subject) = subject {
            let digest = self.namespace.digest(sid);
            self.remove_bodies(subject, |listed| listed.belongs_to(&digest)).await;
        }
        Ok(())
    }

    /// Ends all sessions of a user that began until `moment`.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_subject(&self, subject: &str, moment: Timestamp) -> Result<(), StoreError> {
        let end = End { scope: Scope::Until, moment, lifetime: self.end_lifetime() };
        self.write_end(&self.namespace.ended_subject(subject), end).await?;
        self.remove_bodies(subject, |listed| listed.started_at() <= moment).await;
        Ok(())
    }

    /// Whether a logout token with this `jti` was used.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn is_logout_token_used(&self, jti: &str) -> Result<bool, StoreError> {
        Ok(self.store.get(&self.namespace.logout_token(jti)).await?.is_some())
    }

    /// Notes that a logout token with this `jti` was used.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not take it: the token would end the same sessions once more.
    pub(crate) async fn use_logout_token(&self, jti: &str, lifetime: Duration) -> Result<(), StoreError> {
        self.store.put(&self.namespace.logout_token(jti), Vec::new(), lifetime).await
    }

    /// Whether a session ended, here or on another replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub(crate) async fn is_ended(&self, session: &Session) -> Result<bool, StoreError> {
        let keys = self.namespace.ends(session);
        let started_at = session.started_at();
        let (known, _) = self.ended.compare(started_at, || self.namespace.ends(session), u64::MAX);
        if known == Known::Ended {
            return Ok(true);
        }
        let names = keys.to_vec();
        let values = self.store.get_many(&names).await?;
        Ok(keys.is_ended_by(started_at, &names, &values))
    }

    /// Longer than any session that began before can live.
    fn end_lifetime(&self) -> Duration {
        self.lifetime().saturating_add(MARGIN)
    }

    async fn write_end(&self, key: &StoreKey, end: End) -> Result<(), StoreError> {
        self.ended.record(key.as_str(), end.moment, self.clock.now());
        let written = end.write(&*self.store, key).await;
        if written.is_err() {
            self.late_writes.add_end(key, end);
        }
        written
    }
}
