//! `Zitadel`: the handle that an application holds, and its builder.

mod authentication;
mod builder;
#[cfg(feature = "login")]
mod login;

use std::{borrow::Cow, fmt, sync::Arc};

pub use self::builder::ZitadelBuilder;
#[cfg(feature = "reqwest")]
use crate::config::{Config, ConfigError};
#[cfg(feature = "login")]
use crate::endpoint;
use crate::{
    access::{Authentication, Principal},
    answer::{self, ErrorCode, ErrorPage},
    endpoint::Endpoint,
    engine::Engine,
    environment::Store,
    error::Error,
    flow::{authenticate, bearer, readiness, token_exchange},
    http::{Reply, RequestHead, only_bearer_token},
    protocol::{AccessToken, TokenExchange},
    service_account::ServiceAccount,
    telemetry,
    time::Timestamp,
    user::User,
};

/// An application that uses ZITADEL (the relying party). Cheap to clone; one per process.
///
/// Making one does no I/O: the provider is asked on first use, so an application starts while it is down.
/// No method that an adapter calls has an error type: a failure is a [`Reply`] already, and logged. The asynchronous
/// methods need a Tokio runtime, as axum, actix-web and Rocket have it.
#[derive(Clone)]
pub struct Zitadel {
    engine: Arc<Engine>,
    /// [`ZitadelBuilder::record_user_id`]
    records_user_id: bool,
    /// [`Self::with_api_path`]
    api_paths: Arc<[Box<str>]>,
}

impl Zitadel {
    /// The service account of the configuration, if it names one: access tokens of the application itself.
    #[must_use]
    pub fn service_account(&self) -> Option<ServiceAccount> {
        self.engine.service_account.clone().map(ServiceAccount::new)
    }

    /// Who sent a request. Never fails.
    ///
    /// Asks the store once per `revocation_lag` and cookie, and the provider when tokens are due: then it waits for two
    /// seconds at most while the access token is valid, and for 12 s at most when it is not.
    pub async fn authenticate(&self, head: RequestHead) -> Authentication {
        // Boxed: what waits for the store or the provider is large, and would be moved with the future of every request.
        let (principal, cookies) = Box::pin(authenticate::authenticate(&self.engine, &head)).await;
        let now = self.engine.environment.clock.now();
        self.authentication(head, principal, cookies, now)
    }

    /// The same without waiting, if neither the store nor the provider must be asked: for nearly every request. Adapters try it
    /// first.
    ///
    /// # Errors
    ///
    /// Returns the head if [`authenticate`](Self::authenticate) is needed.
    #[expect(clippy::result_large_err, reason = "the head is moved in either case, and nearly always into `Ok`")]
    pub fn authenticate_cached(&self, head: RequestHead) -> Result<Authentication, RequestHead> {
        let now = self.engine.environment.clock.now();
        match authenticate::authenticate_cached(&self.engine, &head, now) {
            Some((principal, cookies)) => Ok(self.authentication(head, principal, cookies, now)),
            None => Err(head),
        }
    }

    fn authentication(
        &self,
        mut head: RequestHead,
        principal: Principal,
        cookies: Vec<String>,
        now: Timestamp,
    ) -> Authentication {
        if self.records_user_id
            && let Some(user) = principal.user()
        {
            telemetry::record_user_id(user.subject());
        }
        if self.is_api(head.path()) {
            head.set_for_api();
        }
        Authentication::new(Arc::clone(&self.engine), head, principal, cookies, now)
    }

