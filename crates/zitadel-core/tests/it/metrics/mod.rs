//! What is counted and measured: each case moves its counter by one, with words of closed lists.

mod exposition;
mod logins;
mod outgoing;
mod refreshes;
mod sessions;

use std::{sync::Arc, time::Duration};

use zitadel_core::environment::{BoxFuture, MemoryStore, Store, StoreError, StoreKey};
use zitadel_emulator::Fault;

use crate::support::App;

const LOGINS: &str = "zitadel_logins_total";
const REFRESHES: &str = "zitadel_refreshes_total";
const LOGOUTS: &str = "zitadel_logouts_total";
const REJECTED: &str = "zitadel_rejected_sessions_total";
const REQUESTS: &str = "zitadel_provider_requests_total";
const DOCUMENTS: &str = "zitadel_provider_documents_total";
const STORE_CALLS: &str = "zitadel_store_calls_total";

fn json_fault(status: u16, body: &str) -> Fault {
    Fault::StatusBody { status, content_type: "application/json".to_owned(), body: body.as_bytes().to_vec() }
}

/// A store of which some calls fail; or `lease`: another replica holds it.
struct Failing {
    inner: Arc<MemoryStore>,
    fails: fn(&str) -> bool,
}

impl Failing {
    fn or_fail<T>(&self, call: &str) -> Result<(), BoxFuture<'static, Result<T, StoreError>>> {
        if (self.fails)(call) { Err(Box::pin(async { Err(StoreError::new("unplugged")) })) } else { Ok(()) }
    }
}

impl Store for Failing {
    fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
        self.or_fail("get").err().unwrap_or_else(|| self.inner.get(key))
    }
    fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
        self.or_fail("put").err().unwrap_or_else(|| self.inner.put(key, value, ttl))
    }
    fn put_if_absent(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<bool, StoreError>> {
        if (self.fails)("lease") {
            return Box::pin(async { Ok(false) });
        }
        self.or_fail("put_if_absent").err().unwrap_or_else(|| self.inner.put_if_absent(key, value, ttl))
    }
    fn compare_and_swap(
        &self,
        key: &StoreKey,
        expected: &[u8],
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'_, Result<bool, StoreError>> {
        self.or_fail("compare_and_swap").err().unwrap_or_else(|| self.inner.compare_and_swap(key, expected, value, ttl))
    }
    fn remove(&self, key: &StoreKey) -> BoxFuture<'_, Result<(), StoreError>> {
        self.or_fail("remove").err().unwrap_or_else(|| self.inner.remove(key))
    }
}

fn failing(app: &App, fails: fn(&str) -> bool) -> zitadel_core::Zitadel {
    app.builder().store(Failing { inner: app.store.clone(), fails }).build().unwrap()
}
