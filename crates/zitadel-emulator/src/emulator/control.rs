//! Methods that control the clock, signing keys, faults and the request log.

use std::time::{Duration, SystemTime};

use super::Emulator;
use crate::{
    clock::Clock,
    fault::{EndpointName, Fault},
    grant::Grants,
    key_ring::KeyRing,
    request_log::LoggedRequest,
    signing::{SigningAlgorithm, SigningKey},
};

/// Clock.
impl Emulator {
    /// The emulator's current time. It starts at the system time and ticks until [`Emulator::set_time`] stops it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.provider.state().clock.now()
    }

    /// [`Emulator::now`] in seconds since the Unix epoch, as used in token claims.
    #[must_use]
    pub fn unix_now(&self) -> u64 {
        self.provider.state().clock.unix_time()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.provider.state().clock.advance(by);
    }

    /// Sets the clock to a fixed time. From then on only [`Emulator::advance`] moves it.
    pub fn set_time(&self, time: SystemTime) {
        self.provider.state().clock = Clock::stopped_at(time);
    }
}

/// Signing keys and restarts.
impl Emulator {
    /// Generates a new signing key and activates it. The previous key stays published until
    /// [`Emulator::delete_old_keys`].
    pub fn rotate_keys(&self, algorithm: SigningAlgorithm) {
        let mut state = self.provider.state();
        let now = state.clock.unix_time();
        let id = state.ids.next(now);
        state.keys.rotate(SigningKey::new(id, algorithm));
    }

    /// Deletes the inactive keys. Tokens signed with them can no longer be verified.
    pub fn delete_old_keys(&self) {
        self.provider.state().keys.delete_inactive();
    }

    /// Simulates a restart of the process: new keys, no sessions, no tokens, no logout
    /// tokens that wait. Users, applications, the request log, the
    /// clock and faults stay.
    pub fn restart(&self) {
        let mut guard = self.provider.state();
        let state = &mut *guard;
        let algorithm = state.keys.active().algorithm;
        state.keys = KeyRing::new(algorithm, &mut state.ids, state.clock.unix_time());
        state.grants = Grants::default();
        drop(state.backchannel_logout.take_all());
    }

    /// Generates the keys in background threads, so that the first request does not wait for RSA key generation.
    #[cfg(feature = "server")]
    pub(crate) fn prepare_keys(&self) {
        for key in self.provider.state().keys.active_and_initial() {
            std::thread::spawn(move || key.prepare());
        }
    }
}

/// Faults and the request log.
impl Emulator {
    /// Applies a fault to every request of an endpoint until [`Emulator::clear_faults`]. A later call replaces an
    /// earlier one.
    pub fn fault(&self, endpoint: EndpointName, fault: Fault) {
        self.provider.state().faults.set_permanent(endpoint, fault);
    }

    /// Applies a fault to the next `times` requests of an endpoint. Several calls are queued.
    pub fn fault_times(&self, endpoint: EndpointName, fault: Fault, times: u32) {
        self.provider.state().faults.queue(endpoint, fault, times);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.provider.state().faults.clear();
    }

    /// All received requests in order; only the latest 10,000 are kept.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.provider.state().request_log.all()
    }

    /// The number of logged requests of an endpoint.
    #[must_use]
    pub fn count(&self, endpoint: EndpointName) -> usize {
        self.provider.state().request_log.count(endpoint)
    }

    /// Clears the request log.
    pub fn clear_requests(&self) {
        self.provider.state().request_log.clear();
    }
}
