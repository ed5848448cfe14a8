//! `/oauth/v2/device_authorization` (RFC 8628 §3.1).

use serde_json::json;

use super::{EndpointResult, RequestContext, authorize::missing_scope, device};
use crate::{
    client_auth, entropy,
    grant::device::{Decision, DeviceAuthorization, INTERVAL, LIFETIME},
    response::EndpointResponse,
    scope::Scopes,
};

/// Returns a device code and a user code. Whether the application may use the grant is asked when the code is redeemed.
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResult {
    let RequestContext { issuer, request, state, .. } = context;
    let now = state.clock.unix_time();
    let client = client_auth::authenticate(request, &state.registry, issuer, now)?;
    let scope = request.parameter("scope").ok_or_else(missing_scope)?;
    let device = DeviceAuthorization {
        device_code: entropy::random_base64url::<16>(),
        user_code: entropy::user_code(),
        client_id: client.id.clone(),
        scopes: Scopes::from_request(scope, &state.registry, &client.project_id),
        expires_at: now.saturating_add(LIFETIME),
        decision: Decision::Pending,
    };
    let verification_uri = format!("{issuer}{}", device::PATH);
    let response = EndpointResponse::json(
        200,
        &json!({
            "device_code": device.device_code,
            "user_code": device.user_code,
            "verification_uri": verification_uri,
            "verification_uri_complete": format!("{verification_uri}?user_code={}", device.user_code),
            "expires_in": LIFETIME,
            "interval": INTERVAL,
        }),
    );
    state.grants.devices.add(device);
    Ok(response)
}
