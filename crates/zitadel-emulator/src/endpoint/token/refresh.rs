//! `refresh_token` (RFC 6749 §6), with rotation on every use.

use super::check_client;
use crate::{endpoint::RequestContext, entropy, registry::Client, response::OAuthError};

/// Returns the OIDC session of a refresh token. Issuing the new tokens invalidates the old refresh token and its access
/// token. The refresh token is valid even if the SSO session was terminated.
pub(super) fn redeem(context: &RequestContext<'_>, client: &Client) -> Result<String, OAuthError> {
    let request = context.request;
    let state = &*context.state;
    let Some(token) = request.parameter("refresh_token") else {
        return Err(OAuthError::invalid_request("refresh_token missing"));
    };
    if !entropy::is_base64url(token, entropy::TOKEN_BYTES) {
        return Err(OAuthError::invalid_request("Errors.User.RefreshToken.Invalid"));
    }
    let invalid = || OAuthError::invalid_request("Errors.OIDCSession.RefreshTokenInvalid");
    let session = state.grants.session_by_refresh_token(token).ok_or_else(invalid)?;
    let now = state.clock.unix_time();
    if session.refresh.as_ref().is_none_or(|token| now >= token.idle_expiry || now >= token.absolute_expiry) {
        return Err(invalid());
    }
    check_client(client, &session.client_id)?;
    if state.registry.user(&session.user_id).is_none_or(|user| user.deactivated) {
        return Err(OAuthError::invalid_request("Errors.User.NotActive"));
    }
    // A narrower scope is accepted but has no effect.
    if request.parameter("scope").is_some_and(|scope| !session.scopes.contains_all(scope)) {
        return Err(OAuthError::new("invalid_scope", ""));
    }
    Ok(session.id.clone())
}
