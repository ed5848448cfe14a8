//! `Store`: what must be remembered outside the cookie.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use futures_util::stream::BoxStream;
use sha2::{Digest as _, Sha256};

use super::BoxFuture;

/// Keys that expire. Everything that must be remembered outside the cookie goes through these methods; the last four have
/// a default.
///
/// Sessions live in sealed cookies by default; then a store holds only what a cookie cannot know: that a session was revoked,
/// which process is refreshing, and what a refresh led to. With [`SessionMode::Stored`](crate::SessionMode::Stored) it holds the
/// sessions, and one that loses its entries signs everybody out. Replicas of one application share a store; a single process needs
/// only the [`MemoryStore`](super::MemoryStore).
///
/// Each method must give up after a bounded time, well below ten seconds. `put_if_absent` and `compare_and_swap` must
/// be atomic across all replicas: two that both get `true` would both spend a refresh token that works once.
/// [`store_suite`](super::store_suite) tests an implementation.
///
/// # Security
///
/// Read access does not yield a session: keys are hashes, and sessions are sealed for their key and for this purpose alone.
/// Write access can undo a logout.
pub trait Store: Send + Sync + 'static {
    /// The value, if the key is there and has not expired.
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>>;
    /// Sets the value, whatever was there; it expires after `ttl`, whole seconds, at least one.
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>>;
    /// Sets the value if the key is absent or expired; returns whether it did.
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// Replaces the value if it still equals `expected`; returns whether it did.
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>>;
    /// Removes the key, if it is there.
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The values of several keys, in their order. The default asks for one after the other; a store on a network asks
    /// for all in one round trip.
    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        let keys = keys.to_vec();
        Box::pin(async move {
            let mut values = Vec::with_capacity(keys.len());
            for key in &keys {
                values.push(self.get(key).await?);
            }
            Ok(values)
        })
    }

    /// [`put`](Self::put), then [`announce`](Self::announce): a subscriber that is told can read the value. A store on a
    /// network does both in one round trip.
    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            self.put(&key, value.clone(), ttl).await?;
            self.announce(&key, value).await
        })
    }

    /// Tells every subscriber, on this replica and on others, and writes nothing. The default tells nobody.
    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        let _ = (key, value);
        Box::pin(std::future::ready(Ok(())))
    }

    /// What [`put_and_announce`](Self::put_and_announce) and [`announce`](Self::announce) announce from now on. `None`, the default: this store tells
    /// nobody, and is asked instead.
    ///
    /// The stream never ends. It reconnects by itself, and says [`Interrupted`](StoreEvent::Interrupted) within a second
    /// or two of any moment from which announcements may be lost, also if its connection is dead without an error.
    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        None
    }
}

/// What a subscriber of a [`Store`] is told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreEvent {
    /// From now on every announcement arrives.
    Subscribed,
    /// This was announced. `key` is [`StoreKey::as_str`].
    Announced {
        /// Its key.
        key: String,
        /// The value.
        value: Vec<u8>,
    },
    /// Announcements may be lost until it is [`Subscribed`](Self::Subscribed) again.
    Interrupted,
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        (**self).get(key)
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).put(key, value, ttl)
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        (**self).put_if_absent(key, value, ttl)
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        (**self).compare_and_swap(key, expected, value, ttl)
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).remove(key)
    }

    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        (**self).get_many(keys)
    }

    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).put_and_announce(key, value, ttl)
    }

    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        (**self).announce(key, value)
    }

    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        (**self).subscribe()
    }
}

/// The store could not be reached, or is full.
#[derive(Debug, thiserror::Error)]
#[error("the store is not available")]
pub struct StoreError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl StoreError {
    /// With the reason, for the log. It must not contain keys, values or credentials.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

/// A key: a kind in clear and a SHA-256 of the rest, so that neither a store's contents nor its logs hold a token.
///
/// It may say which user it is about, for stores that limit what one user takes; that is no part of the key.
#[derive(Clone)]
pub struct StoreKey {
    text: String,
    subject: Option<u64>,
}

impl StoreKey {
    /// The key of `secret` among keys of this kind. `kind` is one or more lower-case words with `/` between them, at
    /// most 30 bytes.
    #[must_use]
    pub fn hashed(kind: &'static str, secret: &[u8]) -> Self {
        Self::with_digest(kind, &Sha256::digest(secret).into())
    }

    /// The key whose secret has this digest.
    pub(crate) fn with_digest(kind: &'static str, digest: &[u8; 32]) -> Self {
        Self { text: format!("{kind}/{}", base64_simd::URL_SAFE_NO_PAD.encode_to_string(digest)), subject: None }
    }

    /// The same key, about this user.
    #[must_use]
    pub fn for_subject(self, subject: &str) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(subject));
        Self { subject: Some(u64::from_le_bytes([a, b, c, d, e, f, g, h])), ..self }
    }

    /// The same key, about the user of another one.
    #[cfg(feature = "login")]
    pub(crate) fn for_subject_of(self, other: &Self) -> Self {
        Self { subject: other.subject, ..self }
    }

    /// A hash of the user it is about, for a store that limits what one user takes. `None`: it is about no user.
    #[must_use]
    pub const fn subject(&self) -> Option<u64> {
        self.subject
    }

    /// The key as text: lower-case words, `/`, and base64url. At most 80 bytes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for StoreKey {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for StoreKey {}

impl Hash for StoreKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_nothing_of_the_token_behind_it() {
        let key = StoreKey::hashed("successor", b"very secret refresh token");
        assert!(key.as_str().starts_with("successor/"));
        assert!(!key.as_str().contains("secret") && key.as_str().len() <= 80);
    }
}
