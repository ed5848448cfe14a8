//! Two tower layers: `authenticate` finds out who sent a request; `require`, `require_user` and `require_role` deny access.
//!
//! What axum 0.8 forces, each with a test:
//!
//! - `Router::merge` keeps the fallback of its argument when both are default: endpoints, protected, public, in this
//!   order, leave a plain 404.
//! - `route_layer` leaves `any()` and method fallbacks open, so protection uses `layer`. A protected path answers unknown
//!   methods with the challenge, not with 405.
//! - `merge` and `route` combine method routers: one path may be public for `GET` and protected for `POST`.
//! - Under `nest` only `OriginalUri` keeps path and query; `request.uri()` has lost the prefix.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    BoxError,
    body::{Bytes, HttpBody},
    http::{Extensions, Request},
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use zitadel_core::{Authentication, Requirement, Zitadel};

use crate::{
    endpoints::{self, Served},
    translate,
    user::Denied,
};

/// Authenticates requests for the extractors and for [`require_user`] further in, and sets on every response what the
/// session needs. Denies nothing. Requests for the engine's endpoints (login, callbacks, logout) it answers itself.
///
/// [`Protected`](crate::Protected) is built from it; use it directly only where a `Protected` does not fit. It goes
/// outside of [`require_user`], [`require_role`] and every handler that asks for a user. Around the whole application it
/// is all that is needed; around some routes it does not see the paths of the endpoints, which
/// [`endpoints`](crate::endpoints()) mounts then.
///
/// Session cookies are set on every response of the inner service: denials, error pages, bodies that are still
/// streaming. An inner service that fails with `Err` (axum's routers never do) or panics gives no response to set them
/// on, and a session that was refreshed for that request is lost: turn errors and panics into responses further in.
///
/// ```
/// use axum::{Router, routing::get};
/// use zitadel_axum::{User, Zitadel, authenticate, require_user};
///
/// async fn home(user: Option<User>) -> &'static str {
///     if user.is_some() { "Welcome back" } else { "Welcome" }
/// }
///
/// # fn app(zitadel: Zitadel) -> Router {
/// let members = Router::new().route("/members", get(home)).layer(require_user());
/// Router::new().route("/", get(home)).merge(members).layer(authenticate(zitadel))
/// # }
/// ```
pub fn authenticate(zitadel: Zitadel) -> AuthLayer {
    AuthLayer { zitadel }
}

/// Denies requests without a user: a redirect to login, or 401; and requests that cannot be accepted, such as those from
/// another site, with 403 or 503. Needs [`authenticate`] further out, and answers 500 without.
///
/// `Router::route_layer` leaves the fallback of a method router open; `layer` does not.
pub fn require_user() -> RequireLayer {
    require(Requirement::user())
}

/// Denies requests of users without this role, with 403; and those without a user, as [`require_user`] does.
///
/// In a handler's signature, [`Role<R>`](crate::Role) does the same.
pub fn require_role(key: &'static str) -> RequireLayer {
    require(Requirement::user().role(key))
}

/// Denies requests that do not meet this requirement, as [`Authorized<P>`](crate::Authorized) does in a handler's signature; and those
/// without a user, as [`require_user`] does.
///
/// ```
/// use axum::{Router, routing::get};
/// use zitadel_axum::{Requirement, require};
///
/// const ADMINS: Requirement<'static> = Requirement::user().role("admin").amr("mfa");
///
/// let admin: Router = Router::new().route("/users", get(async || "users")).layer(require(ADMINS));
/// # let _ = admin;
/// ```
pub fn require(requirement: Requirement<'static>) -> RequireLayer {
    RequireLayer { requirement }
}

/// The layer made by [`authenticate`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct AuthLayer {
    zitadel: Zitadel,
}

/// The service made by [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct AuthService<T> {
    inner: T,
    zitadel: Zitadel,
}

/// The layer made by [`require_user`], [`require_role`] and [`require`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct RequireLayer {
    requirement: Requirement<'static>,
}

/// The service made by [`RequireLayer`].
#[derive(Clone, Debug)]
pub struct RequireService<T> {
    inner: T,
    requirement: Requirement<'static>,
}

impl<T> Layer<T> for AuthLayer {
    type Service = AuthService<T>;

    fn layer(&self, inner: T) -> AuthService<T> {
        AuthService { inner, zitadel: self.zitadel.clone() }
    }
}

