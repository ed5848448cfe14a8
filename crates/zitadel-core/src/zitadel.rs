//! `Zitadel`: the handle that an application holds, and its builder.

mod builder;
#[cfg(feature = "login")]
mod login;

use std::{fmt, sync::Arc};

pub use self::builder::ZitadelBuilder;
#[cfg(feature = "reqwest")]
use crate::config::{Config, ConfigError};
#[cfg(feature = "login")]
use crate::endpoint;
use crate::{
    access::{Authentication, Denied, Principal, Requirement},
    answer::{self, ErrorCode, ErrorPage},
    endpoint::Endpoint,
    engine::Engine,
    error::Error,
    flow::{
        access_token::{self, UserTokenError},
        authenticate, readiness, token_exchange,
    },
    http::{Reply, RequestHead},
    protocol::{AccessToken, TokenExchange},
    service_account::ServiceAccount,
    telemetry,
    time::Timestamp,
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
        head: RequestHead,
        principal: Principal,
        cookies: Vec<String>,
        now: Timestamp,
    ) -> Authentication {
        if self.records_user_id
            && let Some(user) = principal.user()
        {
            telemetry::record_user_id(user.subject());
        }
        let is_api = self.api_paths.iter().any(|path| is_at_or_below(head.path(), path));
        Authentication::new(Arc::clone(&self.engine), head, principal, cookies, now, is_api)
    }

    /// The same application, in which everything at this path, and below it, is an API: a denial is JSON with a status there, whatever the
    /// request accepts, and never a redirect to login. For adapters.
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
        #[cfg(feature = "login")]
        if let Some(engine) = &self.engine.login {
            return endpoint::serve(engine, endpoint, head, body).await;
        }
        let _ = (endpoint, body);
        self.no_login(head)
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
