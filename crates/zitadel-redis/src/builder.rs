//! `RedisStoreBuilder`: settings of a store.

use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use redis::TlsCertificates;

use crate::{
    connect::Connector,
    connection::{Repeat, SharedConnection},
    store::RedisStore,
    url::{self, Address, UrlError},
};

/// What every key and channel begins with unless it is set: several applications may share a server.
pub const DEFAULT_KEY_PREFIX: &str = "zitadel:";

/// How long one call may take, connecting and a second attempt included. A server in the same network answers in less than
/// a millisecond; a Sentinel or a name that must be looked up first adds some. Below the ten seconds that a refresh holds
/// its lease by a wide margin.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

/// Milliseconds.
pub(crate) const TIMEOUT_LIMITS: RangeInclusive<u64> = 100..=5_000;

/// A [`RedisStore`] before it is made. From [`RedisStore::builder`].
#[must_use = "call `build`"]
pub struct RedisStoreBuilder {
    address: Address,
    key_prefix: String,
    timeout: Duration,
    root_certificates: Option<Vec<u8>>,
}

impl RedisStoreBuilder {
    /// Reads the file of `ca_file`, if the URL has one; does no other I/O.
    pub(crate) fn from_url(url: &str) -> Result<Self, UrlError> {
        let (address, parameters) = url::parse(url)?;
        let root_certificates = parameters.ca_file.map(|path| std::fs::read(path).map_err(|_| UrlError::CaUnreadable));
        Ok(Self {
            address,
            key_prefix: parameters.key_prefix.unwrap_or_else(|| DEFAULT_KEY_PREFIX.to_owned()),
            timeout: parameters.timeout_ms.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            root_certificates: root_certificates.transpose()?,
        })
    }

    /// What every key and channel begins with; default [`DEFAULT_KEY_PREFIX`], or `prefix` of the URL. The same for all
    /// replicas of an application; applications with the same issuer and client id share what they remember if they share
    /// it.
    pub fn key_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.key_prefix = prefix.into();
        self
    }

    /// How long one call may take, all in all; default [`DEFAULT_TIMEOUT`], or `timeout_ms` of the URL. Cut to 100 ms to
    /// 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        let (least, most) =
            (Duration::from_millis(*TIMEOUT_LIMITS.start()), Duration::from_millis(*TIMEOUT_LIMITS.end()));
        self.timeout = timeout.clamp(least, most);
        self
    }

    /// Certificate authorities (PEM) that are trusted *instead of* those of the system; default the file of `ca_file` in
    /// the URL, else those of the system. Only with TLS.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates = Some(pem.into());
        self
    }

    /// Makes the store. It connects at the first call, so that an application starts while Redis is down.
    ///
    /// # Errors
    ///
    /// Certificates that cannot be used, or are given for a URL without TLS.
    pub fn build(self) -> Result<RedisStore, UrlError> {
        let certificates = match self.root_certificates {
            Some(_) if !self.address.tls => return Err(UrlError::CaWithoutTls),
            pem => TlsCertificates { client_tls: None, root_cert: pem },
        };
        let connector = |repeat| Connector::new(self.address.clone(), certificates.clone(), self.timeout, repeat);
        let connection = SharedConnection::new(connector(Repeat::Harmless)?, self.timeout);
        // A cluster's client repeats commands by itself.
        let conditional = match connection.connector.is_cluster() {
            true => SharedConnection::new(connector(Repeat::Never)?, self.timeout),
            false => Arc::clone(&connection),
        };
        Ok(RedisStore::new(connection, conditional, &self.key_prefix))
    }
}

impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("address", &self.address)
            .field("key_prefix", &self.key_prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
