//! What write access to the store gives.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use zitadel_core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey};

use crate::support::App;

type Written = Vec<(StoreKey, Vec<u8>)>;

/// Remembers what was written under which key.
struct Recording {
    inner: Arc<MemoryStore>,
    written: Arc<Mutex<Written>>,
}

impl Store for Recording {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.inner.get(key)
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.written.lock().unwrap().push((key.clone(), value.clone()));
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

#[tokio::test]
async fn swapped_results_of_refreshes_give_nobody_the_session_of_another_user() {
    let app = App::with_short_lived_tokens();
    let written = Arc::new(Mutex::default());
    let store = || Recording { inner: app.store.clone(), written: Arc::clone(&written) };
    let zitadel = app.builder().store(store()).build().unwrap();
    let (mut alice, mut bob) = (app.browser_of(zitadel.clone()), app.browser_of(zitadel));
    alice.login("alice", "/profile").await;
    bob.login("bob", "/profile").await;
    let mut late = bob.clone();
    app.advance(601);
    alice.open("/").await.unwrap();
    let of_alice = written.lock().unwrap().last().cloned().unwrap();
    bob.open("/").await.unwrap();
    let of_bob = written.lock().unwrap().last().cloned().unwrap();
    assert!(of_alice.0.as_str().starts_with("successor/") && of_alice.0 != of_bob.0);

    app.store.put(&of_bob.0, of_alice.1, Duration::from_secs(300)).await.unwrap();
    // This process knows what Alice's result opens to; another one has to open it.
    for zitadel in [late.zitadel.clone(), app.builder().store(store()).build().unwrap()] {
        late.zitadel = zitadel;
        assert_eq!(late.clone().open("/").await.err(), Some(503));
        assert_eq!(late.clone().session().await.status, 503);
    }
    app.store.put(&of_bob.0, of_bob.1, Duration::from_secs(300)).await.unwrap();
    assert_eq!(late.open("/").await.unwrap().name(), Some("Bob Brown"));
}
