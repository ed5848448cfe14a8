//! `EndpointState`: whether an endpoint of the provider failed a moment ago.

use std::{
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use super::back_off::BackOff;
use crate::{answer::ErrorCode, time::Timestamp};

/// The pause after failures of one endpoint, and why there is one.
pub(crate) struct EndpointState {
    back_off: BackOff,
    /// Whether the last failure was about this client.
    refuses_client: AtomicBool,
}

impl EndpointState {
    /// `pauses`: seconds after the first, second, … failure in a row.
    pub(crate) const fn new(pauses: &'static [u64]) -> Self {
        Self { back_off: BackOff::new(pauses), refuses_client: AtomicBool::new(false) }
    }

    /// Why it should not be asked yet, if it failed a moment ago.
    pub(crate) fn pause(&self, now: Timestamp) -> Option<ErrorCode> {
        self.back_off.is_active(now).then(|| match self.refuses_client.load(Relaxed) {
            true => ErrorCode::Misconfigured,
            false => ErrorCode::ProviderUnavailable,
        })
    }

    /// Notes why it gave no answer, and the pause it asked for.
    pub(crate) fn failed(&self, now: Timestamp, retry_after: Option<Duration>, reason: ErrorCode) {
        self.refuses_client.store(reason == ErrorCode::Misconfigured, Relaxed);
        self.back_off.record_failure_for(now, retry_after.unwrap_or_default());
    }

    /// Notes that it answered: the next pause is a short one again.
    pub(crate) fn succeeded(&self) {
        self.back_off.record_success();
    }
}