impl<T> Layer<T> for RequireLayer {
    type Service = RequireService<T>;

    fn layer(&self, inner: T) -> RequireService<T> {
        RequireService { inner, requirement: self.requirement }
    }
}

impl<T, B> Service<Request<B>> for AuthService<T>
where
    T: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response;
    type Error = T::Error;
    type Future = ResponseFuture<T::Future, T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let known = request.extensions().get::<Authentication>();
        if known.is_some_and(|authentication| authentication.belongs_to(&self.zitadel)) {
            // The same handle further out has authenticated the request and will see the response.
            return ResponseFuture::inner(self.inner.call(request), None);
        }
        let head = translate::head(request.method(), request.uri(), request.headers(), request.extensions());
        if let Some(endpoint) = self.zitadel.match_endpoint(head.path()) {
            let zitadel = self.zitadel.clone();
            let body = request.into_body();
            return ResponseFuture::waiting(async move { Ok(endpoints::serve(zitadel, endpoint, head, body).await) });
        }
        // Nearly every request: no additional future, no allocation, no clone of the inner service.
        let head = match self.zitadel.authenticate_cached(head) {
            Ok(authentication) => {
                request.extensions_mut().insert(authentication.clone());
                return ResponseFuture::inner(self.inner.call(request), Some(authentication));
            }
            Err(head) => head,
        };
        // `poll_ready` was called on this service; its clone serves the next request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let zitadel = self.zitadel.clone();
        ResponseFuture::waiting(async move {
            let authentication = zitadel.authenticate(head).await;
            request.extensions_mut().insert(authentication.clone());
            ResponseFuture::inner(inner.call(request), Some(authentication)).await
        })
    }
}

impl<T, B> Service<Request<B>> for RequireService<T>
where
    T: Service<Request<B>, Response: IntoResponse>,
{
    type Response = Response;
    type Error = T::Error;
    type Future = ResponseFuture<T::Future, T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let authentication = authentication(request.extensions());
        match authentication.and_then(|it| it.authorize(&self.requirement).map(drop).map_err(Denied::from)) {
            Ok(()) => ResponseFuture::inner(self.inner.call(request), None),
            Err(denied) => ResponseFuture::ready(denied.into_response()),
        }
    }
}

pin_project! {
    /// The future of [`AuthService`] and [`RequireService`].
    #[must_use = "futures do nothing until they are polled"]
    pub struct ResponseFuture<F, E> {
        #[pin]
        state: State<F, E>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, E> {
        // The inner service is at work; the authentication is to be applied to its response.
        Inner { #[pin] response: F, authentication: Option<Authentication> },
        // The store or the provider is asked first, or an endpoint answers.
        Waiting { response: Pin<Box<dyn Future<Output = Result<Response, E>> + Send>> },
        // The response without the inner service.
        Ready { response: Option<Response> },
    }
}

impl<F, E> ResponseFuture<F, E> {
    fn inner(response: F, authentication: Option<Authentication>) -> Self {
        Self { state: State::Inner { response, authentication } }
    }

    fn waiting(response: impl Future<Output = Result<Response, E>> + Send + 'static) -> Self {
        Self { state: State::Waiting { response: Box::pin(response) } }
    }

    fn ready(response: Response) -> Self {
        Self { state: State::Ready { response: Some(response) } }
    }
}

impl<F, E, R> Future for ResponseFuture<F, E>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Inner { response, authentication } => {
                let mut response = ready!(response.poll(cx))?.into_response();
                if let Some(authentication) = authentication
                    && response.extensions().get::<Served>().is_none()
                {
                    translate::finish(authentication, &mut response);
                }
                Poll::Ready(Ok(response))
            }
            StateProjection::Waiting { response } => response.as_mut().poll(cx),
            StateProjection::Ready { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

/// The authentication of the request with these extensions; denied where no [`authenticate`] has seen it.
pub(crate) fn authentication(extensions: &Extensions) -> Result<&Authentication, Denied> {
    extensions.get().ok_or_else(|| {
        let hint = "no `authenticate` around this route: put it into a `Protected`, or apply \
                    `zitadel_axum::authenticate(zitadel)` outside of `require_user` and of handlers that take a `User`";
        zitadel_core::Denied::misconfigured(hint).into()
    })
}
