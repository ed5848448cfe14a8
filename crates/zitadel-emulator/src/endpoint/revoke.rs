//! `/oauth/v2/revoke` (RFC 7009).

use super::{Exchange, Outcome};
use crate::{
    access,
    answer::{Answer, OAuthError},
    client_auth,
};

/// Ends a token. A token nobody knows is as good as one that was just revoked.
pub(crate) fn answer(exchange: Exchange<'_>) -> Outcome {
    let Exchange { request, state, .. } = exchange;
    let client_id = client_auth::authenticate(request, &state.registry)?.id.clone();
    let Some(token) = request.parameter("token") else {
        return Err(OAuthError::invalid_request("token missing"));
    };
    let is_refresh = request.parameter("token_type_hint") != Some("access_token");
    let by_refresh = state.grants.by_refresh(token).filter(|_| is_refresh).map(|session| session.id.clone());
    let by_access = access::ids(state, token);
    let (session_id, token_id) = match (by_refresh, by_access) {
        (Some(session_id), _) => (session_id, None),
        (None, Some((session_id, token_id))) => (session_id, Some(token_id)),
        (None, None) => return Ok(done()),
    };
    let Some(session) = state.grants.oidc.get_mut(&session_id) else { return Ok(done()) };
    // Any application of the project is in the audience, and may revoke.
    if !session.audience.contains(&client_id) {
        let error = OAuthError::new("invalid_client", "token was not issued for this client");
        return Err(error.with_status(401));
    }
    match token_id {
        // The access token goes with its refresh token, not the other way round.
        None => {
            session.refresh = None;
            session.access = None;
        }
        Some(token_id) => session.access = session.access.take().filter(|token| token.id != token_id),
    }
    Ok(done())
}

fn done() -> Answer {
    Answer::new(200, "application/json", Vec::new())
}
