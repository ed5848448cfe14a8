use super::*;
use crate::environment::{BoxFuture, MemoryStore, SystemClock};

const LONG: Duration = Duration::from_secs(600);

fn key() -> StoreKey {
    StoreKey::hashed("ended/sub", b"test")
}

fn until(moment: u64) -> End {
    End { scope: Scope::Until, moment: Timestamp::from_unix(moment), lifetime: LONG }
}

async fn stored(store: &dyn Store) -> String {
    String::from_utf8(store.get(&key()).await.unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn of_two_moments_the_later_one_stays_in_either_order() {
    for moments in [[5, 10], [10, 5]] {
        let store = MemoryStore::new(SystemClock);
        for moment in moments {
            until(moment).write(&store, &key()).await.unwrap();
        }
        assert_eq!(stored(&store).await, "10");
    }
}

#[tokio::test]
async fn replica_that_writes_in_between_is_not_overwritten() {
    for (theirs, latest) in [(10, "10"), (6, "7")] {
        for before in [None, Some(1)] {
            let inner = MemoryStore::new(SystemClock);
            if let Some(moment) = before {
                until(moment).write(&inner, &key()).await.unwrap();
            }
            let store = WithAnotherReplica { inner, theirs: until(theirs) };
            until(7).write(&store, &key()).await.unwrap();
            assert_eq!(stored(&store.inner).await, latest);
        }
    }
}

/// A store in which another replica writes its end after each read.
struct WithAnotherReplica {
    inner: MemoryStore,
    theirs: End,
}

impl Store for WithAnotherReplica {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        let key = key.clone();
        Box::pin(async move {
            let value = self.inner.get(&key).await;
            self.theirs.write(&self.inner, &key).await?;
            value
        })
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.put(key, value, ttl)
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.put_if_absent(key, value, ttl)
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.inner.compare_and_swap(key, expected, value, ttl)
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.inner.remove(key)
    }
}
