//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4).

use super::code::{check_user, start_session};
use crate::{endpoint::RequestContext, grant::device::Decision, registry::Client, response::OAuthError};

/// Redeems a device code after the user approved. A poll before that is not counted: ZITADEL never answers `slow_down`
/// to one that comes early.
pub(super) fn redeem(context: &mut RequestContext<'_>, client: &Client) -> Result<String, OAuthError> {
    let RequestContext { request, state, .. } = context;
    let Some(code) = request.parameter("device_code") else {
        return Err(OAuthError::invalid_request("device_code missing"));
    };
    let now = state.clock.unix_time();
    let unknown = || OAuthError::new("invalid_grant", "");
    let device = state.grants.devices.by_device_code(code).filter(|device| device.client_id == client.id);
    let device = device.ok_or_else(unknown)?.clone();
    let session_id = match device.decision {
        Decision::Approved { session_id } => session_id,
        Decision::Redeemed => return Err(unknown()),
        Decision::Denied => return Err(OAuthError::new("access_denied", "The authorization request was denied.")),
        Decision::Pending if now >= device.expires_at => {
            return Err(OAuthError::new("expired_token", "The \"device_code\" has expired."));
        }
        Decision::Pending => {
            let text = "The client SHOULD repeat the access token request to the token endpoint, after interval from \
                        device authorization response.";
            return Err(OAuthError::new("authorization_pending", text));
        }
    };
    let session = state.grants.sso_sessions.get(&session_id).cloned().ok_or_else(unknown)?;
    check_user(state, &session.person_id)?;
    if let Some(known) = state.grants.devices.by_device_code(code) {
        known.decision = Decision::Redeemed;
    }
    Ok(start_session(state, client, session, device.scopes, String::new()))
}
