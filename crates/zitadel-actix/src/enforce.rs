//! Two middleware: `authenticate` finds out who is there, `require_user` turns visitors away.

use std::{
    future::{Ready, ready},
    rc::Rc,
};

use actix_web::{
    Error, HttpMessage as _, HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
};
use futures_util::{
    FutureExt as _, TryFutureExt as _,
    future::{Either, LocalBoxFuture, MapOk},
};
use zitadel_core::{Reply, Required, Visitor, Zitadel};

use crate::{
    endpoints::{self, Finished},
    guard::UnknownPath,
    translate,
};

/// Finds out who sent a request, for the extractors, the [guards](crate::guard) and for [`require_user`] further in,
/// and puts onto the answer what the session needs. Lets everybody through. Requests for the engine's endpoints
/// (sign-in, callbacks, sign-out, …) it answers itself, so nothing further in can hide them or lock people out.
///
/// [`Protected`](crate::Protected) is made of it; use it directly only where a `Protected` does not fit. It goes outside
/// [`require_user`], [`require_role`] and every handler that asks for a user; in actix-web the *last* `.wrap(..)` is
/// the outermost. Around the whole `App` it is all there is to do; around a scope or a resource it does not see the
/// endpoints' paths, which [`endpoints`](crate::endpoints()) mounts then.
///
/// Session cookies are put onto every answer of what is inside: refusals, error pages, bodies that are still
/// streaming, and the errors of middleware that gives up. A handler that panics gives no answer at all (actix-web
/// closes the connection), and a session that was refreshed for that request stays unwritten.
///
/// ```
/// use actix_web::{App, web};
/// use zitadel_actix::{User, Zitadel, authenticate, require_user};
///
/// async fn home(user: Option<User>) -> &'static str {
///     if user.is_some() { "Welcome back" } else { "Welcome" }
/// }
///
/// # fn app(zitadel: Zitadel) {
/// let members = web::scope("/members").wrap(require_user()).route("/", web::get().to(home));
/// let app = App::new().wrap(authenticate(zitadel)).route("/", web::get().to(home)).service(members);
/// # let _ = app;
/// # }
/// ```
pub fn authenticate(zitadel: Zitadel) -> Authenticate {
    Authenticate { zitadel, around_protected: false }
}

/// Turns away whoever is not signed in: to sign-in, or with 401; and requests that do not count, such as those another
/// site sent, with 403 or 503. Needs [`authenticate`] outside it, and answers 500 without.
///
/// Around a scope it turns visitors away from paths the scope does not have, too.
pub fn require_user() -> Require {
    Require { required: Required::User }
}

/// Turns away whoever does not hold this role: visitors as [`require_user`] does, users with 403.
///
/// In a handler's signature, [`Role<R>`](crate::Role) says the same where the work is done.
pub fn require_role(key: &'static str) -> Require {
    Require { required: Required::Role(key) }
}

/// The middleware made by [`authenticate`].
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing until something is wrapped in it"]
pub struct Authenticate {
    zitadel: Zitadel,
    around_protected: bool,
}

/// The middleware made by [`require_user`] and [`require_role`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a middleware does nothing until something is wrapped in it"]
pub struct Require {
    required: Required<'static>,
}

/// A service inside [`Authenticate`].
#[derive(Debug)]
pub struct Authenticated<S> {
    inner: Rc<S>,
    middleware: Authenticate,
}

/// A service inside [`Require`].
#[derive(Debug)]
pub struct Requiring<S> {
    inner: S,
    required: Required<'static>,
}

impl Authenticate {
    /// As the outside of a [`Protected`](crate::Protected), whose closed side asks which paths there are.
    pub(crate) fn around_protected(zitadel: Zitadel) -> Self {
        Self { zitadel, around_protected: true }
    }

