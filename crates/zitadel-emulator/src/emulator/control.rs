//! Moving the clock, turning keys, scripting faults, reading the log.

use std::time::{Duration, SystemTime};

use super::Emulator;
use crate::{
    clock::Clock,
    fault::{EndpointName, Fault},
    grant::Grants,
    journal::LoggedRequest,
    key_ring::KeyRing,
    signing::{SigningAlgorithm, SigningKey},
};

/// The clock.
impl Emulator {
    /// What time it is here. Starts at the real time and ticks, until [`Emulator::set_time`] stops it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.provider.state().clock.now()
    }

    /// [`Emulator::now`] in seconds since 1970, the unit of token claims.
    #[must_use]
    pub fn unix_now(&self) -> u64 {
        self.provider.state().clock.unix()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.provider.state().clock.advance(by);
    }

    /// Sets the clock and stops it; only [`Emulator::advance`] moves it from then on.
    pub fn set_time(&self, time: SystemTime) {
        self.provider.state().clock = Clock::stopped_at(time);
    }
}

/// Keys and restarts.
impl Emulator {
    /// Signs with a new key from now on. The old key stays in the key set until it is deleted, the spare stays spare.
    pub fn rotate_keys(&self, algorithm: SigningAlgorithm) {
        let mut state = self.provider.state();
        let now = state.clock.unix();
        let id = state.ids.next(now);
        state.keys.rotate(SigningKey::new(id, algorithm));
    }

    /// Deletes the keys that no longer sign. Tokens signed with them cannot be verified any more.
    pub fn delete_old_keys(&self) {
        self.provider.state().keys.delete_old();
    }

    /// As if the process had been restarted: new keys, no sessions, no tokens; people and applications stay.
    /// The log of requests, the clock and scripted faults stay too.
    pub fn restart(&self) {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let algorithm = state.keys.active().algorithm;
        state.keys = KeyRing::fresh(algorithm, &mut state.ids, state.clock.unix());
        state.grants = Grants::default();
    }

    /// Makes the keys in the background: RSA takes a moment, and nobody should wait for it at the first request.
    #[cfg(feature = "server")]
    pub(crate) fn prepare_keys(&self) {
        for key in self.provider.state().keys.current() {
            std::thread::spawn(move || key.prepare());
        }
    }
}

/// Faults and the log of requests.
impl Emulator {
    /// The endpoint misbehaves until [`Emulator::clear_faults`]; a later call replaces an earlier one.
    pub fn fault(&self, endpoint: EndpointName, fault: Fault) {
        self.provider.state().faults.last(endpoint, fault);
    }

    /// The endpoint misbehaves for the next `times` requests. Several calls queue up.
    pub fn fault_times(&self, endpoint: EndpointName, fault: Fault, times: u32) {
        self.provider.state().faults.count(endpoint, fault, times);
    }

    /// Everything works again.
    pub fn clear_faults(&self) {
        self.provider.state().faults.clear();
    }

    /// Every request received, in order (the latest ten thousand).
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.provider.state().journal.all()
    }

    /// How many requests an endpoint received.
    #[must_use]
    pub fn count(&self, endpoint: EndpointName) -> usize {
        self.provider.state().journal.count(endpoint)
    }

    /// Empties the log of requests.
    pub fn clear_requests(&self) {
        self.provider.state().journal.clear();
    }
}
