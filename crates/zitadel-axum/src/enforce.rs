//! Two tower layers: `authenticate` finds out who is there, `require_user` turns visitors away.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    http::{Extensions, Request},
    response::{IntoResponse, Response},
};
use tower_layer::Layer;
use tower_service::Service;
use zitadel_core::{Admission, Authentication, Reply, RequestHead, Required, Zitadel};

use crate::translate;

/// Finds out who sent a request, for the extractors and for [`require_user`] further in, and puts onto the answer
/// what the session needs. Lets everybody through.
///
/// [`Protected`](crate::Protected) is made of it; use it directly only where a `Protected` does not fit.
/// The outermost of our layers, but inside what may change an answer's cookies or cache headers.
///
/// Cookies reach every answer that the inner service gives. An inner service that fails (`Err`), which axum's
/// routers never do, gives none: turn errors into answers inside this layer. The same holds for a layer that
/// catches panics.
pub fn authenticate(zitadel: Zitadel) -> Authenticate {
    Authenticate::new(zitadel, Required::Nothing)
}

/// Turns away whoever is not signed in: to sign-in, or with 401. Needs [`authenticate`] outside it, and answers
/// 500 without.
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

type Answering<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<T, B> Service<Request<B>> for Authenticated<T>
where
    T: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = T::Error;
    type Future = Answering<T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let Authenticate { zitadel, required } = self.layer.clone();
        // The one that `poll_ready` spoke of answers; its clone waits for the next request.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            let head = translate::head(&request);
            let authentication = zitadel.authenticate(&head).await;
            let visitor = Visitor { zitadel, head, authentication: authentication.clone() };
            let mut response = match visitor.refused(required) {
                Some(reply) => translate::response(reply),
                None => {
                    request.extensions_mut().insert(visitor);
                    inner.call(request).await?.into_response()
                }
            };
            if response.extensions().get::<Finished>().is_none() {
                translate::finish(&authentication, response.headers_mut());
            }
            Ok(response)
        })
    }
}

impl<T, B> Service<Request<B>> for Requiring<T>
where
    T: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = T::Error;
    type Future = Answering<T::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), T::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let refused = match Visitor::of(request.extensions()) {
            Ok(visitor) => visitor.refused(self.required),
            Err(reply) => Some(reply),
        };
        match refused {
            Some(reply) => Box::pin(async move { Ok(translate::response(reply)) }),
            None => {
                let answer = self.inner.call(request);
                Box::pin(async move { Ok(answer.await?.into_response()) })
            }
        }
    }
}

/// Who sent the request at hand; in its extensions once [`Authenticate`] has seen it.
#[derive(Clone)]
pub(crate) struct Visitor {
    zitadel: Zitadel,
    head: RequestHead,
    authentication: Authentication,
}

impl Visitor {
    /// The one in these extensions. Without one there is nobody to ask, and the door stays shut.
    pub(crate) fn of(extensions: &Extensions) -> Result<&Self, Reply> {
        extensions.get().ok_or_else(|| {
            Zitadel::misplaced(
                "no `authenticate` around this route: put it into a `Protected`, or apply \
                 `zitadel_axum::authenticate(zitadel)` outside of `require_user` and of handlers that take a `User`",
            )
        })
    }

    pub(crate) fn admit(&self, required: Required<'_>) -> Admission {
        self.zitadel.admit(&self.head, &self.authentication, required)
    }

    fn refused(&self, required: Required<'_>) -> Option<Reply> {
        match (required, self.admit(required)) {
            (_, Admission::Denied(reply)) => Some(reply),
            (Required::Nothing, Admission::Granted(_)) => None,
            (_, Admission::Granted(user)) => user.is_none().then(|| Reply::new(500)),
        }
    }
}

/// Marks answers that carry their session cookies already: those of the engine's endpoints, should somebody
/// put them inside [`authenticate`].
#[derive(Clone, Copy)]
pub(crate) struct Finished;
