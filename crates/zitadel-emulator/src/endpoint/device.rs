//! `/device`: where a user enters the code of a device and decides (RFC 8628 §3.3).

use http::Method;

use super::{RequestContext, login};
use crate::{grant::device::Decision, login_version::LoginVersion, page, provider::State, response::EndpointResponse};

/// The verification URI without the issuer.
pub(crate) const PATH: &str = "/device";

/// Asks for the code, shows the users, or handles the decision.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResponse {
    let RequestContext { request, state, .. } = context;
    let now = state.clock.unix_time();
    let code = request.parameter("user_code").unwrap_or_default();
    let Some(device) = state.grants.devices.pending(code, now).cloned() else {
        return page::render_device_code(code);
    };
    if request.method != Method::POST {
        return page::render_device(&state.registry, &device);
    }
    if request.form_parameter("cancel").is_some() {
        state.deny_device(code);
        return page::render_message(200, "Device denied", "You can close this page.");
    }
    let person = request.form_parameter("person").and_then(|name| state.registry.find_person(name));
    match person.filter(|person| !person.deactivated).map(|person| person.id.clone()) {
        Some(person_id) if state.approve_device(code, &person_id) => {
            page::render_message(200, "Device approved", "Continue at the device. You can close this page.")
        }
        _ => page::render_message(400, "No user selected", "Go back and select one of the listed users."),
    }
}

impl State {
    /// Logs a user in for a device. Returns whether a device waits with this user code.
    pub(crate) fn approve_device(&mut self, user_code: &str, person_id: &str) -> bool {
        let now = self.clock.unix_time();
        if self.grants.devices.pending(user_code, now).is_none() {
            return false;
        }
        let session_id = login::create_session(self, None, person_id, LoginVersion::V2);
        let device = self.grants.devices.pending(user_code, now);
        device.map(|device| device.decision = Decision::Approved { session_id }).is_some()
    }

    /// Refuses a device. Returns whether one waits with this user code.
    pub(crate) fn deny_device(&mut self, user_code: &str) -> bool {
        let now = self.clock.unix_time();
        let device = self.grants.devices.pending(user_code, now);
        device.map(|device| device.decision = Decision::Denied).is_some()
    }
}
