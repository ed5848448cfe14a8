//! `User`, `Role`, `Authorized`, `Bearer`, `AccessToken` and `Denied`: what handlers ask for, and what they get instead.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{
        StatusCode,
        header::{AUTHORIZATION, HeaderValue},
    },
};
use futures_util::{
    FutureExt as _,
    future::{Either, LocalBoxFuture},
};
use zitadel_core::{Authentication, Policy, Requirement, RoleKey, Zitadel};

use crate::{enforce::authentication, translate};

zitadel_core::adapter_types! {
    /// Outside of a [`Protected`](crate::Protected) and of [`authenticate`](crate::authenticate()) nothing authenticates
    /// the request: `User` answers 500 then, `Option<User>` is `None`, and the log says what to change.
    ///
    /// ```
    /// use zitadel_actix::User;
    ///
    /// async fn profile(user: User) -> String {
    ///     format!("Hello {}", user.name().unwrap_or("you"))
    /// }
    ///
    /// async fn home(user: Option<User>) -> String {
    ///     user.map_or_else(|| "Hello stranger".to_owned(), |user| format!("Hello {}", user.subject()))
    /// }
    /// # let _ = (profile, home);
    /// ```
    User,
    /// ```
    /// use zitadel_actix::{Role, RoleKey};
    ///
    /// struct Admin;
    /// impl RoleKey for Admin {
    ///     const KEY: &'static str = "admin";
    /// }
    ///
    /// async fn admin(admin: Role<Admin>) -> String {
    ///     format!("{} is an administrator", admin.subject())
    /// }
    /// # let _ = admin;
    /// ```
    Role,
    /// ```
    /// use std::time::Duration;
    ///
    /// use zitadel_actix::{Authorized, Policy, Requirement};
    ///
    /// struct Payments;
    /// impl Policy for Payments {
    ///     const REQUIREMENT: Requirement<'static> = Requirement::user().role("accountant").max_age(Duration::from_secs(300));
    /// }
    ///
    /// async fn payments(user: Authorized<Payments>) -> String {
    ///     format!("{} signed in a moment ago", user.subject())
    /// }
    /// # let _ = payments;
    /// ```
    Authorized,
    /// ```
    /// use zitadel_actix::Bearer;
    ///
    /// async fn orders(caller: Bearer) -> String {
    ///     let client = caller.access_token_info().and_then(|token| token.client_id().map(str::to_owned));
    ///     format!("the orders of {}, asked for by {client:?}", caller.subject())
    /// }
    /// # let _ = orders;
    /// ```
    ///
    /// It also works without a [`Protected`](crate::Protected) and without [`authenticate`](crate::authenticate()), in an application
    /// that is an API and nothing else: give it the [`Zitadel`](crate::Zitadel) as application data. Each handler is then protected by its
    /// own argument, and one that has none is open.
    ///
    /// ```
    /// use actix_web::{App, web};
    /// use zitadel_actix::{Bearer, Zitadel};
    ///
    /// # async fn orders(_: Bearer) -> &'static str { "" }
    /// # fn app(zitadel: Zitadel) {
    /// App::new().app_data(zitadel).route("/orders", web::get().to(orders))
    /// # ; }
    /// ```
    Bearer,
    /// ```
    /// use zitadel_actix::{AccessToken, Denied};
    /// # async fn get_orders(_: &str) -> (u16, String) { (200, String::new()) }
    ///
    /// async fn orders(token: AccessToken) -> Result<String, Denied> {
    ///     let (status, orders) = get_orders(token.expose()).await;
    ///     if status != 401 {
    ///         return Ok(orders);
    ///     }
    ///     let newer = token.after_rejection().await?;
    ///     Ok(get_orders(newer.expose()).await.1)
    /// }
    /// # let _ = orders;
    /// ```
    AccessToken,
    /// It is the error of the extractors [`User`], [`Role`], [`Authorized`], [`Bearer`] and [`AccessToken`]; take `Result<User, Denied>` to answer in another way.
    Denied,
}

impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        translate::response(self.to_reply())
    }
}

impl FromRequest for User {
    type Error = Denied;
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authorize(request, const { &Requirement::user() }, Self::new))
    }
}

impl<R: RoleKey> FromRequest for Role<R> {
    type Error = Denied;
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authorize(request, const { &Requirement::user().role(R::KEY) }, Self::new))
    }
}

impl<P: Policy> FromRequest for Authorized<P> {
    type Error = Denied;
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authorize(request, const { &P::REQUIREMENT }, Self::new))
    }
}

impl FromRequest for Bearer {
    type Error = Denied;
    type Future = Either<Ready<Result<Self, Denied>>, LocalBoxFuture<'static, Result<Self, Denied>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        const BEARER: &Requirement<'static> = &Requirement::bearer();
        let bearer = |authentication: &Authentication| Ok(Self::new(authentication.authorize(BEARER)?));
        let known = request.extensions().get::<Authentication>().map(bearer);
        let answer = match (known, request.app_data::<Zitadel>()) {
            (Some(known), _) => known,
            (None, None) => Err(zitadel_core::Denied::misconfigured(NO_BEARER).into()),
            // Most requests: nothing but the token is looked at.
            (None, Some(zitadel)) => match zitadel
                .known_bearer(request.headers().get_all(AUTHORIZATION).map(HeaderValue::as_bytes))
            {
                Some(user) => Ok(Self::new(&user)),
                None => match zitadel.authenticate_cached(translate::head(request)) {
                    Ok(authentication) => bearer(&authentication),
                    Err(head) => {
                        let zitadel = zitadel.clone();
                        let asked = async move { Ok(Self::new(zitadel.authenticate(head).await.authorize(BEARER)?)) };
                        return Either::Right(asked.boxed_local());
                    }
                },
            },
        };
        Either::Left(ready(answer))
    }
}

const NO_BEARER: &str = "nothing authenticates this request: put the route into a `Protected`, or give the application \
                         `.app_data(zitadel)`, with which `Bearer` checks access tokens by itself";

impl FromRequest for AccessToken {
    type Error = Denied;
    type Future = LocalBoxFuture<'static, Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let authentication = authentication(request);
        async move { Ok(Self::of(&authentication?).await?) }.boxed_local()
    }
}

fn authorize<T>(
    request: &HttpRequest,
    requirement: &Requirement<'_>,
    wrap: impl FnOnce(&zitadel_core::User) -> T,
) -> Result<T, Denied> {
    Ok(authentication(request)?.authorize(requirement).map(wrap)?)
}
