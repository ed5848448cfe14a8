//! `StoreCheck`: whether the store takes writes. A store that is full, or a replica that only reads, answers questions.
//!
//! 1. It writes an entry of its own, which lives for [`LIFETIME`].
//! 2. At most once per [`INTERVAL`] in this process, however many probes come: between them the latest outcome counts.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Mutex;

use super::store_keys;
use crate::environment::{Clock, Store, StoreError};

const INTERVAL: Duration = Duration::from_secs(3);
const LIFETIME: Duration = Duration::from_secs(10);

type Outcome = Result<(), Arc<StoreError>>;

#[derive(Default)]
pub(super) struct StoreCheck {
    /// With the monotonic time. Held during the check: others wait for its outcome.
    latest: Mutex<Option<(Duration, Outcome)>>,
}

impl StoreCheck {
    pub(super) async fn run(&self, store: &dyn Store, clock: &dyn Clock) -> Outcome {
        let mut latest = self.latest.lock().await;
        if let Some((at, outcome)) = &*latest
            && clock.monotonic().saturating_sub(*at) < INTERVAL
        {
            return outcome.clone();
        }
        let outcome = store.put(&store_keys::readiness(), Vec::new(), LIFETIME).await.map_err(Arc::new);
        *latest = Some((clock.monotonic(), outcome.clone()));
        outcome
    }
}

impl fmt::Debug for StoreCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreCheck").finish_non_exhaustive()
    }
}
