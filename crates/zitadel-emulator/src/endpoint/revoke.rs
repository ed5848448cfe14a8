//! `/oauth/v2/revoke` (RFC 7009).

use super::{EndpointResult, RequestContext};
use crate::{
    access_token, client_auth,
    response::{EndpointResponse, OAuthError},
};

/// Revokes a token. An unknown token is not an error (RFC 7009 §2.2).
pub(crate) fn handle(context: RequestContext<'_>) -> EndpointResult {
    let RequestContext { issuer, request, state, .. } = context;
    let client_id = client_auth::authenticate(request, &state.registry, issuer, state.clock.unix_time())?.id.clone();
    let Some(token) = request.parameter("token") else {
        return Err(OAuthError::invalid_request("token missing"));
    };
    let is_refresh = request.parameter("token_type_hint") != Some("access_token");
    let by_refresh =
        state.grants.session_by_refresh_token(token).filter(|_| is_refresh).map(|session| session.id.clone());
    let by_access = access_token::find_ids(state, token);
    let (session_id, token_id) = match (by_refresh, by_access) {
        (Some(session_id), _) => (session_id, None),
        (None, Some((session_id, token_id))) => (session_id, Some(token_id)),
        (None, None) => return Ok(ok_response()),
    };
    let Some(session) = state.grants.oidc_sessions.get_mut(&session_id) else { return Ok(ok_response()) };
    // Every application of the project is in the audience and may revoke the token.
    if !session.audience.contains(&client_id) {
        let error = OAuthError::new("invalid_client", "token was not issued for this client");
        return Err(error.with_status(401));
    }
    match token_id {
        // Revoking a refresh token also revokes its access token, but not the other way around.
        None => {
            session.refresh = None;
            session.access = None;
        }
        Some(token_id) => session.access = session.access.take().filter(|token| token.id != token_id),
    }
    Ok(ok_response())
}

fn ok_response() -> EndpointResponse {
    EndpointResponse::new(200, "application/json", Vec::new())
}
