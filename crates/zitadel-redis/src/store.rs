//! `RedisStore`: the store itself.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::BoxStream};
use redis::{Cmd, FromRedisValue};
use zitadel_core::environment::{BoxFuture, Store, StoreError, StoreEvent, StoreKey};

use crate::{
    builder::RedisStoreBuilder,
    commands,
    connection::{Repeat, SharedConnection},
    subscription::{self, Channels},
    url::UrlError,
};

/// A [`Store`] on Redis or Valkey: one server, a master that sentinels name, or a cluster.
///
/// Clones share one connection. It is made at the first call, and again whenever it breaks.
///
/// ```
/// use zitadel_redis::RedisStore;
///
/// let store = RedisStore::from_url("redis://app:secret@cache.internal:6379/1")?;
/// # let _ = store;
/// # Ok::<(), zitadel_redis::UrlError>(())
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: Arc<SharedConnection>,
    /// For commands that must not be sent twice; the same one, unless it is a cluster's.
    conditional: Arc<SharedConnection>,
    prefix: Arc<str>,
    channels: Channels,
}

impl RedisStore {
    /// A store with the settings in a URL; the README of this crate lists them. Does no I/O, but for reading `ca_file`.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, without any part of it.
    pub fn from_url(url: &str) -> Result<Self, UrlError> {
        Self::builder(url)?.build()
    }

    /// Starts a store with settings beyond the URL.
    ///
    /// # Errors
    ///
    /// What is wrong with the URL, without any part of it.
    pub fn builder(url: &str) -> Result<RedisStoreBuilder, UrlError> {
        RedisStoreBuilder::from_url(url)
    }

    pub(crate) fn new(connection: Arc<SharedConnection>, conditional: Arc<SharedConnection>, prefix: &str) -> Self {
        Self { connection, conditional, prefix: prefix.into(), channels: Channels::new(prefix) }
    }

    fn key(&self, key: &StoreKey) -> String {
        format!("{}{}", self.prefix, key.as_str())
    }

    fn query<T: FromRedisValue + Send + 'static>(
        &self,
        command: Cmd,
        repeat: Repeat,
    ) -> BoxFuture<'_, Result<T, StoreError>> {
        let connection = match repeat {
            Repeat::Harmless => &self.connection,
            Repeat::Never => &self.conditional,
        };
        Box::pin(async move { Ok(connection.query(&command, repeat, connection.limit).await?) })
    }
}

impl Store for RedisStore {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.query(commands::get(&self.key(key)), Repeat::Harmless)
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.query(commands::put(&self.key(key), &value, ttl), Repeat::Harmless)
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.query(commands::put_if_absent(&self.key(key), &value, ttl), Repeat::Never)
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.query(commands::compare_and_swap(&self.key(key), expected, &value, ttl), Repeat::Never)
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.query(commands::remove(&self.key(key)), Repeat::Harmless)
    }

    fn get_many(&self, keys: &[StoreKey]) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, StoreError>> {
        if keys.is_empty() {
            // Redis takes `MGET` without a key for an error.
            return Box::pin(async { Ok(Vec::new()) });
        }
        let keys: Vec<_> = keys.iter().map(|key| self.key(key)).collect();
        self.query(commands::get_many(&keys), Repeat::Harmless)
    }

    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        let message = subscription::encode(key.as_str(), &value);
        let channel = &self.channels.announcements;
        // A message that arrives twice says the same twice.
        self.query(commands::put_and_announce(&self.key(key), &value, ttl, channel, &message), Repeat::Harmless)
    }

    fn announce(&self, key: &StoreKey, value: Vec<u8>) -> BoxFuture<'_, Result<(), StoreError>> {
        let message = subscription::encode(key.as_str(), &value);
        Box::pin(async move {
            let command = commands::publish(&self.channels.announcements, &message);
            // The number of subscribers of one node says nothing about a cluster.
            let _: i64 = self.connection.query(&command, Repeat::Harmless, self.connection.limit).await?;
            Ok(())
        })
    }

    fn subscribe(&self) -> Option<BoxStream<'static, StoreEvent>> {
        Some(subscription::stream(Arc::clone(&self.connection), self.channels.clone()).boxed())
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("address", &self.connection.connector)
            .field("prefix", &self.prefix)
            .field("timeout", &self.connection.limit)
            .finish_non_exhaustive()
    }
}
