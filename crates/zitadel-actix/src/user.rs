//! `User` and `Role`: what handlers ask for.

use std::{
    fmt,
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
    rc::Rc,
};

use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev::Payload, http::StatusCode};
use zitadel_core::{Reply, Required, RoleKey, Visitor};

use crate::{enforce::visitor, translate};

/// A signed-in end-user, as a handler's argument; dereferences to [`zitadel_core::User`].
///
/// Without one, visitors are sent to sign in and scripts get 401, before the handler runs. `Option<User>` takes
/// whoever comes; a user whose request does not count (another site sent it, or the store cannot be asked) is `None`.
///
/// Outside of a [`Protected`](crate::Protected) and of [`authenticate`](crate::authenticate) there is nobody to ask:
/// `User` answers 500 then, `Option<User>` is `None`, and the log says why.
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
#[derive(Clone, Debug)]
pub struct User(zitadel_core::User);

/// A signed-in end-user who holds the role `R`, as a handler's argument; dereferences to [`zitadel_core::User`].
///
/// Without the role, the answer is 403: a page for people, JSON for scripts. Without a user it is as with
/// [`User`]. `Option<Role<R>>` takes whoever comes and says whether they hold it.
///
/// ```
/// use zitadel_actix::{Role, RoleKey};
///
/// struct Admin;
/// impl RoleKey for Admin {
///     const KEY: &'static str = "admin";
/// }
///
/// async fn admin(admin: Role<Admin>) -> String {
///     format!("{} may", admin.subject())
/// }
/// # let _ = admin;
/// ```
pub struct Role<R> {
    user: zitadel_core::User,
    role: PhantomData<fn() -> R>,
}

/// The engine's answer to a request that a [`User`] or [`Role`] argument keeps out, word for word.
pub struct Denied(Cause);

enum Cause {
    /// Put into words when somebody asks for them: `Option<User>` never does.
    Refused(Rc<Visitor>, Required<'static>),
    Misplaced(Reply),
}

impl User {
    /// The user without actix-web around it.
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

impl FromRequest for User {
    type Error = Denied;
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Required::User).map(Self))
    }
}

impl<R: RoleKey> FromRequest for Role<R> {
    type Error = Denied;
    type Future = Ready<Result<Self, Denied>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(admit(request, Required::Role(R::KEY)).map(|user| Self { user, role: PhantomData }))
    }
}

fn admit(request: &HttpRequest, required: Required<'static>) -> Result<zitadel_core::User, Denied> {
    let visitor = visitor(request).map_err(|reply| Denied(Cause::Misplaced(reply)))?;
    visitor.admitted(required).ok_or(Denied(Cause::Refused(visitor, required)))
}

impl Denied {
    fn reply(&self) -> Reply {
        match &self.0 {
            Cause::Misplaced(reply) => reply.clone(),
            Cause::Refused(visitor, required) => {
                // It was refused once; should the second look differ, there is no user for it either.
                visitor.turned_away(*required).unwrap_or_else(|| Reply::new(StatusCode::INTERNAL_SERVER_ERROR.as_u16()))
            }
        }
    }
}

impl ResponseError for Denied {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        translate::response(self.reply())
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Cause::Misplaced(_) => "there is no `authenticate` around this route",
            Cause::Refused(_, Required::Role(_)) => "no user with this role sent the request",
            Cause::Refused(..) => "no signed-in user sent the request",
        })
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Denied").field(&format_args!("{self}")).finish()
    }
}

impl std::error::Error for Denied {}
