//! `Zitadel`: the handle an application holds, and the verbs adapters call.

use std::{fmt, sync::Arc};

use crate::{
    boundary::{Admission, Authentication, Reply, RequestHead, Required, ReturnTo, cookie::Names},
    config::Config,
    edge::{Edge, provider::Provider},
    error::{Error, Refusal},
    flow::{self, refresh::Flights},
    pages::Pages,
    protocol::LoginOptions,
    session::{Keyring, OpenedSessions},
    user::User,
};

#[cfg(feature = "reqwest")]
use crate::config::ConfigError;
pub use crate::flow::Endpoint;

/// An application that signs people in with ZITADEL (the relying party). Cheap to clone; one per process.
///
/// Making one does no I/O: the provider is asked on first use, so an application starts while it is down.
/// No verb that an adapter calls has an error type: a failure is already worded as a [`Reply`], and
/// logged. The asynchronous verbs need a Tokio runtime, as axum, actix-web and Rocket have it.
#[derive(Clone)]
pub struct Zitadel {
    inner: Arc<Inner>,
}

/// The largest body an endpoint of ours takes: 64 KiB, many times what a form of ours needs.
pub const MAX_FORM: usize = 64 * 1024;

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) edge: Edge,
    pub(crate) names: Names,
    pub(crate) keyring: Keyring,
    pub(crate) provider: Provider,
    pub(crate) opened: OpenedSessions,
    pub(crate) flights: Flights,
}

