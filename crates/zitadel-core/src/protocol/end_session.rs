//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): the browser ends the session at the provider and
//! returns.
//!
//! 1. The request carries `id_token_hint` (an expired one is fine; without one ZITADEL asks the user),
//!    `client_id`, `post_logout_redirect_uri` and `state`.
//! 2. `state` is 32 random bytes; that of the response must be equal, compared in constant time.
//! 3. A logout must be answered within ten minutes, once.
//! 4. In the response no parameter appears twice, and `state` is present.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use url::Url;

use super::{endpoint_url::EndpointUrl, query, state::State};
use crate::{secret::Secret, time::Timestamp};

/// How long a logout may take.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// Why a logout response is not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LogoutError {
    #[error("the query of the logout response cannot be read")]
    Malformed,
    #[error("no logout is pending in this browser")]
    NotPending,
    #[error("the logout took too long")]
    Expired,
    #[error("`state` does not match the pending logout")]
    StateMismatch,
}

/// A logout that this browser started. Kept in a sealed cookie, whose format is these fields in this order.
#[derive(Serialize, Deserialize)]
pub(crate) struct PendingLogout {
    state: State,
    started_at: Timestamp,
}

impl PendingLogout {
    /// Starts a logout from 32 random bytes.
    pub(crate) const fn new(random: [u8; 32], now: Timestamp) -> Self {
        Self { state: State::new(random), started_at: now }
    }

    /// The `state` parameter.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    /// Takes the provider's response; the pending logout is consumed.
    ///
    /// # Errors
    ///
    /// [`LogoutError::Expired`] or [`LogoutError::StateMismatch`].
    pub(crate) fn accept(self, response: &LogoutResponse, now: Timestamp) -> Result<(), LogoutError> {
        if now >= self.started_at.saturating_add(LIFETIME) {
            return Err(LogoutError::Expired);
        }
        if self.state.matches(&response.state) { Ok(()) } else { Err(LogoutError::StateMismatch) }
    }
}

impl fmt::Debug for PendingLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingLogout").field("started_at", &self.started_at).finish_non_exhaustive()
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

/// The URL of the logout request (§2). A query that the endpoint already has is kept.
pub(crate) fn end_session_url(
    endpoint: &EndpointUrl,
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
