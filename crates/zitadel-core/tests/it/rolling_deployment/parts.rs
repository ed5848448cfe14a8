//! The environment of the conversation: nothing in it is left to chance.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use zitadel_core::{
    Config, Timestamp, Zitadel,
    environment::{BoxFuture, Clock, Entropy, Store, StoreError, StoreKey, Transport, TransportError},
};

use super::conversation::{Conversation, Exchange};

pub(super) fn zitadel<T: Transport>(
    settings: &BTreeMap<String, String>,
    provider: Arc<T>,
    clock: Arc<StillClock>,
    entropy: FixedEntropy,
    store: Arc<Entries>,
) -> Zitadel {
    let builder = Zitadel::builder(Config::from_vars(settings.clone()).unwrap());
    builder.transport(provider).clock(clock).entropy(entropy).store(store).build().unwrap()
}

/// A clock that stands still until it is moved.
pub(super) struct StillClock(AtomicU64);

impl StillClock {
    pub(super) fn at(seconds: u64) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(seconds)))
    }

    /// The new time.
    pub(super) fn advance(&self, seconds: u64) -> u64 {
        self.0.fetch_add(seconds, Ordering::Relaxed) + seconds
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::Relaxed))
    }
}

/// The same bytes for the same length, in whatever order they are asked for.
pub(super) struct FixedEntropy(());

impl FixedEntropy {
    pub(super) const fn new() -> Self {
        Self(())
    }
}

impl Entropy for FixedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let length = u8::try_from(bytes.len()).unwrap();
        for (byte, number) in bytes.iter_mut().zip(0_u8..) {
            *byte = number.wrapping_mul(37) ^ length;
        }
    }
}

/// A write to the store.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Write {
    pub(super) operation: String,
    pub(super) key: String,
    /// Not always text.
    #[serde(with = "hex")]
    pub(super) value: Vec<u8>,
    pub(super) seconds: u64,
}

/// Every byte as two digits.
mod hex {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let pairs = (0..text.len()).step_by(2).map(|at| text.get(at..at + 2).unwrap_or_default());
        pairs.map(|pair| u8::from_str_radix(pair, 16).map_err(D::Error::custom)).collect()
    }
}

/// A store whose entries are known by their text, and never expire.
#[derive(Default)]
pub(super) struct Entries {
    values: Mutex<HashMap<String, Vec<u8>>>,
    writes: Mutex<Vec<Write>>,
}

impl Entries {
    pub(super) fn new(values: impl IntoIterator<Item = (String, Vec<u8>)>) -> Arc<Self> {
        Arc::new(Self { values: Mutex::new(values.into_iter().collect()), writes: Mutex::default() })
    }

    pub(super) fn writes(&self) -> Vec<Write> {
        self.writes.lock().unwrap().clone()
    }

    /// Whether `may` allowed it, for the value that was there.
    fn write(
        &self,
        operation: &str,
        (key, value, ttl): (&StoreKey, Vec<u8>, Duration),
        may: impl FnOnce(Option<&Vec<u8>>) -> bool,
    ) -> bool {
        let mut values = self.values.lock().unwrap();
        let is_written = may(values.get(key.as_str()));
        if is_written {
            values.insert(key.as_str().to_owned(), value.clone());
            let (operation, key) = (operation.to_owned(), key.as_str().to_owned());
            self.writes.lock().unwrap().push(Write { operation, key, value, seconds: ttl.as_secs() });
        }
        is_written
    }
}

impl Store for Entries {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let value = self.values.lock().unwrap().get(key.as_str()).cloned();
        Box::pin(async { Ok(value) })
    }

    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write("put", (key, value, ttl), |_| true);
        Box::pin(async { Ok(()) })
    }

    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        let is_written = self.write("put_if_absent", (key, value, ttl), |known| known.is_none());
        Box::pin(async move { Ok(is_written) })
    }

    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        let is_expected = |known: Option<&Vec<u8>>| known.is_some_and(|known| known == expected);
        let is_written = self.write("compare_and_swap", (key, value, ttl), is_expected);
        Box::pin(async move { Ok(is_written) })
    }

    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.values.lock().unwrap().remove(key.as_str());
        Box::pin(async { Ok(()) })
    }

    fn put_and_announce(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.write("put_and_announce", (key, value, ttl), |_| true);
        Box::pin(async { Ok(()) })
    }
}

/// The provider's recorded answers, each once; no answer to anything else.
#[derive(Default)]
pub(super) struct Replay {
    exchanges: Mutex<Vec<Exchange>>,
    token_requests: AtomicUsize,
}

impl Replay {
    pub(super) fn of(recorded: &Conversation) -> Self {
        Self { exchanges: Mutex::new(recorded.exchanges.clone()), token_requests: AtomicUsize::new(0) }
    }

    /// Metadata and keys only.
    pub(super) fn answer_metadata(&self, recorded: &Conversation) {
        let documents = recorded.exchanges.iter().filter(|exchange| exchange.request.starts_with("GET "));
        let documents = documents.filter(|exchange| !exchange.request.contains("userinfo"));
        self.exchanges.lock().unwrap().extend(documents.cloned());
    }

    /// How many there were.
    pub(super) fn token_requests(&self) -> usize {
        self.token_requests.load(Ordering::Relaxed)
    }
}

impl Transport for Replay {
    fn send(&self, request: http::Request<Vec<u8>>) -> BoxFuture<'_, Result<http::Response<Vec<u8>>, TransportError>> {
        let line = format!("{} {}", request.method(), request.uri());
        self.token_requests.fetch_add(usize::from(line.ends_with("/token")), Ordering::Relaxed);
        let mut exchanges = self.exchanges.lock().unwrap();
        let found = exchanges.iter().position(|exchange| exchange.request == line).map(|at| exchanges.remove(at));
        Box::pin(async move {
            let exchange = found.ok_or(TransportError::Connect)?;
            let response =
                http::Response::builder().status(exchange.status).header("content-type", exchange.content_type);
            Ok(response.body(exchange.body.into_bytes()).unwrap())
        })
    }
}
