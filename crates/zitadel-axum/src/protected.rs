//! `Protected`: a router whose routes need a signed-in user unless they say they are public.

use std::{convert::Infallible, fmt, mem};

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    response::IntoResponse,
    routing::{MethodRouter, Route},
};
use tower_layer::Layer;
use tower_service::Service;
use zitadel_core::{Required, Zitadel};

use crate::{
    endpoints,
    enforce::Authenticate,
    public::{AsHandler, AsService, Fileable, Filed},
};

/// A router whose routes need a signed-in user unless they say [`public`](crate::PublicExt::public).
///
/// Use it as you would use axum's [`Router`]; [`into_router`](Self::into_router) makes one of it. The rules, each
/// with a test in `tests/routing.rs`:
///
/// 1. A bare route is closed, whatever its method router holds: every method, `any`, a fallback of its own.
///    A visitor who uses a method it does not have gets the challenge too; a signed-in user gets 405.
/// 2. A route marked `.public()` is open. Its handlers can still ask for `Option<User>`.
/// 3. The same path may be public for one method and closed for another. On such a path a method nobody
///    handles is 405 for everyone.
/// 4. `HEAD` is as open as the `GET` that answers it.
/// 5. A nested or merged `Router` is closed as a whole, with its fallback, unless marked; a nested or merged
///    `Protected` keeps its own marks and its own [`Zitadel`].
/// 6. Unknown paths are 404 for everyone, without a look at the session. A [`fallback`](Self::fallback) of your
///    own is closed unless marked.
/// 7. The engine's endpoints (sign-in, callbacks, sign-out, …) come with the outermost `Protected`.
///
/// Axum's own rules hold as well: a more specific path wins, and two routes that overlap panic at start-up.
#[must_use = "turn it into a router and serve it"]
pub struct Protected<S = ()> {
    zitadel: Zitadel,
    closed: Router<S>,
    public: Router<S>,
    /// What was a `Protected` itself, enforced already; and the plain 404 for unknown paths.
    sealed: Router<S>,
}

impl<S: Clone + Send + Sync + 'static> Protected<S> {
    /// An empty container: nothing but the engine's endpoints, and 404 elsewhere.
    pub fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, closed: Router::new(), public: Router::new(), sealed: Router::new() }
    }

    /// Adds a route, as [`Router::route`] does.
    ///
    /// # Panics
    ///
    /// Where axum's does: a path without a leading `/`, two routes for the same method and path. If one of the
    /// two is public and the other closed, [`into_router`](Self::into_router) panics instead.
    #[track_caller]
    pub fn route(mut self, path: &str, route: impl Fileable<MethodRouter<S>, Item = MethodRouter<S>>) -> Self {
        let (router, route) = self.side(route.file());
        *router = mem::take(router).route(path, route);
        self
    }

    /// Adds a tower service at exactly this path, as [`Router::route_service`] does.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and for a `Router`, which belongs into [`nest`](Self::nest).
    #[track_caller]
    pub fn route_service<T>(mut self, path: &str, service: T) -> Self
    where
        T: Fileable<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.file());
        *router = mem::take(router).route_service(path, service);
        self
    }

    /// Puts a router, or another `Protected`, under a prefix, as [`Router::nest`] does.
    ///
    /// A bare `Router` is closed as a whole. A `Protected` keeps its marks; only its endpoints are not mounted
    /// again.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and for the prefix `/` or none, where [`merge`](Self::merge) is meant.
    #[track_caller]
    pub fn nest(mut self, path: &str, inner: impl Fileable<Router<S>, Item = Router<S>>) -> Self {
        let (router, inner) = self.side(inner.file());
        *router = mem::take(router).nest(path, inner);
        self
    }

    /// Puts a tower service under a prefix, as [`Router::nest_service`] does.
    ///
    /// # Panics
    ///
    /// As [`nest`](Self::nest).
    #[track_caller]
    pub fn nest_service<T>(mut self, path: &str, service: T) -> Self
    where
        T: Fileable<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.file());
        *router = mem::take(router).nest_service(path, service);
        self
    }

    /// Adds all routes of a router, or of another `Protected`, as [`Router::merge`] does.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route); and if both bring a fallback.
    #[track_caller]
    pub fn merge(mut self, other: impl Fileable<Router<S>, Item = Router<S>>) -> Self {
        let (router, other) = self.side(other.file());
        *router = mem::take(router).merge(other);
        self
    }

    /// What answers when no route does, instead of an empty 404. Mark it public, unless visitors shall be sent
    /// to sign in for paths that do not exist.
    #[track_caller]
    pub fn fallback<H, Mark, M>(mut self, handler: H) -> Self
    where
        H: Fileable<AsHandler<Mark, M, S>>,
        H::Item: Handler<M, S>,
        M: 'static,
    {
        let (router, handler) = self.side(handler.file());
        *router = mem::take(router).fallback(handler);
        self
    }

    /// [`fallback`](Self::fallback) with a tower service, for example one that serves files.
    #[track_caller]
    pub fn fallback_service<T>(mut self, service: T) -> Self
    where
        T: Fileable<AsService>,
        T::Item: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let (router, service) = self.side(service.file());
        *router = mem::take(router).fallback_service(service);
        self
    }

    /// Wraps the routes added so far, *inside* enforcement: the layer sees admitted requests only, and knows
    /// the user.
    ///
    /// For what has to see every request (tracing, compression), layer the router that
    /// [`into_router`](Self::into_router) returns. A layer that catches panics belongs here: outside, its answer
    /// would come too late to carry a refreshed session to the browser. A `Protected` nested or merged into this
    /// one enforces before any layer of its own and after those added here.
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
            closed: self.closed.layer(layer.clone()),
            public: self.public.layer(layer.clone()),
            sealed: self.sealed.layer(layer),
        }
    }

    /// Gives handlers their state, as [`Router::with_state`] does.
    pub fn with_state<S2>(self, state: S) -> Protected<S2> {
        Protected {
            zitadel: self.zitadel,
            closed: self.closed.with_state(state.clone()),
            public: self.public.with_state(state.clone()),
            sealed: self.sealed.with_state(state),
        }
    }

    /// The router to serve: everything filed, enforced, and the engine's endpoints beside it.
    ///
    /// # Panics
    ///
    /// If a public and a closed route overlap, if there is both a public and a closed fallback, or if a route
    /// sits where one of the engine's endpoints does.
    #[track_caller]
    pub fn into_router(self) -> Router<S> {
        // Not through the enforcement: an endpoint looks at the session itself, and one answer must not set
        // it twice.
        endpoints::endpoints(&self.zitadel).merge(self.seal())
    }

    /// Everything filed so far, enforced.
    #[track_caller]
    pub(crate) fn seal(self) -> Router<S> {
        let Self { zitadel, closed, public, sealed } = self;
        // Where both have the default fallback, axum keeps that of the argument: the last one, the plain 404.
        closed
            .layer(Authenticate::new(zitadel.clone(), Required::User))
            .merge(public.layer(Authenticate::new(zitadel, Required::Nothing)))
            .merge(sealed)
    }

    fn side<T>(&mut self, filed: Filed<T>) -> (&mut Router<S>, T) {
        match filed {
            Filed::Closed(item) => (&mut self.closed, item),
            Filed::Public(item) => (&mut self.public, item),
            Filed::Sealed(item) => (&mut self.sealed, item),
        }
    }
}

impl<S> fmt::Debug for Protected<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protected")
            .field("closed", &self.closed)
            .field("public", &self.public)
            .field("sealed", &self.sealed)
            .finish_non_exhaustive()
    }
}
