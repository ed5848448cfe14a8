//! Two middleware: `authenticate` finds out who sent a request; `require`, `require_user` and `require_role` deny access.
//!
//! What actix-web 4 forces, each with a test:
//!
//! - `match_pattern()` looks up the raw path, routing the decoded one: a rule built on it accepts `GET /%73ecret`. So
//!   nothing passes `require_user` without a user, and unknown paths leave the protected scope before it, by a guard on
//!   the decoded path.
//! - A wrap around the `App` covers the endpoints too, and a `require_user` there would prevent logging in. So
//!   `authenticate` answers the endpoints itself, before anything further in.
//! - A nested `scope("")` as container works, public first. What is registered after it is never reached: 404, not open.
//! - When an inner service returns `Err` the request is gone, and a clone of it kept across `call` panics: the error is
//!   passed on as it is, with a response mapper that adds the cookies.
//! - Workers are threads with a runtime each: the handle is made once and cloned into them.

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
use zitadel_core::{Authentication, Requirement, Zitadel};

use crate::{
    endpoints::{self, Served},
    guard::UnknownPath,
    translate,
    user::Denied,
};

/// Authenticates requests for the extractors, the [guards](crate::guard) and for [`require_user`] further in, and sets
/// on every response what the session needs. Denies nothing. Requests for the engine's endpoints (login, callbacks,
/// logout) it answers itself.
///
/// [`Protected`](crate::Protected) is built from it; use it directly only where a `Protected` does not fit. It goes
/// outside of [`require_user`], [`require_role`] and every handler that asks for a user; in actix-web the *last*
/// `.wrap(..)` is the outermost. Around the whole `App` it is all that is needed; around a scope or a resource it does
/// not see the paths of the endpoints, which [`endpoints`](crate::endpoints()) mounts then.
///
/// Session cookies are set on every response of the inner service: denials, error pages, bodies that are still
/// streaming, and the errors of middleware. A handler that panics gives no response (actix-web closes the connection),
/// and a session that was refreshed for that request is lost.
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
pub fn authenticate(zitadel: Zitadel) -> AuthMiddleware {
    AuthMiddleware { zitadel, finds_unknown_paths: false }
}

/// Denies requests without a user: a redirect to login, or 401; and requests that cannot be accepted, such as those from
/// another site, with 403 or 503. Needs [`authenticate`] further out, and answers 500 without.
///
/// Around a scope it denies requests for paths that the scope does not have, too.
pub fn require_user() -> RequireMiddleware {
    require(Requirement::user())
}

/// Denies requests of users without this role, with 403; and those without a user, as [`require_user`] does.
///
/// In a handler's signature, [`Role<R>`](crate::Role) does the same.
pub fn require_role(key: &'static str) -> RequireMiddleware {
    require(Requirement::user().role(key))
}

/// Denies requests that do not meet this requirement, as [`Authorized<P>`](crate::Authorized) does in a handler's signature; and those
/// without a user, as [`require_user`] does.
///
/// ```
/// use actix_web::web;
/// use zitadel_actix::{Requirement, require};
///
/// const ADMINS: Requirement<'static> = Requirement::user().role("admin").amr("mfa");
///
/// let admin = web::scope("/admin").wrap(require(ADMINS)).route("/users", web::get().to(async || "users"));
/// # let _ = admin;
/// ```
pub fn require(requirement: Requirement<'static>) -> RequireMiddleware {
    RequireMiddleware { requirement }
}

/// The middleware made by [`authenticate`].
#[derive(Clone, Debug)]
#[must_use = "a middleware does nothing until it wraps something"]
pub struct AuthMiddleware {
    zitadel: Zitadel,
    finds_unknown_paths: bool,
}

/// The service made by [`AuthMiddleware`].
#[derive(Debug)]
pub struct AuthService<S> {
    inner: Rc<S>,
    middleware: AuthMiddleware,
}

/// The middleware made by [`require_user`], [`require_role`] and [`require`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a middleware does nothing until it wraps something"]
pub struct RequireMiddleware {
    requirement: Requirement<'static>,
}

/// The service made by [`RequireMiddleware`].
#[derive(Debug)]
pub struct RequireService<S> {
    inner: S,
    requirement: Requirement<'static>,
}

