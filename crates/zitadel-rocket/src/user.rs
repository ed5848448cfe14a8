//! `User`, `Role`, `Authorized`, `Bearer`, `AccessToken` and `Denied`: what handlers ask for, and what they get instead.

use rocket::{
    Ignite, Phase, Request, Rocket, Sentinel, error,
    http::Status,
    outcome::Outcome,
    request::{self, FromRequest},
    response::{self, Responder},
};
use zitadel_core::{Policy, Requirement, RoleKey};

use crate::{
    enforce::{DENIED, Handle, access_token, authorize, state},
    translate,
};

zitadel_core::adapter_types! {
    /// The guard fails and never forwards: a route of a lower rank is not tried. Take `Option<User>` there.
    /// `Result<User, Denied>` lets the handler decide, and return the [`Denied`] as its response.
    ///
    /// It is a sentinel: a Rocket with a handler that asks for a user and without a [`Protected`](crate::Protected) does
    /// not launch. Where only a guard of the application asks for one, it launches, and the answer is 500.
    ///
    /// ```
    /// use rocket::get;
    /// use zitadel_rocket::User;
    ///
    /// #[get("/profile")]
    /// fn profile(user: User) -> String {
    ///     format!("Hello {}", user.name().unwrap_or("you"))
    /// }
    ///
    /// #[get("/")]
    /// fn home(user: Option<User>) -> String {
    ///     user.map_or_else(|| "Hello stranger".to_owned(), |user| format!("Hello {}", user.subject()))
    /// }
    /// ```
    User,
    /// ```
    /// use rocket::get;
    /// use zitadel_rocket::{Role, RoleKey};
    ///
    /// struct Admin;
    /// impl RoleKey for Admin {
    ///     const KEY: &'static str = "admin";
    /// }
    ///
    /// #[get("/admin")]
    /// fn admin(admin: Role<Admin>) -> String {
    ///     format!("{} is an administrator", admin.subject())
    /// }
    /// ```
    Role,
    /// ```
    /// use std::time::Duration;
    ///
    /// use rocket::get;
    /// use zitadel_rocket::{Authorized, Policy, Requirement};
    ///
    /// struct Payments;
    /// impl Policy for Payments {
    ///     const REQUIREMENT: Requirement<'static> = Requirement::user().role("accountant").max_age(Duration::from_secs(300));
    /// }
    ///
    /// #[get("/payments")]
    /// fn payments(user: Authorized<Payments>) -> String {
    ///     format!("{} signed in a moment ago", user.subject())
    /// }
    /// ```
    Authorized,
    /// ```
    /// use rocket::get;
    /// use zitadel_rocket::Bearer;
    ///
    /// #[get("/orders")]
    /// fn orders(caller: Bearer) -> String {
    ///     let client = caller.access_token_info().and_then(|token| token.client_id().map(str::to_owned));
    ///     format!("the orders of {}, asked for by {client:?}", caller.subject())
    /// }
    /// ```
    Bearer,
    /// ```
    /// use rocket::get;
    /// use zitadel_rocket::{AccessToken, Denied};
    /// # async fn get_orders(_: &str) -> (u16, String) { (200, String::new()) }
    ///
    /// #[get("/orders")]
    /// async fn orders(token: AccessToken) -> Result<String, Denied> {
    ///     let (status, orders) = get_orders(token.expose()).await;
    ///     if status != 401 {
    ///         return Ok(orders);
    ///     }
    ///     let newer = token.after_rejection().await?;
    ///     Ok(get_orders(newer.expose()).await.1)
    /// }
    /// ```
    AccessToken,
    /// It is the error of the guards [`User`], [`Role`], [`Authorized`], [`Bearer`] and [`AccessToken`]; take `Result<User, Denied>` to answer in another way.
    Denied,
}

impl<'r> Responder<'r, 'static> for Denied {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Ok(translate::response(self.to_reply(), state(request)))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, const { &Requirement::user() }).await.map(Self::new)
    }
}

#[rocket::async_trait]
impl<'r, R: RoleKey> FromRequest<'r> for Role<R> {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, const { &Requirement::user().role(R::KEY) }).await.map(Self::new)
    }
}

#[rocket::async_trait]
impl<'r, P: Policy> FromRequest<'r> for Authorized<P> {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, const { &P::REQUIREMENT }).await.map(Self::new)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Bearer {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, const { &Requirement::bearer() }).await.map(Self::new)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AccessToken {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        outcome(request, access_token(request).await)
    }
}

async fn guard<'r>(
    request: &'r Request<'_>,
    requirement: &Requirement<'_>,
) -> request::Outcome<&'r zitadel_core::User, Denied> {
    outcome(request, authorize(request, requirement).await)
}

fn outcome<T>(request: &Request<'_>, authorized: Result<T, zitadel_core::Denied>) -> request::Outcome<T, Denied> {
    match authorized {
        Ok(value) => Outcome::Success(value),
        // A guard of the application that calls this one is not a sentinel: such a Rocket launches.
        Err(denied) if !is_attached(request.rocket()) => Outcome::Error((Status::InternalServerError, denied.into())),
        Err(denied) => Outcome::Error((DENIED, denied.into())),
    }
}

impl Sentinel for User {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket, "User")
    }
}

impl<R> Sentinel for Role<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket, "Role")
    }
}

impl<P> Sentinel for Authorized<P> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket, "Authorized")
    }
}

impl Sentinel for Bearer {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket, "Bearer")
    }
}

impl Sentinel for AccessToken {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing(rocket, "AccessToken")
    }
}

fn is_missing(rocket: &Rocket<Ignite>, guard: &str) -> bool {
    let missing = !is_attached(rocket);
    if missing {
        error!("A handler asks for `{guard}`, and {NOT_ATTACHED}");
    }
    missing
}

pub(crate) const NOT_ATTACHED: &str = "no `Protected` is attached: `.attach(Protected::new(zitadel).mount(..))`";

fn is_attached<P: Phase>(rocket: &Rocket<P>) -> bool {
    rocket.state::<Handle>().is_some()
}
