//! What several tests ask for.

use std::time::Duration;

use futures_util::{StreamExt as _, stream::BoxStream};
pub(crate) use redis_test_server::{ACL, Folder, MAX_WAIT, Port, Proxy, Replicated, Server, USER, until};
use zitadel_core::environment::{Store, StoreError, StoreEvent, StoreKey};
use zitadel_redis::RedisStore;

/// How long values live that no test sees expire.
pub(crate) const LONG: Duration = Duration::from_secs(600);

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