impl AuthMiddleware {
    /// For a [`Protected`](crate::Protected), which must recognize unknown paths before its protected scope.
    pub(crate) fn finding_unknown_paths(self) -> Self {
        Self { finds_unknown_paths: true, ..self }
    }

    /// Marks an anonymous request for a path without a route, so that it gets 404. For a user, routing itself finds no
    /// route.
    fn mark_unknown_path(&self, request: &ServiceRequest, authentication: &Authentication) {
        if !self.finds_unknown_paths || authentication.user().is_some() {
            return;
        }
        if request.resource_map().has_resource(request.match_info().as_str()) {
            // An outer `Protected` may have marked it before a middleware changed the path.
            request.extensions_mut().remove::<UnknownPath>();
        } else {
            request.extensions_mut().insert(UnknownPath);
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for AuthMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = AuthService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(AuthService { inner: Rc::new(inner), middleware: self.clone() }))
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService { inner, requirement: self.requirement }))
    }
}

impl<S, B> Service<ServiceRequest> for AuthService<S>
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
        if let Some(endpoint) = middleware.zitadel.match_endpoint(request.match_info().as_str()) {
            return async move {
                let (head, body) = (translate::head(request.request()), request.take_payload());
                let response = endpoints::serve(&middleware.zitadel, endpoint, &head, body).await;
                Ok(request.into_response(response).map_into_right_body())
            }
            .boxed_local();
        }
        let known = request.extensions().get::<Authentication>().cloned();
        if let Some(authentication) = known.filter(|authentication| authentication.belongs_to(&middleware.zitadel)) {
            // The same handle further out has authenticated the request and will see the response.
            middleware.mark_unknown_path(&request, &authentication);
            return inner.call(request).map_ok(ServiceResponse::map_into_left_body).boxed_local();
        }
        let head = translate::head(request.request());
        async move {
            let authentication = match middleware.zitadel.authenticate_cached(head) {
                Ok(authentication) => authentication,
                Err(head) => middleware.zitadel.authenticate(head).await,
            };
            middleware.mark_unknown_path(&request, &authentication);
            request.extensions_mut().insert(authentication.clone());
            // The request is passed on as it is: a clone kept here would make `match_info_mut` panic further in.
            match inner.call(request).await {
                Ok(mut response) => {
                    finish(&authentication, response.response_mut());
                    Ok(response.map_into_left_body())
                }
                Err(mut error) => {
                    // The error as it was, for middleware further out that looks at it; its response gets the cookies.
                    error.add_response_mapper(move |mut response| {
                        finish(&authentication, &mut response);
                        response
                    });
                    Err(error)
                }
            }
        }
        .boxed_local()
    }
}

type Outcome<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Either<Ready<Outcome<B>>, MapOk<S::Future, fn(ServiceResponse<B>) -> Self::Response>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // Without a user every path is denied: `match_pattern` and similar methods use another path than routing.
        let authorized = authentication(request.request())
            .and_then(|authentication| Ok(authentication.authorize(&self.requirement).map(drop)?));
        match authorized {
            Ok(()) => Either::Right(self.inner.call(request).map_ok(ServiceResponse::map_into_left_body)),
            Err(denied) => {
                let response = translate::response(denied.to_reply());
                Either::Left(ready(Ok(request.into_response(response).map_into_right_body())))
            }
        }
    }
}

fn finish<B>(authentication: &Authentication, response: &mut HttpResponse<B>) {
    if response.extensions().get::<Served>().is_none() {
        translate::finish(authentication, response);
    }
}

/// The authentication of this request; denied where no [`authenticate`] has seen it.
pub(crate) fn authentication(request: &HttpRequest) -> Result<Authentication, Denied> {
    request.extensions().get().cloned().ok_or_else(|| {
        let hint = "no `authenticate` around this route: put it into a `Protected`, or wrap it in \
                    `zitadel_actix::authenticate(zitadel)` outside of `require_user` (a later `.wrap(..)`) and of handlers \
                    that take a `User`";
        zitadel_core::Denied::misconfigured(hint).into()
    })
}
