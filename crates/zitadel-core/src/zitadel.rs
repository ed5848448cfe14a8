//! `Zitadel`: the handle that an application holds, and its builder.

mod authentication;

use std::{borrow::Cow, fmt, sync::Arc};

#[cfg(feature = "reqwest")]
use crate::environment::ReqwestTransport;
use crate::{
    access::{Authentication, Principal},
    answer::{self, ErrorCode, ErrorPage, Pages},
    config::{Config, ConfigError, check_pages},
    endpoint::{self, Endpoint},
    engine::Engine,
    environment::{Clock, Entropy, Environment, MemoryStore, Store, SystemClock, SystemEntropy, Transport},
    error::{Error, Failure},
    flow::{
        access_token::{self, UserTokenError},
        authenticate, login, readiness, token_exchange, user_info, user_sessions,
    },
    http::{Reply, RequestHead, ReturnTo},
    protocol::{AccessToken, LoginOptions, TokenExchange},
    service_account::ServiceAccount,
    telemetry::{self, Flow},
    time::Timestamp,
    user::{User, UserSession},
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
    /// From a configuration, with built-in pages, an in-memory store, and the system's network, clock and randomness.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn new(config: Config) -> Self {
        let transport = reqwest_transport(&config);
        Self::builder(config).start(transport)
    }

    /// From the environment variables that `.env.example` explains.
    ///
    /// # Errors
    ///
    /// Every problem of the configuration at once; each names the variable and the fix, never a secret.
    #[cfg(feature = "reqwest")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Config::from_env().map(Self::new)
    }

    /// Starts an application with pages, a store or an environment of its own.
    ///
    /// ```
    /// use zitadel_core::{Config, Pages, Zitadel, environment::{MemoryStore, SystemClock}};
    /// # fn app(config: Config) -> Result<Zitadel, zitadel_core::ConfigError> {
    /// let zitadel = Zitadel::builder(config)
    ///     .pages(Pages::new().login_path("/welcome"))
    ///     .store(MemoryStore::with_capacity(SystemClock, 10_000))
    ///     .build()?;
    /// # Ok(zitadel)
    /// # }
    /// ```
    pub const fn builder(config: Config) -> ZitadelBuilder {
        ZitadelBuilder {
            config,
            pages: None,
            transport: None,
            store: None,
            clock: None,
            entropy: None,
            records_user_id: false,
        }
    }

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
        let is_api = self.is_api(head.path());
        Authentication::new(Arc::clone(&self.engine), head, principal, cookies, now, is_api)
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
        match &self.engine.login {
            Some(engine) => endpoint::serve(engine, endpoint, head, body).await,
            None => self.no_login(head),
        }
    }

    /// Serves [`Endpoint::Callback`], as [`serve`](Self::serve) does, and tells whose login it completed: for an application that
    /// answers with something else then. The user has the new session, whose cookies are in the response.
    ///
    /// No user: the login failed, or the response belongs to none. A callback that a browser repeats within a minute completes the
    /// same login again, with the same session.
    pub async fn finish_login(&self, head: &RequestHead) -> (Reply, Option<User>) {
        let head = &*self.known_as_api(head);
        match &self.engine.login {
            Some(engine) => {
                let (reply, session) = endpoint::finish_login(engine, head).await;
                (reply, session.map(User::from_session))
            }
            None => (self.no_login(head), None),
        }
    }

    fn known_as_api<'h>(&self, head: &'h RequestHead) -> Cow<'h, RequestHead> {
        if self.is_api(head.path()) { Cow::Owned(head.clone().for_api()) } else { Cow::Borrowed(head) }
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
        self.engine.login.iter().flat_map(|login| endpoint::endpoints(&login.config))
    }

    /// The endpoint at exactly this path, if there is one: for adapters whose framework shows them a request before it
    /// is routed. `path` is without query, and as that framework's routes are compared: decoded on actix-web, as sent on axum.
    #[must_use]
    pub fn match_endpoint(&self, path: &str) -> Option<Endpoint> {
        endpoint::match_endpoint(&self.engine.login.as_ref()?.config, path)
    }

    /// The name of the session cookie; a large session has further ones, with `.1` and `.2` behind it. For proxies that
    /// cache, and tests. `None` without login.
    #[must_use]
    pub fn session_cookie_name(&self) -> Option<&str> {
        Some(self.engine.login.as_ref()?.sessions.cookie_name())
    }

    /// The origin of the application as browsers know it, `scheme://host[:port]`: that of `ZITADEL_CALLBACK_URL`. `None` without
    /// login.
    #[must_use]
    pub fn public_origin(&self) -> Option<&str> {
        Some(&self.engine.login.as_ref()?.config.public_origin)
    }

    /// Starts a login with extra parameters, for an application's own "sign in with another account" or "register"
    /// button: the response sends the browser to ZITADEL. A prefetch gets 204 and starts nothing.
    ///
    /// # Security
    ///
    /// Checking the method and the origin of the request is up to the caller. A site that makes a browser start logins
    /// gains nothing: five are kept, in 4 KiB of cookies.
    pub async fn login(&self, head: &RequestHead, options: &LoginOptions, return_to: Option<ReturnTo>) -> Reply {
        match &self.engine.login {
            Some(engine) => {
                let reply = login::login(engine, head, options, return_to);
                engine.environment.measure(Flow::Login, reply).await
            }
            None => self.no_login(head),
        }
    }

    /// The user's claims as the provider has them now, for a user with a session. Refreshes nothing, because there is
    /// no response here that could carry the new cookie; the result of another request's refresh is found.
    ///
    /// # Errors
    ///
    /// [`Error::code`] tells whether the access token has expired ([`ErrorCode::SessionExpired`]), the provider is not
    /// available ([`ErrorCode::ProviderUnavailable`]) or has no userinfo ([`ErrorCode::EndpointMissing`]), or its
    /// response is not acceptable ([`ErrorCode::LoginFailed`]).
    pub async fn user_info(&self, user: &User) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_info::current_claims(engine, user).await?)
    }

    /// The claims that the provider has now about the user of an access token, from its userinfo endpoint: for a token that a request
    /// presented and that was accepted. `subject` is its user ([`User::subject`]), about whom the response must be.
    ///
    /// # Errors
    ///
    /// [`Error::code`]: [`ErrorCode::SessionExpired`] if the provider does not accept the token, and the others of
    /// [`user_info`](Self::user_info).
    pub async fn user_info_of_token(
        &self,
        token: &AccessToken,
        subject: &str,
    ) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        Ok(user_info::of_token(&self.engine.provider, token, subject).await?)
    }

    /// The current access token of a user with a session, to call other APIs in their name: for a user who is kept beyond
    /// their request (a long stream, a WebSocket, a task). A handler takes the extractor `AccessToken`, which can renew more.
    ///
    /// Asks the store whether the session ended: one call, and further ones if the token is due. A token that is due is renewed
    /// if sessions are stored ([`SessionMode::Stored`](crate::SessionMode::Stored)), which waits for two seconds at most while it is
    /// valid, and for 12 s at most when it is not. Of a session in a cookie it is used until it expires, because no response can carry the
    /// new cookie here; only the result of another request's refresh is found.
    ///
    /// # Errors
    ///
    /// [`UserTokenError`]; [`InRequestOnly`](UserTokenError::InRequestOnly) for a user who presented an access token.
    pub async fn access_token(&self, user: &User) -> Result<AccessToken, UserTokenError> {
        Box::pin(access_token::of_user(&self.engine, user)).await
    }

    /// Another access token, after an API answered 401 to this one: that of a later state of the session, if there is one, which
    /// costs no token request. Otherwise the tokens are refreshed, if sessions are stored and they are older than 30 seconds.
    /// Call it once per request to an API, and return the second rejection as it is.
    ///
    /// # Errors
    ///
    /// [`UserTokenError`]; [`NotRenewable`](UserTokenError::NotRenewable) if there is no other token.
    pub async fn access_token_after_rejection(
        &self,
        user: &User,
        rejected: &AccessToken,
    ) -> Result<AccessToken, UserTokenError> {
        Box::pin(access_token::of_user_after(&self.engine, user, rejected)).await
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

    /// Ends all sessions of a user that have begun by now, on every replica: for an administrator, or for "sign out
    /// everywhere". `subject` is the user's id ([`User::subject`]). Their tokens at the provider are not revoked, nor does the
    /// user's session at the provider end.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`]: this process ends them, and tells other replicas as soon as the store answers.
    pub async fn end_sessions(&self, subject: &str) -> Result<(), Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        let now = self.engine.environment.clock.now();
        engine.sessions.end_subject(subject, now).await.map_err(Failure::from)?;
        telemetry::sessions_ended();
        Ok(())
    }

    /// The sessions of a user in this application that have not ended, the latest used first; at most 100. None if sessions
    /// are kept in cookies ([`SessionMode::Cookie`](crate::SessionMode::Cookie)): then nobody knows them.
    ///
    /// Two calls of the store.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`] if the store does not answer, [`ErrorCode::EndpointMissing`] without login.
    pub async fn sessions(&self, user: &User) -> Result<Vec<UserSession>, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_sessions::list(engine, user).await?)
    }

    /// Ends one of a user's [sessions](Self::sessions), on every replica, and revokes its tokens. `false` if the user has no
    /// such session. Waits at most three seconds for the provider.
    ///
    /// # Security
    ///
    /// Only sessions of `user` end, whatever `id` a request brings. Call it for a request that the adapter authenticated: that refuses
    /// unsafe requests from other sites.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::StoreUnavailable`]: the session ends here at most; other replicas are told as soon as the store answers.
    pub async fn end_session(&self, user: &User, id: &str) -> Result<bool, Error> {
        let engine = self.engine.login.as_ref().ok_or(Failure::NoLogin)?;
        Ok(user_sessions::end(engine, user, id).await?)
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
        answer::error_reply(self.engine.pages(), head, code, &ErrorPage::new(code), None)
    }

    #[cfg(feature = "internals")]
    pub(crate) fn login_engine(&self) -> Option<&Arc<crate::engine::LoginEngine>> {
        self.engine.login.as_ref()
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

/// An application before it starts. Made by [`Zitadel::builder`].
#[must_use = "call `build`"]
pub struct ZitadelBuilder {
    config: Config,
    pages: Option<Pages>,
    transport: Option<Arc<dyn Transport>>,
    store: Option<Arc<dyn Store>>,
    clock: Option<Arc<dyn Clock>>,
    entropy: Option<Arc<dyn Entropy>>,
    records_user_id: bool,
}

impl ZitadelBuilder {
    /// The pages that the application brings itself; default none.
    pub fn pages(mut self, pages: Pages) -> Self {
        self.pages = Some(pages);
        self
    }

    /// How requests to the provider are sent; default `ReqwestTransport`, with the feature `reqwest`.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// What must be remembered between requests; default a [`MemoryStore`]. Replicas need a shared one: see
    /// [`Config::store_url`].
    pub fn store(mut self, store: impl Store) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Where time comes from; default [`SystemClock`]. For tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Where randomness comes from; default [`SystemEntropy`].
    ///
    /// # Security
    ///
    /// It makes nonces, `state` values and code verifiers: anything predictable is for tests only.
    pub fn entropy(mut self, entropy: impl Entropy) -> Self {
        self.entropy = Some(Arc::new(entropy));
        self
    }

    /// Records the id of the user (`sub`) in the span of each request with a session, as the field `enduser.id`; default
    /// not. The span is the current one when the request is authenticated, made by a layer of the application further
    /// out, and must declare the field: `tracing::info_span!("request", enduser.id = tracing::field::Empty)`.
    ///
    /// # Privacy
    ///
    /// The id stands for a person, and is written wherever the application's spans go: logs and traces become personal
    /// data. Name, address and email are never recorded.
    pub fn record_user_id(mut self) -> Self {
        self.records_user_id = true;
        self
    }

    /// Makes the application. Does no I/O.
    ///
    /// # Errors
    ///
    /// A page whose path cannot be mounted or is that of a callback; a configuration that names a store
    /// ([`Config::store_url`]), and no [`store`](Self::store); no transport, in a build without the feature `reqwest`.
    pub fn build(mut self) -> Result<Zitadel, ConfigError> {
        if let (Some(login), Some(pages)) = (&mut self.config.login, self.pages.take()) {
            check_pages(login, &pages)?;
            login.pages = pages;
        }
        // Replicas that were meant to share a store would each have one of their own.
        if self.store.is_none() && self.config.store_url.is_some() {
            return Err(ConfigError::missing_store());
        }
        let transport = self
            .transport
            .take()
            .or_else(|| default_transport(&self.config))
            .ok_or_else(ConfigError::missing_transport)?;
        Ok(self.start(transport))
    }

    fn start(self, transport: Arc<dyn Transport>) -> Zitadel {
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let environment = Environment {
            transport,
            store: self.store.unwrap_or_else(|| Arc::new(MemoryStore::new(Arc::clone(&clock)))),
            clock,
            entropy: self.entropy.unwrap_or_else(|| Arc::new(SystemEntropy)),
        };
        let engine = Arc::new(Engine::new(self.config, environment));
        Zitadel { engine, records_user_id: self.records_user_id, api_paths: Arc::default() }
    }
}

#[cfg(feature = "reqwest")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn default_transport(config: &Config) -> Option<Arc<dyn Transport>> {
    Some(reqwest_transport(config))
}

#[cfg(feature = "reqwest")]
fn reqwest_transport(config: &Config) -> Arc<dyn Transport> {
    let transport = ReqwestTransport::new();
    Arc::new(match &config.provider.root_certificates {
        Some(certificates) => transport.root_certificates(certificates.clone()),
        None => transport,
    })
}

#[cfg(not(feature = "reqwest"))]
const fn default_transport(_: &Config) -> Option<Arc<dyn Transport>> {
    None
}

impl fmt::Debug for ZitadelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ZitadelBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}
