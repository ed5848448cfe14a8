//! `/oauth/v2/token` (RFC 6749 §3.2): dispatch by grant type.

mod code;
mod device;
mod exchange;
mod refresh;
mod service_account;

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
    let session_id = match request.parameter("grant_type") {
        Some("authorization_code") => {
            let client = authenticate(&context, GrantType::AuthorizationCode)?;
            code::redeem(&mut context, &client)?
        }
        Some("refresh_token") => {
            let client = authenticate(&context, GrantType::RefreshToken)?;
            refresh::redeem(&context, &client)?
        }
        Some("urn:ietf:params:oauth:grant-type:device_code") => {
            let client = authenticate(&context, GrantType::DeviceCode)?;
            device::redeem(&mut context, &client)?
        }
        Some("urn:ietf:params:oauth:grant-type:token-exchange") => {
            let client = authenticate(&context, GrantType::TokenExchange)?;
            return exchange::handle(&mut context, &client);
        }
        Some("client_credentials") => service_account::client_credentials(&mut context)?,
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => service_account::jwt_bearer(&mut context)?,
        Some(other) => return Err(OAuthError::new("unsupported_grant_type", format!("{other} not supported"))),
        None => return Err(OAuthError::invalid_request("grant_type missing")),
    };
    let RequestContext { issuer, state, fault, .. } = context;
    match tokens::issue(state, issuer, &session_id, None, fault) {
        Some(tokens) => Ok(EndpointResponse::json(200, &tokens.to_response(fault))),
        None => Err(OAuthError::new("server_error", "Errors.Internal").with_status(500)),
    }
}

/// Authenticates an application that may use this grant type.
fn authenticate(context: &RequestContext<'_>, grant_type: GrantType) -> Result<Client, OAuthError> {
    let RequestContext { issuer, request, state, .. } = context;
    let client = client_auth::authenticate(request, &state.registry, issuer, state.clock.unix_time())?;
    if client.grant_types.contains(&grant_type) {
        return Ok(client.clone());
    }
    let text = format!("grant_type \"{}\" not allowed", grant_type.name());
    Err(OAuthError::new("unauthorized_client", text))
}

/// Rejects a code or refresh token that was issued to another client. ZITADEL does so since 4.15.2
/// (GHSA-xqxv-4jc2-x56x). Its error description is not published; the error code is from RFC 6749 §5.2.
fn check_client(client: &Client, owner: &str) -> Result<(), OAuthError> {
    if client.id == owner { Ok(()) } else { Err(OAuthError::new("invalid_grant", "")) }
}
