//! `User` and `Role`: what handlers ask for.

use std::{fmt, marker::PhantomData, ops::Deref};

use rocket::{
    Ignite, Phase, Request, Rocket, Sentinel, error,
    http::Status,
    outcome::Outcome,
    request::{self, FromRequest},
    response::{self, Responder},
};
use zitadel_core::{Required, RoleKey};

use crate::{
    enforce::{DENIED, Door, admitted, refusal},
    translate,
};

/// A signed-in end-user, as a request guard; dereferences to [`zitadel_core::User`].
///
/// Without one, visitors are sent to sign in and scripts get 401, before the handler runs and without a catcher.
/// `Option<User>` takes whoever comes; a user whose request does not count (another site sent it, or the store cannot
/// be asked) is `None`. `Result<User, Denied>` lets the handler decide, and return the [`Denied`] if it likes.
///
/// The guard fails and never forwards: a route for visitors with a lower rank is not tried. Ask for `Option<User>`
/// there.
///
/// It is a sentinel: a Rocket with a handler that asks for a user and without a [`Protected`](crate::Protected) does
/// not launch. Where only a guard of your own asks, it does, and the answer is 500.
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
#[derive(Clone, Debug)]
pub struct User(zitadel_core::User);

/// A signed-in end-user who holds the role `R`, as a request guard; dereferences to [`zitadel_core::User`].
///
/// Without the role, the answer is 403: a page for people, JSON for scripts. Without a user it is as with
/// [`User`]. `Option<Role<R>>` takes whoever comes and says whether they hold it.
///
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
///     format!("{} may", admin.subject())
/// }
/// ```
pub struct Role<R> {
    user: zitadel_core::User,
    role: PhantomData<fn() -> R>,
}

/// Why a [`User`] or [`Role`] guard failed. As a responder it is the engine's answer: to sign-in, 401, 403 or 503.
#[derive(Clone, Debug)]
pub struct Denied(Required<'static>);

impl User {
    /// The user without Rocket around it.
    #[must_use]
    pub fn into_inner(self) -> zitadel_core::User {
        self.0
    }
}

impl Deref for User {
    type Target = zitadel_core::User;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<R> Role<R> {
    /// The user without the proof.
    #[must_use]
    pub fn into_inner(self) -> zitadel_core::User {
        self.user
    }
}

impl<R> Deref for Role<R> {
    type Target = zitadel_core::User;

    fn deref(&self) -> &Self::Target {
        &self.user
    }
}

impl<R> Clone for Role<R> {
    fn clone(&self) -> Self {
        Self { user: self.user.clone(), role: PhantomData }
    }
}

impl<R: RoleKey> fmt::Debug for Role<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role").field("key", &R::KEY).field("user", &self.user).finish()
    }
}

impl<'r> Responder<'r, 'static> for Denied {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        Ok(translate::response(refusal(request, self.0)))
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, Required::User).await.map(Self)
    }
}

#[rocket::async_trait]
impl<'r, R: RoleKey> FromRequest<'r> for Role<R> {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        guard(request, Required::Role(R::KEY)).await.map(|user| Self { user, role: PhantomData })
    }
}

async fn guard(request: &Request<'_>, required: Required<'static>) -> request::Outcome<zitadel_core::User, Denied> {
    match admitted(request, required).await {
        Some(user) => Outcome::Success(user),
        // A guard of the application's own that asks for us is no sentinel: such a Rocket launches.
        None if !is_there(request.rocket()) => {
            error!("{NOBODY_TO_ASK}");
            Outcome::Error((Status::InternalServerError, Denied(required)))
        }
        None => Outcome::Error((DENIED, Denied(required))),
    }
}

impl Sentinel for User {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        nobody_to_ask(rocket, "User")
    }
}

impl<R> Sentinel for Role<R> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        nobody_to_ask(rocket, "Role")
    }
}

fn nobody_to_ask(rocket: &Rocket<Ignite>, guard: &str) -> bool {
    let nobody = !is_there(rocket);
    if nobody {
        error!("A handler asks for `{guard}`, and {NOBODY_TO_ASK}");
    }
    nobody
}

const NOBODY_TO_ASK: &str = "no `Protected` is attached: `.attach(Protected::new(zitadel).mount(..))`";

fn is_there<P: Phase>(rocket: &Rocket<P>) -> bool {
    rocket.state::<Door>().is_some()
}
