//! Two tower layers: `authenticate` finds out who is there, `require_user` turns visitors away.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{
    http::{Extensions, Request},
    response::{IntoResponse, Response},
};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use zitadel_core::{Authentication, Reply, Required, Visitor, Zitadel};

use crate::translate;

/// Finds out who sent a request, for the extractors and for [`require_user`] further in, and puts onto the answer
/// what the session needs. Lets everybody through.
///
/// [`Protected`](crate::Protected) is made of it; use it directly only where a `Protected` does not fit. It goes outside
/// [`require_user`], [`require_role`] and every handler that asks for a user; the [`endpoints`](crate::endpoints)
/// stay outside of it.
///
/// Session cookies are put onto every answer of the inner service: refusals, error pages, bodies that are still
/// streaming. An inner service that fails with `Err` (axum's routers never do) or panics gives no answer to put
/// them on, and a session that was refreshed for that request stays unwritten: turn errors and panics into answers
/// further in.
pub fn authenticate(zitadel: Zitadel) -> Authenticate {
    Authenticate::new(zitadel, Required::Nothing)
}

/// Turns away whoever is not signed in: to sign-in, or with 401; and requests that do not count, such as those another
/// site sent, with 403 or 503. Needs [`authenticate`] outside it, and answers 500 without.
///
/// With `Router::route_layer` it leaves the fallback of a method router open; with `layer` it does not.
pub fn require_user() -> Require {
    Require { required: Required::User }
}

/// Turns away whoever does not hold this role: visitors as [`require_user`] does, users with 403.
///
/// In a handler's signature, [`Role<R>`](crate::Role) says the same where the work is done.
pub fn require_role(key: &'static str) -> Require {
    Require { required: Required::Role(key) }
}

/// The layer made by [`authenticate`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct Authenticate {
    zitadel: Zitadel,
    required: Required<'static>,
}

/// The layer made by [`require_user`] and [`require_role`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct Require {
    required: Required<'static>,
}

/// A service inside [`Authenticate`].
#[derive(Clone, Debug)]
pub struct Authenticated<T> {
    inner: T,
    layer: Authenticate,
}

/// A service inside [`Require`].
#[derive(Clone, Debug)]
pub struct Requiring<T> {
    inner: T,
    required: Required<'static>,
}

impl Authenticate {
    pub(crate) fn new(zitadel: Zitadel, required: Required<'static>) -> Self {
        Self { zitadel, required }
    }
}

impl<T> Layer<T> for Authenticate {
    type Service = Authenticated<T>;

    fn layer(&self, inner: T) -> Authenticated<T> {
        Authenticated { inner, layer: self.clone() }
    }
}

impl<T> Layer<T> for Require {
    type Service = Requiring<T>;

    fn layer(&self, inner: T) -> Requiring<T> {
        Requiring { inner, required: self.required }
    }
}

impl<T, B> Service<Request<B>> for Authenticated<T>
where
    T: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = T::Error;
    type Future = Answering<T::Future, T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Authenticate { zitadel, required } = self.layer.clone();
        // Nearly every request: no future of ours, no allocation for it, no clone of the inner service.
        let head = match Visitor::recognise(&zitadel, translate::head(&request)) {
            Ok(visitor) => return enter(visitor, request, required, &mut self.inner),
            Err(head) => head,
        };
        // The one that `poll_ready` spoke of answers; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Answering::waiting(async move {
            enter(Visitor::authenticate(&zitadel, head).await, request, required, &mut inner).await
        })
    }
}

impl<T, B> Service<Request<B>> for Requiring<T>
where
    T: Service<Request<B>, Response: IntoResponse>,
{
    type Response = Response;
    type Error = T::Error;
    type Future = Answering<T::Future, T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match visitor(request.extensions()).map(|visitor| visitor.turned_away(self.required)) {
            Ok(None) => Answering::inside(self.inner.call(request), None),
            Ok(Some(reply)) | Err(reply) => Answering::refused(reply, None),
        }
    }
}

pin_project! {
    /// An answer on its way: the future of [`Authenticated`] and [`Requiring`].
    #[must_use = "futures do nothing until they are polled"]
    pub struct Answering<F, E> {
        #[pin]
        step: Step<F, E>,
    }
}

pin_project! {
    #[project = StepProjection]
    enum Step<F, E> {
        // The inner service is at work.
        Inside { #[pin] answer: F, authentication: Option<Authentication> },
        // The engine has to ask somebody first.
        Waiting { answer: Pin<Box<dyn Future<Output = Result<Response, E>> + Send>> },
        // The engine said no.
        Refused { response: Option<Response> },
    }
}

impl<F, E> Answering<F, E> {
    fn inside(answer: F, authentication: Option<Authentication>) -> Self {
        Self { step: Step::Inside { answer, authentication } }
    }

    fn waiting(answer: impl Future<Output = Result<Response, E>> + Send + 'static) -> Self {
        Self { step: Step::Waiting { answer: Box::pin(answer) } }
    }

    fn refused(reply: Reply, authentication: Option<&Authentication>) -> Self {
        Self { step: Step::Refused { response: Some(finished(translate::response(reply), authentication)) } }
    }
}

impl<F, E, R> Future for Answering<F, E>
where
    F: Future<Output = Result<R, E>>,
    R: IntoResponse,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().step.project() {
            StepProjection::Inside { answer, authentication } => {
                let response = ready!(answer.poll(cx))?.into_response();
                Poll::Ready(Ok(finished(response, authentication.as_ref())))
            }
            StepProjection::Waiting { answer } => answer.as_mut().poll(cx),
            StepProjection::Refused { response } => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
        }
    }
}

fn finished(mut response: Response, authentication: Option<&Authentication>) -> Response {
    match authentication {
        Some(authentication) if response.extensions().get::<Finished>().is_none() => {
            translate::finish(authentication, response.headers_mut());
        }
        _ => {}
    }
    response
}

/// Goes through the door with the request, or is turned away.
fn enter<T, B>(
    visitor: Visitor,
    mut request: Request<B>,
    required: Required<'_>,
    inner: &mut T,
) -> Answering<T::Future, T::Error>
where
    T: Service<Request<B>>,
{
    let authentication = visitor.authentication().clone();
    if let Some(reply) = visitor.turned_away(required) {
        return Answering::refused(reply, Some(&authentication));
    }
    request.extensions_mut().insert(visitor);
    Answering::inside(inner.call(request), Some(authentication))
}

/// Who sent the request with these extensions. Where [`Authenticate`] has not seen it there is nobody to ask, and the
/// door stays shut.
pub(crate) fn visitor(extensions: &Extensions) -> Result<&Visitor, Reply> {
    extensions.get().ok_or_else(|| {
        Zitadel::misplaced(
            "no `authenticate` around this route: put it into a `Protected`, or apply \
             `zitadel_axum::authenticate(zitadel)` outside of `require_user` and of handlers that take a `User`",
        )
    })
}

/// Marks answers that carry their session cookies already: those of the engine's endpoints, should somebody
/// put them inside [`authenticate`].
#[derive(Clone, Copy)]
pub(crate) struct Finished;
