//! Servers and a connection that can be cut, and what several tests ask for.

mod proxy;
mod server;

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream::BoxStream};
use zitadel_core::environment::{Store, StoreError, StoreEvent, StoreKey};
use zitadel_redis::RedisStore;

pub(crate) use self::{
    proxy::Proxy,
    server::{Folder, Port, Server},
};

/// How long values live that no test sees expire.
pub(crate) const LONG: Duration = Duration::from_secs(600);
/// How long the tests wait for what takes a moment.
pub(crate) const MAX_WAIT: Duration = Duration::from_secs(20);

/// The permissions that the README asks for.
pub(crate) const ACL: &str =
    "user app on >hunter2/@ ~zitadel:* &zitadel:* +get +mget +set +del +eval +publish +subscribe +select";
/// The same user in a URL.
pub(crate) const USER: &str = "app:hunter2%2F%40";

pub(crate) fn key(name: &str) -> StoreKey {
    StoreKey::hashed("test", name.as_bytes())
}

pub(crate) fn store(url: &str) -> RedisStore {
    RedisStore::from_url(url).unwrap()
}

/// An error with its causes.
pub(crate) fn text(error: &StoreError) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    format!("{error}: {}", cause.unwrap_or_default())
}

/// Calls until it succeeds; how long that took.
pub(crate) async fn until<T, E>(mut call: impl AsyncFnMut() -> Result<T, E>) -> (T, Duration) {
    let started = Instant::now();
    loop {
        match call().await {
            Ok(value) => return (value, started.elapsed()),
            Err(_) if started.elapsed() < MAX_WAIT => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(_) => panic!("still failing after {MAX_WAIT:?}"),
        }
    }
}

/// The next event of a subscription.
pub(crate) async fn next(events: &mut BoxStream<'static, StoreEvent>) -> StoreEvent {
    let event = tokio::time::timeout(MAX_WAIT, events.next()).await.expect("an event in time");
    event.expect("a subscription does not end")
}

/// Announces a value at one store and receives it at a subscriber.
pub(crate) async fn announced(publisher: &impl Store, events: &mut BoxStream<'static, StoreEvent>, name: &str) {
    let value = name.as_bytes().to_vec();
    until(async || publisher.put_and_announce(&key(name), value.clone(), LONG).await).await;
    let expected = StoreEvent::Announced { key: key(name).as_str().to_owned(), value };
    assert_eq!(next(events).await, expected);
}
