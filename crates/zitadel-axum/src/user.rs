//! `User` and `Role`: what handlers ask for.

use std::{convert::Infallible, fmt, marker::PhantomData, ops::Deref};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use zitadel_core::{Reply, Required, RoleKey};

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
/// use zitadel_axum::User;
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
/// use zitadel_axum::{Role, RoleKey};
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

/// The engine's answer to a request that a [`User`] or [`Role`] argument keeps out.
#[derive(Debug)]
pub struct Denied(Reply);

impl User {
    /// The user without axum around it.
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

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        translate::response(self.0)
    }
}

impl<S: Sync> FromRequestParts<S> for User {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        admit(parts, Required::User).map(Self)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(perhaps(parts, Required::Nothing).map(Self))
    }
}

impl<S: Sync, R: RoleKey> FromRequestParts<S> for Role<R> {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Denied> {
        admit(parts, Required::Role(R::KEY)).map(|user| Self { user, role: PhantomData })
    }
}

impl<S: Sync, R: RoleKey> OptionalFromRequestParts<S> for Role<R> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(perhaps(parts, Required::Role(R::KEY)).map(|user| Self { user, role: PhantomData }))
    }
}

fn perhaps(parts: &Parts, required: Required<'_>) -> Option<zitadel_core::User> {
    visitor(&parts.extensions).ok()?.admitted(required)
}

fn admit(parts: &Parts, required: Required<'_>) -> Result<zitadel_core::User, Denied> {
    visitor(&parts.extensions).and_then(|visitor| visitor.user(required)).map_err(Denied)
}
