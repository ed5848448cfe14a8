//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): the browser ends the session at the provider and
//! returns.
//!
//! 1. The request carries `id_token_hint` (an expired one is fine; without one ZITADEL asks the user),
//!    `client_id`, `post_logout_redirect_uri` and `state`.
//! 2. `state` is 32 random bytes; that of the response must be equal, compared in constant time.
//! 3. A logout must be answered within ten minutes, once.
//! 4. In the response no parameter appears twice, and `state` is present.
//! 5. The URL of the request is at most [`MAX_URL`] long: an ID token with many roles has tens of kilobytes, and servers
//!    refuse such a line. A longer request is a form that is posted, which every provider must accept (§2).
//! 6. Where a posted request cannot end the session, a hint that is too long is left out: ZITADEL finds the sessions of
//!    its version-1 login (`V1_` before the `sid`) by a cookie that is `SameSite=Lax`, which a form of another site does
//!    not send. Without the hint it ends the same sessions, those of that cookie.

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

/// Longest URL of a logout request, in bytes. 2 KiB pass every browser, proxy and server, beside the cookies of the provider.
pub(crate) const MAX_URL: usize = 2048;

const POST_LOGOUT_REDIRECT_URI: &str = "post_logout_redirect_uri";

/// What comes before the `sid` of a session of ZITADEL's version-1 login.
const VERSION_1_SESSION: &str = "V1_";

/// The ID token of the session that ends, so that the provider need not ask which one is meant.
pub(crate) struct IdTokenHint<'a> {
    pub(crate) token: Secret<String>,
    /// The `sid` of the session.
    pub(crate) provider_session: Option<&'a str>,
}

/// How the browser carries a logout request to the provider (§2).
pub(crate) enum EndSessionRequest {
    /// In the query of a URL.
    Redirect(Url),
    /// In a form, because the URL would be too long.
    Form(EndSessionForm),
}

impl EndSessionRequest {
    /// The logout request. A query that the endpoint already has is kept.
    pub(crate) fn new(
        endpoint: &EndpointUrl,
        hint: Option<IdTokenHint<'_>>,
        client_id: &str,
        post_logout_redirect_uri: &str,
        state: &str,
    ) -> Self {
        let without_hint = vec![
            ("client_id", client_id.to_owned()),
            (POST_LOGOUT_REDIRECT_URI, post_logout_redirect_uri.to_owned()),
            ("state", state.to_owned()),
        ];
        let Some(IdTokenHint { token, provider_session }) = hint else {
            return Self::Redirect(with_query(endpoint, &without_hint));
        };
        let mut fields = vec![("id_token_hint", token.expose().clone())];
        fields.extend(without_hint.iter().cloned());
        let url = with_query(endpoint, &fields);
        if url.as_str().len() <= MAX_URL {
            Self::Redirect(url)
        } else if provider_session.is_some_and(|sid| sid.starts_with(VERSION_1_SESSION)) {
            Self::Redirect(with_query(endpoint, &without_hint))
        } else {
            Self::Form(EndSessionForm { action: endpoint.url().clone(), fields })
        }
    }
}

fn with_query(endpoint: &EndpointUrl, parameters: &[(&str, String)]) -> Url {
    let mut url = endpoint.url().clone();
    url.query_pairs_mut().extend_pairs(parameters);
    url
}

/// A logout request that the browser posts to the provider: the action and the fields of a form, for a page that submits
/// it. Given to [`Pages::render_end_session`](crate::Pages::render_end_session).
///
/// # Security
///
/// The fields hold an ID token. The engine sends the page with `no-store` and `Referrer-Policy: no-referrer`.
#[derive(Clone, PartialEq, Eq)]
pub struct EndSessionForm {
    action: Url,
    fields: Vec<(&'static str, String)>,
}

impl EndSessionForm {
    /// The provider's endpoint: the `action` of a form with the method `post`.
    #[must_use]
    pub fn action(&self) -> &str {
        self.action.as_str()
    }

    /// Names and values of its hidden fields, to be escaped like any other value.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether the provider and the way back are `https`; otherwise this is a development machine.
    pub(crate) fn is_https_only(&self) -> bool {
        let is_http = |url: &str| url.starts_with("http:");
        !is_http(self.action())
            && !self.fields().any(|(name, value)| name == POST_LOGOUT_REDIRECT_URI && is_http(value))
    }
}

impl fmt::Debug for EndSessionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndSessionForm").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
