//! `/oauth/v2/token` (RFC 6749 §3.2): dispatch by grant type.

mod code;
mod refresh;

use super::{Exchange, Outcome};
use crate::{
    answer::{Answer, OAuthError},
    client_auth, mint,
    registry::{Client, GrantType},
};

/// Checks in ZITADEL's order: grant type, client, whether the client may use it, then the grant itself.
pub(crate) fn answer(mut exchange: Exchange<'_>) -> Outcome {
    let request = exchange.request;
    if request.undecodable {
        return Err(OAuthError::invalid_request("error decoding form"));
    }
    let grant_type = match request.parameter("grant_type") {
        Some("authorization_code") => GrantType::AuthorizationCode,
        Some("refresh_token") => GrantType::RefreshToken,
        Some(other) => return Err(OAuthError::new("unsupported_grant_type", format!("{other} not supported"))),
        None => return Err(OAuthError::invalid_request("grant_type missing")),
    };
    let client = client_auth::authenticate(request, &exchange.state.registry)?.clone();
    if !client.grant_types.contains(&grant_type) {
        let text = format!("grant_type \"{}\" not allowed", grant_type.name());
        return Err(OAuthError::new("unauthorized_client", text));
    }
    let session_id = match grant_type {
        GrantType::AuthorizationCode => code::redeem(&mut exchange, &client)?,
        GrantType::RefreshToken => refresh::redeem(&exchange, &client)?,
    };
    let Exchange { issuer, state, fault, .. } = exchange;
    match mint::tokens(state, issuer, &session_id, fault) {
        Some(tokens) => Ok(Answer::json(200, &tokens)),
        None => Err(OAuthError::new("server_error", "Errors.Internal").with_status(500)),
    }
}

/// A code or refresh token that was issued to another application. ZITADEL refuses it since 4.15.2
/// (GHSA-xqxv-4jc2-x56x) in words that are not published; RFC 6749 §5.2 asks for this code.
fn other_client(client: &Client, owner: &str) -> Result<(), OAuthError> {
    if client.id == owner { Ok(()) } else { Err(OAuthError::new("invalid_grant", "")) }
}
