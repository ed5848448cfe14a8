//! `/oauth/v2/token` (RFC 6749 §3.2): dispatch by grant type.

mod code;
mod refresh;

use super::{EndpointResult, RequestContext};
use crate::{
    client_auth,
    registry::{Client, GrantType},
    response::{EndpointResponse, OAuthError},
    tokens,
};

/// Checks in ZITADEL's order: grant type, client authentication, permitted grant types, then the grant itself.
pub(crate) fn handle(mut context: RequestContext<'_>) -> EndpointResult {
    let request = context.request;
    if request.malformed {
        return Err(OAuthError::invalid_request("error decoding form"));
    }
    let grant_type = match request.parameter("grant_type") {
        Some("authorization_code") => GrantType::AuthorizationCode,
        Some("refresh_token") => GrantType::RefreshToken,
        Some(other) => return Err(OAuthError::new("unsupported_grant_type", format!("{other} not supported"))),
        None => return Err(OAuthError::invalid_request("grant_type missing")),
    };
    let now = context.state.clock.unix_time();
    let client = client_auth::authenticate(request, &context.state.registry, context.issuer, now)?.clone();
    if !client.grant_types.contains(&grant_type) {
        let text = format!("grant_type \"{}\" not allowed", grant_type.name());
        return Err(OAuthError::new("unauthorized_client", text));
    }
    let session_id = match grant_type {
        GrantType::AuthorizationCode => code::redeem(&mut context, &client)?,
        GrantType::RefreshToken => refresh::redeem(&context, &client)?,
    };
    let RequestContext { issuer, state, fault, .. } = context;
    match tokens::issue(state, issuer, &session_id, fault) {
        Some(tokens) => Ok(EndpointResponse::json(200, &tokens)),
        None => Err(OAuthError::new("server_error", "Errors.Internal").with_status(500)),
    }
}

/// Rejects a code or refresh token that was issued to another client. ZITADEL does so since 4.15.2
/// (GHSA-xqxv-4jc2-x56x). Its error description is not published; the error code is from RFC 6749 §5.2.
fn check_client(client: &Client, owner: &str) -> Result<(), OAuthError> {
    if client.id == owner { Ok(()) } else { Err(OAuthError::new("invalid_grant", "")) }
}
