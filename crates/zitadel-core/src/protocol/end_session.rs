//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): the browser ends the session at the provider and
//! comes back.
//!
//! 1. The request carries `id_token_hint` (an expired one is fine; without one ZITADEL asks the user),
//!    `client_id`, `post_logout_redirect_uri` and `state`.
//! 2. `state` is 32 random bytes; the answer's must be equal, compared in constant time.
//! 3. A logout can be answered for ten minutes, once.
//! 4. In the answer no parameter appears twice, and `state` is there.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::Url;

use super::{authorization::secret_bytes, base64url, discovery::Endpoint, query};
use crate::{secret::Secret, time::Timestamp};

/// How long a logout can be answered.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// Why an answer to a logout is not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogoutError {
    #[error("the logout answer's query cannot be read")]
    Malformed,
    #[error("no logout is pending in this browser")]
    NotPending,
    #[error("the logout took too long")]
    Expired,
    #[error("`state` does not match the pending logout")]
    StateMismatch,
}

/// A logout this browser started. It travels in a sealed cookie.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingLogout {
    #[serde(with = "secret_bytes")]
    state: Secret<[u8; 32]>,
    started: Timestamp,
}

impl PendingLogout {
    /// Starts a logout from 32 random bytes.
    pub(crate) const fn new(random: [u8; 32], now: Timestamp) -> Self {
        Self { state: Secret::new(random), started: now }
    }

    /// The `state` parameter: 43 characters.
    pub(crate) fn state_text(&self) -> String {
        base64url::encode(self.state.expose())
    }

    /// Takes the provider's answer; the logout is used up.
    ///
    /// # Errors
    ///
    /// [`LogoutError::Expired`] or [`LogoutError::StateMismatch`].
    pub(crate) fn accept(self, answer: &LogoutResponse, now: Timestamp) -> Result<(), LogoutError> {
        if now >= self.started.plus(LIFETIME) {
            return Err(LogoutError::Expired);
        }
        let equal = self.state_text().as_bytes().ct_eq(answer.state.as_bytes());
        if equal.into() { Ok(()) } else { Err(LogoutError::StateMismatch) }
    }
}

impl fmt::Debug for PendingLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogout").field("started", &self.started).finish_non_exhaustive()
    }
}

/// The query of the logout callback; not yet trusted.
pub(crate) struct LogoutResponse {
    state: String,
}

impl LogoutResponse {
    /// Reads the query of the logout callback, without the `?`.
    ///
    /// # Errors
    ///
    /// [`LogoutError::Malformed`] if a parameter appears twice or there is no `state`.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, LogoutError> {
        let mut parameters = query::parameters(query).ok_or(LogoutError::Malformed)?;
        let state = parameters.remove("state").filter(|state| !state.is_empty()).ok_or(LogoutError::Malformed)?;
        Ok(Self { state })
    }
}

impl fmt::Debug for LogoutResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutResponse").finish_non_exhaustive()
    }
}

/// Where the browser goes to sign out (§2). A query the endpoint already has is kept.
pub(crate) fn end_session_url(
    endpoint: &Endpoint,
    id_token_hint: Option<&Secret<String>>,
    client_id: &str,
    post_logout_redirect_uri: &str,
    state: &str,
) -> Url {
    let mut url = endpoint.url().clone();
    let mut query = url.query_pairs_mut();
    if let Some(hint) = id_token_hint {
        query.append_pair("id_token_hint", hint.expose());
    }
    query
        .append_pair("client_id", client_id)
        .append_pair("post_logout_redirect_uri", post_logout_redirect_uri)
        .append_pair("state", state);
    drop(query);
    url
}

#[cfg(test)]
mod tests;
