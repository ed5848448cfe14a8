//! `End`: what ended, and how the store learns of it.

use std::time::Duration;

use super::store_keys::EndKeys;
use crate::{
    environment::{Store, StoreError, StoreKey},
    time::Timestamp,
};

/// How often another replica may write the same key meanwhile. Each of them writes once.
const MAX_CONFLICTS: usize = 32;

/// What ended, as the store keeps it.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct End {
    pub(super) scope: Scope,
    pub(super) moment: Timestamp,
    pub(super) lifetime: Duration,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scope {
    /// One session, here or at the provider: it ended, whenever that was.
    One,
    /// All sessions of a user that began until the moment: of two moments the later one counts.
    Until,
}

impl End {
    /// Of two ends for one key the one that ends more.
    pub(super) fn or_later(self, other: Self) -> Self {
        if other.moment > self.moment { other } else { self }
    }

    /// Writes it, and tells every replica.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: it may be written and not told.
    pub(super) async fn write(self, store: &dyn Store, key: &StoreKey) -> Result<(), StoreError> {
        let value = self.moment.to_string().into_bytes();
        if self.scope == Scope::One {
            return store.put_and_announce(key, value, self.lifetime).await;
        }
        self.write_if_later(store, key, &value).await?;
        // Also if a later one is there: an attempt before may have written this one and told nobody.
        store.announce(key, value).await
    }

    /// Not by `put`: a replica that writes late would revive sessions that a later end of another one covers.
    async fn write_if_later(self, store: &dyn Store, key: &StoreKey, value: &[u8]) -> Result<(), StoreError> {
        for _ in 0..MAX_CONFLICTS {
            let is_written = match store.get(key).await? {
                None => store.put_if_absent(key, value.to_vec(), self.lifetime).await?,
                Some(there) if EndKeys::moment(&there) >= self.moment => true,
                Some(there) => store.compare_and_swap(key, &there, value.to_vec(), self.lifetime).await?,
            };
            if is_written {
                return Ok(());
            }
        }
        Err(StoreError::new("other replicas end the sessions of one user again and again"))
    }
}

#[cfg(test)]
mod tests;
