//! `refresh_token` (RFC 6749 §6), rotated on every use.

use super::other_client;
use crate::{answer::OAuthError, endpoint::Exchange, entropy, registry::Client};

/// Finds the session of a refresh token. The old token, and the access token that came with it, die when the new
/// ones are issued. Whether the person is still signed in at the provider does not matter.
pub(super) fn redeem(exchange: &Exchange<'_>, client: &Client) -> Result<String, OAuthError> {
    let request = exchange.request;
    let state = &*exchange.state;
    let Some(token) = request.parameter("refresh_token") else {
        return Err(OAuthError::invalid_request("refresh_token missing"));
    };
    if !entropy::is_base64url(token, entropy::TOKEN_BYTES) {
        return Err(OAuthError::invalid_request("Errors.User.RefreshToken.Invalid"));
    }
    let dead = || OAuthError::invalid_request("Errors.OIDCSession.RefreshTokenInvalid");
    let session = state.grants.by_refresh(token).ok_or_else(dead)?;
    let now = state.clock.unix();
    if session.refresh.as_ref().is_none_or(|token| now >= token.idle_expiry || now >= token.absolute_expiry) {
        return Err(dead());
    }
    other_client(client, &session.client_id)?;
    if state.registry.person(&session.person_id).is_none_or(|person| person.deactivated) {
        return Err(OAuthError::invalid_request("Errors.User.NotActive"));
    }
    // A narrower scope is accepted and changes nothing.
    if request.parameter("scope").is_some_and(|scope| !session.scopes.contains_all(scope)) {
        return Err(OAuthError::new("invalid_scope", ""));
    }
    Ok(session.id.clone())
}
