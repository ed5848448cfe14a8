//! `User`, `Role`, `Authorized`, `Bearer`, `AccessToken` and `Denied`: what handlers ask for, and what they get instead.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, http::StatusCode};
use futures_util::{FutureExt as _, future::LocalBoxFuture};
use zitadel_core::{Policy, Requirement, RoleKey};

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
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authorize(request, const { &Requirement::bearer() }, Self::new))
    }
}

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