impl Zitadel {
    /// From a configuration, with the world as it is.
    #[cfg(feature = "reqwest")]
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::with_edge(config, Edge::system())
    }

    /// From the environment variables that `.env.example` explains.
    ///
    /// # Errors
    ///
    /// All problems of the configuration at once; each names the variable and the fix, never a secret.
    #[cfg(feature = "reqwest")]
    pub fn from_env() -> Result<Self, ConfigError> {
        Config::from_env().map(Self::new)
    }

    /// From the same variables in a map, for example those of a development provider.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    #[cfg(feature = "reqwest")]
    pub fn from_vars<K: Into<String>, V: Into<String>>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        Config::from_vars(vars).map(Self::new)
    }

    /// From a table of a settings file; the process's variables beat what it says. See [`Config::from_settings`].
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env), and every key that is no setting.
    #[cfg(feature = "reqwest")]
    pub fn from_settings<K: Into<String>, V: Into<String>>(
        settings: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        Config::from_settings(settings).map(Self::new)
    }

    /// With doors to the world of your own: another transport, store, clock or source of randomness.
    #[must_use]
    pub fn with_edge(config: Config, edge: Edge) -> Self {
        let names = Names::new(config.cookie_security);
        let keyring =
            Keyring::derive(&config.session_secrets, config.session_salt.as_ref(), &config.issuer, &config.client_id);
        let provider = Provider::new(&config, Arc::clone(&edge.transport), Arc::clone(&edge.clock));
        let opened = OpenedSessions::new(config.revocation_lag);
        let flights = Flights::default();
        Self { inner: Arc::new(Inner { config, edge, names, keyring, provider, opened, flights }) }
    }

    /// The same application with pages of its own. Call it before the handle is shared: the new handle begins with
    /// empty caches, beside the old one's; they have the store in common.
    ///
    /// # Panics
    ///
    /// If a path is not one on this site, or is taken by an endpoint or by another page: better now than as a
    /// redirect to somewhere else.
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "documented: wrong code, not wrong settings")]
    pub fn with_pages(&self, pages: Pages) -> Self {
        match self.inner.config.clone().with_pages(pages) {
            Ok(config) => Self::with_edge(config, self.inner.edge.clone()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Who sent this request, and what the answer must carry. Never fails.
    ///
    /// Asks the store once per `revocation_lag` and cookie, and the provider when tokens are due: then it waits for two
    /// seconds at most while the access token still lives, and as long as a refresh takes (some 12 s) when it does not.
    pub async fn authenticate(&self, head: &RequestHead) -> Authentication {
        flow::authenticate::authenticate(self, head).await
    }

    /// The same without waiting, if nobody needs to be asked: for nearly every request. `None` means that
    /// [`authenticate`](Self::authenticate) has to ask the store or the provider.
    #[must_use]
    pub fn recognise(&self, head: &RequestHead) -> Option<Authentication> {
        flow::authenticate::recognise(self, head)
    }

    /// Whether a route that requires `required` lets this request in; if not, the whole answer:
    /// a redirect to sign-in, 401, 403, 503, or 502 if the session outgrew its cookies.
    #[must_use]
    pub fn admit(&self, head: &RequestHead, who: &Authentication, required: Required<'_>) -> Admission {
        flow::challenge::admit(self, head, who, required)
    }

    /// Serves one of the engine's own endpoints. `form` is the body.
    pub async fn serve(&self, endpoint: Endpoint, head: &RequestHead, form: &[u8]) -> Reply {
        flow::serve(self, endpoint, head, form).await
    }

    /// The same with a body that is still to be read: at most [`MAX_FORM`] bytes, `None` for what is longer or breaks off.
    /// Only forms are waited for: what is not posted is left alone, because it may never end (the body of a WebSocket is the
    /// connection).
    pub async fn serve_reading<B: AsRef<[u8]>>(
        &self,
        endpoint: Endpoint,
        head: &RequestHead,
        form: impl Future<Output = Option<B>>,
    ) -> Reply {
        if head.method() != "POST" {
            return self.serve(endpoint, head, b"").await;
        }
        match form.await {
            Some(form) => self.serve(endpoint, head, form.as_ref()).await,
            None => self.refuse(head, Refusal::TooLarge),
        }
    }

    /// A refusal in words: for what an adapter notices before the engine does, such as a body that is too large.
    #[must_use]
    pub fn refuse(&self, head: &RequestHead, refusal: Refusal) -> Reply {
        flow::page::refuse(self, head, refusal)
    }

    /// The answer of a route that was put together wrongly: 500, closed, and a log record that says what to do.
    #[must_use]
    pub fn misplaced(what_to_do: &'static str) -> Reply {
        tracing::error!("{what_to_do}");
        flow::page::json_refusal(Refusal::Internal)
    }

    /// The endpoints to mount and their paths. Mount each for any method: the engine decides about methods.
    pub fn endpoints(&self) -> impl Iterator<Item = (Endpoint, &str)> {
        flow::endpoints(&self.inner.config)
    }

    /// The endpoint at exactly this path, if it is one's: for adapters whose framework shows them a request before it
    /// is routed. `path` is decoded and without query.
    #[must_use]
    pub fn endpoint_at(&self, path: &str) -> Option<Endpoint> {
        self.endpoints().find(|(_, known)| *known == path).map(|(endpoint, _)| endpoint)
    }

    /// Starts a sign-in with extra parameters, for an application's own "sign in as another user" or
    /// "register" button: the answer sends the browser to ZITADEL. A prefetch gets 204 and starts nothing.
    ///
    /// # Security
    ///
    /// Method and origin of the request are the caller's to look at. Whoever makes a browser start sign-ins gains
    /// nothing by it: five are kept, in 3 KiB of cookies beside the latest.
    pub async fn login(&self, head: &RequestHead, options: &LoginOptions, return_to: Option<ReturnTo>) -> Reply {
        flow::login::login(self, head, options, return_to).await
    }

    /// The user's claims as the provider has them now, for a user with a session. Refreshes nothing, because there is
    /// no answer here that could carry the new cookie; what another request refreshed is found.
    ///
    /// # Errors
    ///
    /// [`Error::refusal`] says whether the access token is over ([`Refusal::SessionExpired`]), the provider out of
    /// reach ([`Refusal::ProviderUnavailable`]) or without userinfo ([`Refusal::NotSupported`]), or its answer not
    /// acceptable ([`Refusal::SignInFailed`]).
    pub async fn user_info(&self, user: &User) -> Result<serde_json::Map<String, serde_json::Value>, Error> {
        Ok(flow::user_info::fresh(self, user).await?)
    }

    /// 200 as long as the process answers. For `/healthz`.
    #[must_use]
    pub fn alive() -> Reply {
        flow::ready::alive()
    }

    /// Whether the application can do its work: 200, or 503 and which dependency is out, as JSON. For `/readyz`.
    /// Metadata and keys that are known count, even if the provider went down since.
    pub async fn ready(&self) -> Reply {
        flow::ready::ready(self).await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl fmt::Debug for Zitadel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zitadel").field("issuer", &self.inner.config.issuer).finish_non_exhaustive()
    }
}
