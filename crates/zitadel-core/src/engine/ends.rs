//! Ending sessions: one, those of a session of the provider, or all of a user.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{ended_sessions::Known, sessions::Sessions, store_keys};
use crate::{
    environment::{Store, StoreError, StoreKey},
    session::Session,
    telemetry,
    time::Timestamp,
};

/// How long an end is remembered at least.
const MIN_LIFETIME: Duration = Duration::from_secs(600);
/// Pauses in seconds between attempts to write an end that the store did not take; the last one is repeated.
const PAUSES: [u64; 5] = [1, 2, 5, 10, 30];
/// How long the store is asked to take an end: until a session that began before it is over in most applications.
const MAX_ATTEMPTS: usize = 1_440;
/// How many ends wait for the store at a time.
const MAX_WAITING: usize = 10_000;

/// Ends that wait for the store.
static WAITING: AtomicUsize = AtomicUsize::new(0);

impl Sessions {
    /// Ends a session here and, through the store, on every replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: this process knows it, and tells the store as soon as it takes it; until then other replicas do not
    /// know.
    pub(crate) async fn end(&self, session: &Session) -> Result<(), StoreError> {
        let now = self.clock.now();
        // Also if it has expired: the clock may be wrong.
        let rest = session.expires_at().duration_since(now).max(MIN_LIFETIME);
        let key = store_keys::ended_session(session.id()).for_subject(&session.claims().subject);
        self.write_end(key, now, rest).await
    }

    /// Ends all sessions that belong to this session of the provider.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_provider_session(&self, sid: &str) -> Result<(), StoreError> {
        self.write_end(self.namespace.ended_provider_session(sid), self.clock.now(), self.lifetime()).await
    }

    /// Ends all sessions of a user that began until `moment`.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub(crate) async fn end_subject(&self, subject: &str, moment: Timestamp) -> Result<(), StoreError> {
        self.write_end(self.namespace.ended_subject(subject), moment, self.lifetime()).await
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
        let (known, _) = self.ended.compare(session, || self.namespace.ends(session), u64::MAX);
        if known == Known::Ended {
            return Ok(true);
        }
        let names = keys.to_vec();
        let values = self.store.get_many(&names).await?;
        let value = |key: &str| {
            let (_, value) = names.iter().zip(&values).find(|(name, _)| name.as_str() == key)?;
            // Anything that is there says "ended"; a moment that cannot be read is later than any session.
            value
                .as_deref()
                .map(|value| store_keys::EndKeys::parse_value(value).unwrap_or(Timestamp::from_unix(u64::MAX)))
        };
        Ok(keys.is_ended(session, value))
    }

    async fn write_end(&self, key: StoreKey, moment: Timestamp, lifetime: Duration) -> Result<(), StoreError> {
        self.ended.record(key.as_str(), moment, self.clock.now());
        let value = moment.to_string().into_bytes();
        let written = self.store.put_and_announce(&key, value.clone(), lifetime).await;
        if written.is_err() {
            write_later(Arc::clone(&self.store), key, value, lifetime);
        }
        written
    }
}

/// Writes an end as soon as the store takes it. A restart forgets it.
fn write_later(store: Arc<dyn Store>, key: StoreKey, value: Vec<u8>, lifetime: Duration) {
    if WAITING.fetch_add(1, Ordering::AcqRel) >= MAX_WAITING {
        WAITING.fetch_sub(1, Ordering::AcqRel);
        telemetry::end_dropped();
        return;
    }
    tokio::spawn(async move {
        let mut pauses = PAUSES.into_iter();
        let mut pause = 0;
        for _ in 0..MAX_ATTEMPTS {
            pause = pauses.next().unwrap_or(pause);
            tokio::time::sleep(Duration::from_secs(pause)).await;
            if store.put_and_announce(&key, value.clone(), lifetime).await.is_ok() {
                telemetry::end_stored_late();
                break;
            }
        }
        WAITING.fetch_sub(1, Ordering::AcqRel);
    });
}
