//! What an [`Authentication`] offers that needs the flows: access tokens for other APIs.

use super::Zitadel;
use crate::{
    access::{Authentication, Denied, Principal, Requirement},
    answer::ErrorCode,
    flow::{
        access_token::{self, UserTokenError},
        token_exchange,
    },
    protocol::{AccessToken, TokenExchange},
    telemetry,
};

impl Authentication {
    /// The current access token of the user, to call other APIs in their name; the extractor `AccessToken` of the adapters.
    ///
    /// Of a user with a session: its access token, renewed if it is due. The response to this request carries the new session, so
    /// ask before it is made. Of a user with an access token: the one that the request presents, if your provider lets an API
    /// send it on. For nearly every request nothing is waited for.
    ///
    /// # Errors
    ///
    /// [`Denied`], which is the whole response: what it is for a route that requires a user; and 401 or 503 where there is no
    /// token ([`UserTokenError`]).
    pub async fn access_token(&self) -> Result<AccessToken, Denied> {
        self.authorize(const { &Requirement::user() })?;
        if let Some(token) = access_token::of_request_cached(self) {
            return Ok(token);
        }
        Box::pin(access_token::of_request(self)).await.map_err(|error| self.no_token(error))
    }

    /// Another access token, after an API answered 401 to this one: that of a later state of the session, if there is one, which
    /// costs no token request. Otherwise the tokens are refreshed, if they are older than 30 seconds, and the response to
    /// this request carries the new session: call it before that is made. Call it once per request to an API, and return the second
    /// rejection as it is.
    ///
    /// # Errors
    ///
    /// [`Denied`]: 401 if there is no other token, 503 if the provider or the store does not answer.
    pub async fn access_token_after_rejection(&self, rejected: &AccessToken) -> Result<AccessToken, Denied> {
        Box::pin(access_token::of_request_after(self, rejected)).await.map_err(|error| self.no_token(error))
    }

    /// [`Zitadel::exchange_token`](crate::Zitadel::exchange_token), where the answer to this request is what it is without a token.
    ///
    /// # Errors
    ///
    /// [`Denied`]: 401 if the provider does not accept the token, 502 or 503 otherwise.
    pub async fn exchange_token(&self, token: &AccessToken, exchange: &TokenExchange) -> Result<AccessToken, Denied> {
        token_exchange::exchange(self.engine(), token, exchange).await.map_err(|failure| {
            self.deny(match (ErrorCode::from(&failure), self.principal()) {
                // Its client can get another one.
                (ErrorCode::SessionExpired, Principal::AccessToken(_)) => ErrorCode::InvalidToken,
                (code, _) => code,
            })
        })
    }

    /// For adapters: the API to which this request was forwarded gave no answer. `error` reaches the log only.
    #[must_use]
    pub fn upstream_unavailable(&self, error: &(dyn std::error::Error + 'static)) -> Denied {
        telemetry::upstream_unavailable(error);
        self.deny(ErrorCode::UpstreamUnavailable)
    }

    fn no_token(&self, error: UserTokenError) -> Denied {
        telemetry::user_token_not_available(&error);
        self.deny(error.code())
    }

    /// Whether this handle made it: an adapter that finds one in a request need not authenticate it again.
    #[must_use]
    pub fn belongs_to(&self, zitadel: &Zitadel) -> bool {
        self.is_from(&zitadel.engine)
    }
}
