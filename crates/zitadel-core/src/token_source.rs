//! `TokenSource`: where a client of other APIs has its access tokens from.

use crate::{
    access::Authentication, answer::ErrorCode, environment::BoxFuture, protocol::AccessToken,
    service_account::ServiceAccount,
};

/// Where a client of other APIs has its access tokens from; the crate `zitadel-reqwest` sends them with requests.
///
/// - [`ServiceAccount`]: tokens of the application itself.
/// - [`Authentication`], and the extractor `AccessToken` of the adapters: those of the user of a request, while it is served.
/// - `UserTokens`, with login: those of a user who is kept beyond their request.
pub trait TokenSource: Send + Sync + 'static {
    /// A token that can be used now.
    ///
    /// # Errors
    ///
    /// Why there is none; it is logged already.
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>>;

    /// Another token, after an API answered 401 to `rejected`. The same one, or an error, if there is no other: the API's answer
    /// stands then.
    ///
    /// # Errors
    ///
    /// Why there is none; it is logged already.
    fn token_after_rejection<'a>(&'a self, rejected: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>>;
}

impl TokenSource for Authentication {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>> {
        Box::pin(async { self.access_token().await.map_err(|denied| denied.code()) })
    }

    fn token_after_rejection<'a>(&'a self, rejected: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>> {
        let token = self.access_token_after_rejection(rejected);
        Box::pin(async { token.await.map_err(|denied| denied.code()) })
    }
}

impl TokenSource for ServiceAccount {
    fn token(&self) -> BoxFuture<'_, Result<AccessToken, ErrorCode>> {
        Box::pin(async { self.access_token().await.map_err(|error| error.code()) })
    }

    fn token_after_rejection<'a>(&'a self, rejected: &'a AccessToken) -> BoxFuture<'a, Result<AccessToken, ErrorCode>> {
        let token = self.access_token_after_rejection(rejected);
        Box::pin(async { token.await.map_err(|error| error.code()) })
    }
}
