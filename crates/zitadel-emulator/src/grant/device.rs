//! Device authorizations (RFC 8628).

use crate::scope::Scopes;

/// Seconds until a device code expires.
pub(crate) const LIFETIME: u64 = 300;
/// Seconds between two polls, as announced; polls in between are not refused.
pub(crate) const INTERVAL: u64 = 5;

/// A device authorization, from the request of the device until its code is redeemed.
#[derive(Clone)]
pub(crate) struct DeviceAuthorization {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
    pub(crate) client_id: String,
    pub(crate) scopes: Scopes,
    pub(crate) expires_at: u64,
    pub(crate) decision: Decision,
}

/// What the user decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Pending,
    Denied,
    /// The user of this session approved.
    Approved {
        session_id: String,
    },
    /// The code was redeemed.
    Redeemed,
}

/// All device authorizations.
#[derive(Default)]
pub(crate) struct Devices(Vec<DeviceAuthorization>);

impl Devices {
    pub(crate) fn add(&mut self, device: DeviceAuthorization) {
        self.0.push(device);
    }

    pub(crate) fn by_device_code(&mut self, code: &str) -> Option<&mut DeviceAuthorization> {
        self.0.iter_mut().find(|device| device.device_code == code)
    }

    /// The authorization that waits for a user with this code. Case and dash do not matter (RFC 8628 §6.1).
    pub(crate) fn pending(&mut self, user_code: &str, now: u64) -> Option<&mut DeviceAuthorization> {
        let letters = |code: &str| code.replace('-', "").to_ascii_uppercase();
        self.0.iter_mut().find(|device| {
            letters(&device.user_code) == letters(user_code)
                && now < device.expires_at
                && device.decision == Decision::Pending
        })
    }
}
