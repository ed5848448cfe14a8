//! `ServiceAccount`: a program that calls APIs for itself.

use std::{fmt, sync::Arc};

use crate::{engine::ServiceAccountEngine, error::Error, flow::service_account, protocol::AccessToken};

/// A service account of ZITADEL: access tokens of this program itself, without a user. Cheap to clone; clones share their token.
///
/// The token is requested on first use, kept in memory, and replaced in the background before it expires (five minutes, or a fifth
/// of its lifetime). However many callers ask at once, ZITADEL is asked once. It needs a Tokio runtime.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let account = zitadel_core::ServiceAccount::from_env()?;
/// let token = account.access_token().await?;
/// println!("Authorization: Bearer {}", token.expose());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ServiceAccount {
    engine: Arc<ServiceAccountEngine>,
}

impl ServiceAccount {
    pub(crate) const fn new(engine: Arc<ServiceAccountEngine>) -> Self {
        Self { engine }
    }

    /// A token that can be used now.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::Misconfigured`](crate::ErrorCode::Misconfigured) if ZITADEL refuses the account: an operator must change something,
    /// and for half a minute it is not asked again. To an assertion that it does not accept (a key that was removed or has expired, a
    /// clock that is wrong) ZITADEL answers with an internal error; it is reported as a refusal.
    /// [`ErrorCode::ProviderUnavailable`](crate::ErrorCode::ProviderUnavailable) if it cannot be asked: a later call may succeed.
    pub async fn access_token(&self) -> Result<AccessToken, Error> {
        service_account::access_token(&self.engine).await.map_err(Error::from)
    }

    /// A token to try again with, after an API answered 401 to `rejected`: another one, unless that one is younger than five seconds.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub async fn access_token_after_rejection(&self, rejected: &AccessToken) -> Result<AccessToken, Error> {
        service_account::access_token_after_rejection(&self.engine, rejected).await.map_err(Error::from)
    }

    /// The same account with other scopes, and therefore with tokens of its own; they replace those of the configuration.
    #[must_use]
    pub fn with_scopes(&self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        Self { engine: Arc::new(self.engine.with_scopes(scopes)) }
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount").field("scopes", &self.engine.scopes).finish_non_exhaustive()
    }
}
