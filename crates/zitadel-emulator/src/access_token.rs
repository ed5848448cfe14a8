//! Lookup of access tokens.

use serde_json::Value;

use crate::{
    grant::{AccessToken, OidcSession},
    provider::State,
};

/// An access token that has neither expired nor been revoked, opaque or JWT.
pub(crate) struct ActiveToken<'a> {
    pub(crate) session: &'a OidcSession,
    pub(crate) token: &'a AccessToken,
}

/// Returns the active token with this value. JWTs are looked up as well: the `jti` must still be the session's current
/// token.
pub(crate) fn find_active<'a>(state: &'a State, value: &str) -> Option<ActiveToken<'a>> {
    let (session_id, token_id) = find_ids(state, value)?;
    let session = state.grants.active_session(&session_id, &token_id, state.clock.unix_time())?;
    Some(ActiveToken { session, token: session.access.as_ref()? })
}

/// Returns the OIDC session id and the token id of an access token, active or not.
pub(crate) fn find_ids(state: &State, value: &str) -> Option<(String, String)> {
    if !value.contains('.') {
        return state.grants.opaque_token_ids(value);
    }
    let claims = state.keys.verify(value)?;
    let (session, token) = claims.get("jti").and_then(Value::as_str)?.split_once('-')?;
    Some((session.to_owned(), token.to_owned()))
}