    /// Tells the closed side of a [`Protected`](crate::Protected) of a visitor whose path leads nowhere. Users find out
    /// by going there.
    fn look_up(&self, request: &ServiceRequest, visitor: &Visitor) {
        if !self.around_protected || visitor.authentication().user().is_some() {
            return;
        }
        if request.resource_map().has_resource(request.match_info().as_str()) {
            // A `Protected` further out may have asked before a middleware changed the path.
            request.extensions_mut().remove::<UnknownPath>();
        } else {
            request.extensions_mut().insert(UnknownPath);
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Authenticate
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Authenticated<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Authenticated { inner: Rc::new(inner), middleware: self.clone() }))
    }
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Requiring<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Requiring { inner, required: self.required }))
    }
}

impl<S, B> Service<ServiceRequest> for Authenticated<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let (inner, middleware) = (Rc::clone(&self.inner), self.middleware.clone());
        // The path as routing compares it: decoded, and as a middleware further out left it.
        if let Some(endpoint) = middleware.zitadel.endpoint_at(request.match_info().as_str()) {
            return async move {
                let (head, body) = (translate::head(request.request()), request.take_payload());
                // As it is: an endpoint looks at the session itself, and one answer must not set it twice.
                let response = endpoints::serve(&middleware.zitadel, endpoint, &head, body).await;
                Ok(request.into_response(response).map_into_right_body())
            }
            .boxed_local();
        }
        let met = request.extensions().get::<Rc<Visitor>>().cloned();
        if let Some(visitor) = met.filter(|visitor| visitor.is_of(&middleware.zitadel)) {
            // The same handle further out has seen the request, and will see the answer.
            middleware.look_up(&request, &visitor);
            return inner.call(request).map_ok(ServiceResponse::map_into_left_body).boxed_local();
        }
        let head = translate::head(request.request());
        async move {
            let visitor = Rc::new(Visitor::authenticate(&middleware.zitadel, head).await);
            middleware.look_up(&request, &visitor);
            request.extensions_mut().insert(Rc::clone(&visitor));
            // The request goes in as it is: a clone kept out here would make `match_info_mut` panic in there.
            match inner.call(request).await {
                Ok(mut response) => {
                    finish(&visitor, response.response_mut());
                    Ok(response.map_into_left_body())
                }
                Err(mut error) => {
                    // The error as it was, for those further out who look at it; its answer gets the cookies.
                    error.add_response_mapper(move |mut response| {
                        finish(&visitor, &mut response);
                        response
                    });
                    Err(error)
                }
            }
        }
        .boxed_local()
    }
}

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

impl<S, B> Service<ServiceRequest> for Requiring<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Either<Ready<Answer<B>>, MapOk<S::Future, fn(ServiceResponse<B>) -> Self::Response>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // Nobody without a user passes, whatever the path: `match_pattern` and the like see another path than routing.
        let refused = match visitor(request.request()) {
            Ok(visitor) => visitor.turned_away(self.required),
            Err(reply) => Some(reply),
        };
        match refused {
            None => Either::Right(self.inner.call(request).map_ok(ServiceResponse::map_into_left_body)),
            Some(reply) => {
                Either::Left(ready(Ok(request.into_response(translate::response(reply)).map_into_right_body())))
            }
        }
    }
}

fn finish<B>(visitor: &Visitor, response: &mut HttpResponse<B>) {
    if response.extensions().get::<Finished>().is_none() {
        translate::finish(visitor.authentication(), response.headers_mut());
    }
}

/// Who sent this request. Where [`Authenticate`] has not seen it there is nobody to ask, and the door stays shut.
pub(crate) fn visitor(request: &HttpRequest) -> Result<Rc<Visitor>, Reply> {
    request.extensions().get().cloned().ok_or_else(|| {
        Zitadel::misplaced(
            "no `authenticate` around this route: put it into a `Protected`, or wrap it in \
             `zitadel_actix::authenticate(zitadel)` outside of `require_user` (a later `.wrap(..)`) and of handlers \
             that take a `User`",
        )
    })
}
