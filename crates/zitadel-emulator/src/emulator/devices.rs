//! Methods that decide on device authorizations.

use super::Emulator;

/// Device authorizations (RFC 8628), decided without a browser. A person does it at `verification_uri`.
impl Emulator {
    /// Approves the device with this user code, as a user who logs in.
    ///
    /// # Panics
    ///
    /// If no user matches, or no device waits with this code.
    pub fn approve_device(&self, user_code: &str, person: &str) {
        let person_id = self.person_id(person);
        let is_waiting = self.provider.state().approve_device(user_code, &person_id);
        assert!(is_waiting, "no device waits with the user code `{user_code}`");
    }

    /// Refuses the device with this user code.
    ///
    /// # Panics
    ///
    /// If no device waits with this code.
    pub fn deny_device(&self, user_code: &str) {
        let is_waiting = self.provider.state().deny_device(user_code);
        assert!(is_waiting, "no device waits with the user code `{user_code}`");
    }
}