    /// The user of a request with these `Authorization` lines, if they are one access token that was accepted before: for an adapter whose
    /// guard for access tokens authenticates by itself, and does nothing else for most requests. `None` says nothing:
    /// [`authenticate`](Self::authenticate) decides then.
    pub fn known_bearer<'h>(&self, authorization: impl IntoIterator<Item = &'h [u8]>) -> Option<User> {
        let engine = self.engine.api.as_ref()?;
        let token = only_bearer_token(authorization)?;
        let user = bearer::known_user(engine, token, self.now())?;
        if self.records_user_id {
            telemetry::record_user_id(user.subject());
        }
        Some(user)
    }

    /// The same application, in which everything at this path, and below it, is an API: a denial is JSON with a status there, whatever the
    /// request accepts, and never a redirect to login. So is an error of one of the engine's endpoints there. For adapters.
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`, or ends with one.
    #[must_use]
    #[track_caller]
    pub fn with_api_path(mut self, path: &str) -> Self {
        assert!(
            path.starts_with('/') && !path.ends_with('/'),
            "the path of an API begins with `/` and does not end with one"
        );
        self.api_paths = self.api_paths.iter().cloned().chain([path.into()]).collect();
        self
    }

    /// Serves one of the engine's own endpoints.
    ///
    /// `body` reads the body of the request: at most [`MAX_FORM_BYTES`](crate::MAX_FORM_BYTES), `None` for one that is
    /// larger or breaks off. It is awaited only for a `POST`.
    pub async fn serve<B: AsRef<[u8]>>(
        &self,
        endpoint: Endpoint,
        head: &RequestHead,
        body: impl Future<Output = Option<B>>,
    ) -> Reply {
        let head = &*self.known_as_api(head);
        #[cfg(feature = "login")]
        if let Some(engine) = &self.engine.login {
            return endpoint::serve(engine, endpoint, head, body).await;
        }
        let _ = (endpoint, body);
        self.no_login(head)
    }

    fn known_as_api<'h>(&self, head: &'h RequestHead) -> Cow<'h, RequestHead> {
        if !self.is_api(head.path()) {
            return Cow::Borrowed(head);
        }
        let mut head = head.clone();
        head.set_for_api();
        Cow::Owned(head)
    }

    fn is_api(&self, path: &str) -> bool {
        self.api_paths.iter().any(|api| is_at_or_below(path, api))
    }

    /// The time by the clock of this application.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.engine.environment.clock.now()
    }

    /// The store of this application, for what an application itself must remember across replicas: small values, under keys of a
    /// [kind](crate::environment::StoreKey::hashed) of their own.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.engine.environment.store
    }

    /// The endpoints to mount and their paths. Mount each for any method: the engine decides about methods.
    pub fn endpoints(&self) -> impl Iterator<Item = (Endpoint, &str)> {
        #[cfg(feature = "login")]
        return self.engine.login.iter().flat_map(|login| endpoint::endpoints(&login.config));
        #[cfg(not(feature = "login"))]
        std::iter::empty()
    }

    /// The endpoint at exactly this path, if there is one: for adapters whose framework shows them a request before it
    /// is routed. `path` is without query, and as that framework's routes are compared: decoded on actix-web, as sent on axum.
    #[must_use]
    pub fn match_endpoint(&self, path: &str) -> Option<Endpoint> {
        #[cfg(feature = "login")]
        return endpoint::match_endpoint(&self.engine.login.as_ref()?.config, path);
        #[cfg(not(feature = "login"))]
        {
            let _ = path;
            None
        }
    }

    /// An access token for another audience, or with fewer scopes, in exchange for one of a user (RFC 8693): what is sent to an API
    /// should be of use there only. The first token stays valid. One request to the provider for each call; nothing is kept.
    ///
    /// ZITADEL needs the feature `oidcTokenExchange` of the instance, and the grant type Token Exchange in the settings of the
    /// application. It narrows and never widens: the first token must have the audience and the scopes already.
    ///
    /// # Errors
    ///
    /// [`Error::code`]: [`ErrorCode::Misconfigured`] if ZITADEL does not allow it, or the token does not have that audience or
    /// scope (`token_exchange_refused` in the log says which), [`ErrorCode::SessionExpired`] if it does not accept the token,
    /// [`ErrorCode::ProviderUnavailable`] if it does not answer, [`ErrorCode::LoginFailed`] if its response is not acceptable.
    pub async fn exchange_token(&self, token: &AccessToken, exchange: &TokenExchange) -> Result<AccessToken, Error> {
        Ok(token_exchange::exchange(&self.engine, token, exchange).await?)
    }

    /// 200 as long as the process answers. For `/healthz`.
    #[must_use]
    pub fn liveness() -> Reply {
        readiness::liveness()
    }

    /// Whether the application can do its work: 200, or 503 and which dependency is not available, as JSON. For
    /// `/readyz`. Metadata and keys that are cached are enough, even if the provider went down since.
    pub async fn readiness(&self) -> Reply {
        readiness::readiness(&self.engine).await
    }

    fn no_login(&self, head: &RequestHead) -> Reply {
        let code = ErrorCode::EndpointMissing;
        answer::error_reply(self.engine.render_error(), head, code, &ErrorPage::new(code), None)
    }
}

fn is_at_or_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(feature = "reqwest")]
impl ServiceAccount {
    /// From the variables `ZITADEL_DOMAIN` and `ZITADEL_SERVICE_ACCOUNT_…`, which `.env.example` explains. An application that is
    /// more than a service account uses [`Zitadel::service_account`].
    ///
    /// # Errors
    ///
    /// Every problem of the configuration at once; each names the variable and the fix, never a secret.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_config(Config::from_env()?)
    }

    /// From a configuration that names a service account.
    ///
    /// # Errors
    ///
    /// If it names none.
    pub fn from_config(config: Config) -> Result<Self, ConfigError> {
        Zitadel::new(config).service_account().ok_or_else(ConfigError::missing_service_account)
    }
}

impl fmt::Debug for Zitadel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zitadel").field("engine", &self.engine).finish()
    }
}
