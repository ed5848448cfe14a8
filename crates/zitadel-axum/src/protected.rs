//! `Protected`: a router whose routes require a user unless they are marked public.

use std::{convert::Infallible, fmt, mem};

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    response::IntoResponse,
    routing::{MethodRouter, Route},
};
use tower_layer::{Layer, Stack};
use tower_service::Service;
use zitadel_core::Zitadel;

use crate::{
    endpoints,
    enforce::{authenticate, require_user},
    public::{AsHandler, AsService, Entry, IntoEntry, private::Token},
};

/// A router whose routes require a user unless they are marked [`public`](crate::PublicExt::public).
///
/// It is used like axum's [`Router`]; [`into_router`](Self::into_router) turns it into one. The rules, each with a test
/// in `tests/it/routing.rs`, or, where they panic, in `tests/it/launch.rs`:
///
/// 1. A bare route is protected, whatever its method router holds: every method, `any`, a fallback of its own. An
///    anonymous request with a method that it does not have gets the challenge too; a user gets 405.
/// 2. A route marked `.public()` is open. Its handlers can still ask for `Option<User>`.
/// 3. The same path may be public for one method and protected for another. On such a path a method without a handler
///    is 405 for everyone.
/// 4. `HEAD` is as open as the `GET` that answers it.
/// 5. A nested or merged `Router` is protected as a whole, with its fallback, unless marked; a nested or merged
///    `Protected` keeps its own marks and its own [`Zitadel`].
/// 6. Unknown paths are 404 for everyone, without authentication. A [`fallback`](Self::fallback) of the application is
///    protected unless marked.
/// 7. The engine's endpoints (login, callbacks, logout) are mounted by the outermost `Protected`.
///
/// Axum's own rules apply as well: a more specific path is preferred, and two routes that overlap panic at start-up.
#[must_use = "turn it into a router and serve it"]
pub struct Protected<S = ()> {
    zitadel: Zitadel,
    protected: Router<S>,
    public: Router<S>,
    /// What enforces its own marks; and the plain 404 for unknown paths.
    nested: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Protected<S> {
    /// An empty container: only the engine's endpoints, and 404 elsewhere.
    pub fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, protected: Router::new(), public: Router::new(), nested: Router::new() }
    }

    /// Makes everything at this path, and below it, an API: what is denied there is answered with a status and JSON, for a browser that
    /// opens the address, too, and never with a redirect to login. What requires a user still does. May be repeated.
    ///
    /// Everywhere else that is so for requests that are not navigations, and for those with a bearer token.
    ///
    /// Preflight requests (CORS) carry no credentials: `tower_http`'s `CorsLayer` goes around the router that
    /// [`into_router`](Self::into_router) returns, and answers them before any of this.
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`, or ends with one.
    #[track_caller]
    pub fn api(mut self, path: &str) -> Self {
        self.zitadel = self.zitadel.with_api_path(path);
        self
    }

    /// Adds a route, as [`Router::route`] does.
    ///
    /// # Panics
    ///
    /// Where axum's does: a path without a leading `/`, two routes for the same method and path. If one of the
    /// two is public and the other protected, [`into_router`](Self::into_router) panics instead.
    #[track_caller]
    pub fn route(mut self, path: &str, route: impl IntoEntry<MethodRouter<S>, Item = MethodRouter<S>>) -> Self {
        let (router, route) = self.side(route.into_entry(Token));
        *router = mem::take(router).route(path, route);
        self
    }

    /// Adds a tower service at exactly this path, as [`Router::route_service`] does.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and for a `Router`, which [`nest`](Self::nest) takes.
    #[track_caller]
    pub fn route_service<T>(mut self, path: &str, service: T) -> Self
    where
        T: IntoEntry<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.into_entry(Token));
        *router = mem::take(router).route_service(path, service);
        self
    }

    /// Puts a router, or another `Protected`, under a prefix, as [`Router::nest`] does.
    ///
    /// A bare `Router` is protected as a whole. A `Protected` keeps its marks; only its endpoints are not mounted
    /// again.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and for the prefix `/` or none, for which [`merge`](Self::merge) is the method.
    #[track_caller]
    pub fn nest(mut self, path: &str, inner: impl IntoEntry<Router<S>, Item = Router<S>>) -> Self {
        let (router, inner) = self.side(inner.into_entry(Token));
        *router = mem::take(router).nest(path, inner);
        self
    }

    /// Forwards requests below a prefix to another API, in the name of the user: the session cookie is swapped for
    /// `Authorization: Bearer` with the user's current access token. With the feature `proxy`.
    ///
    /// ```
    /// # use zitadel_axum::{Protected, Zitadel};
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// // `/api/orders?open` is asked for at `http://orders.internal:8080/v1/orders?open`.
    /// Protected::new(zitadel).proxy("/api", "http://orders.internal:8080/v1")
    /// # }
    /// ```
    ///
    /// Everything there requires a user, and unsafe requests and WebSockets evidence that they come from this application, as
    /// on every protected route; it is an [`api`](Self::api), so that denials are JSON. The answer is the upstream's, with
    /// its status; 502 as JSON if there is none: no connection within 3 s, or no answer within 60 s after the request was sent. Bodies
    /// are streamed, and WebSockets kept.
    ///
    /// Cookies of this library are not sent on, all others are; hop-by-hop headers end here (RFC 9110 §7.6.1), and `Forwarded` and
    /// `X-Forwarded-…` are the application's own. A path with `.` or `..` is 404. After a 401 of the upstream a request without
    /// a body is sent once more if there is a newer token. See `docs/calling-apis.md`.
    ///
    /// # Security
    ///
    /// Whatever the upstream answers is an answer of this origin: forward only to an API that is trusted like the application itself.
    ///
    /// # Panics
    ///
    /// As [`nest_service`](Self::nest_service) and [`api`](Self::api); and if `upstream` is not an http or https address without user, query and
    /// fragment.
    #[cfg(feature = "proxy")]
    #[track_caller]
    pub fn proxy(self, path: &str, upstream: &str) -> Self {
        let proxy = crate::proxy::Proxy::new(self.zitadel.clone(), path, upstream);
        self.api(path).nest_service(path, proxy)
    }

    /// Puts a tower service under a prefix, as [`Router::nest_service`] does.
    ///
    /// # Panics
    ///
    /// As [`nest`](Self::nest).
    #[track_caller]
    pub fn nest_service<T>(mut self, path: &str, service: T) -> Self
    where
        T: IntoEntry<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.into_entry(Token));
        *router = mem::take(router).nest_service(path, service);
        self
    }

    /// Adds all routes of a router, or of another `Protected`, as [`Router::merge`] does.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and if both bring a fallback.
    #[track_caller]
    pub fn merge(mut self, other: impl IntoEntry<Router<S>, Item = Router<S>>) -> Self {
        let (router, other) = self.side(other.into_entry(Token));
        *router = mem::take(router).merge(other);
        self
    }

    /// The handler for paths without a route, instead of an empty 404. Mark it public, unless anonymous requests for
    /// paths that do not exist should be redirected to login.
    #[track_caller]
    pub fn fallback<H, Mark, M>(mut self, handler: H) -> Self
    where
        H: IntoEntry<AsHandler<Mark, M, S>>,
        H::Item: Handler<M, S>,
        M: 'static,
    {
        let (router, handler) = self.side(handler.into_entry(Token));
        *router = mem::take(router).fallback(handler);
        self
    }

    /// [`fallback`](Self::fallback) with a tower service, for example one that serves files.
    #[track_caller]
    pub fn fallback_service<T>(mut self, service: T) -> Self
    where
        T: IntoEntry<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.into_entry(Token));
        *router = mem::take(router).fallback_service(service);
        self
    }

    /// Wraps the routes added so far, *inside* enforcement: the layer sees only requests that were not denied, and the
    /// user is known.
    ///
    /// A layer that must see every request (tracing, compression) goes around the router that
    /// [`into_router`](Self::into_router) returns. A layer that catches panics goes here: further out, its response could
    /// no longer carry a refreshed session to the browser. A `Protected` nested or merged into this one enforces before
    /// any layer of its own and after those added here.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request, Response: IntoResponse, Error: Into<Infallible>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<Request>>::Response: 'static,
        <L::Service as Service<Request>>::Error: 'static,
        <L::Service as Service<Request>>::Future: 'static,
    {
        Self {
            zitadel: self.zitadel,
            protected: self.protected.layer(layer.clone()),
            public: self.public.layer(layer.clone()),
            nested: self.nested.layer(layer),
        }
    }

    /// Gives handlers their state, as [`Router::with_state`] does.
    pub fn with_state<S2>(self, state: S) -> Protected<S2> {
        Protected {
            zitadel: self.zitadel,
            protected: self.protected.with_state(state.clone()),
            public: self.public.with_state(state.clone()),
            nested: self.nested.with_state(state),
        }
    }

    /// The router to serve: everything that was added, enforced, and the engine's endpoints.
    ///
    /// # Panics
    ///
    /// If a public and a protected route overlap, if there is both a public and a protected fallback, or if a route has
    /// the path of one of the engine's endpoints.
    #[track_caller]
    pub fn into_router(self) -> Router<S> {
        endpoints::endpoints(&self.zitadel).merge(self.enforce())
    }

    /// Everything that was added, enforced.
    #[track_caller]
    pub(crate) fn enforce(self) -> Router<S> {
        let Self { zitadel, protected, public, nested } = self;
        // One layer made of two, because each `Router::layer` boxes the route again. Where both routers have the default
        // fallback, axum keeps that of the argument: the last one, the plain 404.
        protected
            .layer(Stack::new(require_user(), authenticate(zitadel.clone())))
            .merge(public.layer(authenticate(zitadel)))
            .merge(nested)
    }

    fn side<T>(&mut self, entry: Entry<T>) -> (&mut Router<S>, T) {
        match entry {
            Entry::Protected(item) => (&mut self.protected, item),
            Entry::Public(item) => (&mut self.public, item),
            Entry::Nested(item) => (&mut self.nested, item),
        }
    }
}

impl<S> fmt::Debug for Protected<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protected")
            .field("protected", &self.protected)
            .field("public", &self.public)
            .field("nested", &self.nested)
            .finish_non_exhaustive()
    }
}
