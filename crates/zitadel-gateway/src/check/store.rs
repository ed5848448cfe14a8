//! Whether the store works: a value is put, read and removed.

use std::time::Duration;

use tokio::time::timeout;
use zitadel_axum::core::environment::{Entropy as _, Store, StoreError, StoreKey, SystemEntropy};

use super::{Context, code::Code, report::Report};

/// For all four requests together. The stores have limits of their own, of a few seconds.
const LIMIT: Duration = Duration::from_secs(10);
/// For how long the value stays if it could not be removed.
const LIFETIME: Duration = Duration::from_secs(60);

pub(super) async fn check(context: &Context, report: &mut Report) {
    let store = match zitadel_process::store(&context.settings.config) {
        Ok(Some(store)) => store,
        Ok(None) if context.variable("SESSION_MODE").is_some_and(|mode| mode.trim() == "stored") => {
            return report.add(Code::SessionsInProcess, "SESSION_MODE is stored, and SESSION_STORE names no store.");
        }
        Ok(None) => {
            return report.add(Code::StoreInProcess, "Ended sessions, and codes of logins, are known to one process.");
        }
        Err(problem) if problem.is_in_use() => return report.add(Code::StoreInUse, problem.to_string()),
        Err(problem) => return report.add(Code::StoreFailed, problem.to_string()),
    };
    match timeout(LIMIT, round_trip(&*store)).await {
        Ok(Ok(true)) => report.add(Code::StoreOk, "A value was put, read and removed."),
        Ok(Ok(false)) => report.add(Code::StoreFailed, "SESSION_STORE: a value that was put is not what is read."),
        // What a store says may name its address; the program that serves logs it.
        Ok(Err(_)) => {
            report.add(Code::StoreFailed, "SESSION_STORE: the store cannot be reached, or refuses a request.")
        }
        Err(_) => report.add(Code::StoreFailed, "SESSION_STORE: the store does not answer in ten seconds."),
    }
}

async fn round_trip(store: &dyn Store) -> Result<bool, StoreError> {
    let mut random = [0; 32];
    SystemEntropy.fill(&mut random);
    let key = StoreKey::hashed("check", &random);
    store.put(&key, random.to_vec(), LIFETIME).await?;
    let is_kept = store.get(&key).await?.is_some_and(|value| value == random);
    store.remove(&key).await?;
    Ok(is_kept && store.get(&key).await?.is_none())
}

#[cfg(test)]
mod tests {
    use zitadel_axum::core::environment::{BoxFuture, MemoryStore, SystemClock};

    use super::*;

    /// A store that forgets what is put, or keeps what is removed.
    struct Faulty {
        inner: MemoryStore,
        forgets: bool,
        keeps: bool,
    }

    impl Store for Faulty {
        fn get(&self, key: &StoreKey) -> BoxFuture<'_, Result<Option<Vec<u8>>, StoreError>> {
            self.inner.get(key)
        }

        fn put(&self, key: &StoreKey, value: Vec<u8>, ttl: Duration) -> BoxFuture<'_, Result<(), StoreError>> {
            if self.forgets { Box::pin(async { Ok(()) }) } else { self.inner.put(key, value, ttl) }
        }

        fn put_if_absent(
            &self,
            key: &StoreKey,
            value: Vec<u8>,
            ttl: Duration,
        ) -> BoxFuture<'_, Result<bool, StoreError>> {
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
            if self.keeps { Box::pin(async { Ok(()) }) } else { self.inner.remove(key) }
        }
    }

    #[tokio::test]
    async fn a_store_must_keep_what_is_put_and_forget_what_is_removed() {
        for (forgets, keeps, expected) in [(false, false, true), (true, false, false), (false, true, false)] {
            let store = Faulty { inner: MemoryStore::new(SystemClock), forgets, keeps };
            assert_eq!(round_trip(&store).await.ok(), Some(expected), "forgets {forgets}, keeps {keeps}");
        }
    }
}
