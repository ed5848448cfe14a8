//! From the text of an access token to the sign-in it stands for.

use serde_json::Value;

use crate::{
    grant::{AccessToken, OidcSession},
    provider::State,
};

/// An access token that is alive, opaque or JWT.
pub(crate) struct Active<'a> {
    pub(crate) session: &'a OidcSession,
    pub(crate) token: &'a AccessToken,
}

/// Looks a token up. A JWT is no exception: its `jti` must still be the session's current token.
pub(crate) fn active<'a>(state: &'a State, value: &str) -> Option<Active<'a>> {
    let (session_id, token_id) = ids(state, value)?;
    let session = state.grants.active(&session_id, &token_id, state.clock.unix())?;
    Some(Active { session, token: session.access.as_ref()? })
}

/// OIDC session and token id of an access token, alive or not.
pub(crate) fn ids(state: &State, value: &str) -> Option<(String, String)> {
    if !value.contains('.') {
        return state.grants.opaque(value);
    }
    let claims = state.keys.open(value)?;
    let (session, token) = claims.get("jti").and_then(Value::as_str)?.split_once('-')?;
    Some((session.to_owned(), token.to_owned()))
}
