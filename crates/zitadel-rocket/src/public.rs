//! `.public()` marks what anyone may use; `IntoEntry` is what a container takes.

use rocket::Route;
use zitadel_core::Requirement;

/// Routes that anyone may use, once they are in a [`Protected`](crate::Protected). Made by [`PublicExt::public`].
///
/// It has no other use: it is not a `Vec<Route>` and does not convert into one, so Rocket's own `mount` does not take it,
/// and a mark cannot end up where it is not read.
///
/// ```compile_fail
/// use rocket::{get, routes};
/// use zitadel_rocket::PublicExt as _;
///
/// #[get("/")]
/// fn hello() -> &'static str {
///     "hello"
/// }
///
/// let rocket = rocket::build().mount("/", routes![hello].public());
/// ```
#[derive(Clone, Debug)]
#[must_use = "mount it in a `Protected`"]
pub struct Public(Vec<Route>);

/// Routes that require more than a user, once they are in a [`Protected`](crate::Protected). Made by [`AccessExt`].
#[derive(Clone, Debug)]
#[must_use = "mount it in a `Protected`"]
pub struct Required {
    routes: Vec<Route>,
    requirement: Requirement<'static>,
}

/// Adds [`public`](Self::public) to whatever Rocket mounts: `routes![..]`, a `FileServer`, a list of routes.
pub trait PublicExt: Into<Vec<Route>> {
    /// Marks routes as public.
    ///
    /// Their handlers can still ask for `Option<User>`.
    ///
    /// ```
    /// use rocket::{get, post, routes};
    /// use zitadel_rocket::{Protected, PublicExt as _, Zitadel};
    ///
    /// #[get("/news")]
    /// fn news() -> &'static str {
    ///     "for everyone"
    /// }
    ///
    /// #[post("/news")]
    /// fn publish() -> &'static str {
    ///     "for users"
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel).mount("/", routes![news].public()).mount("/", routes![publish])
    /// # }
    /// ```
    fn public(self) -> Public {
        Public(self.into())
    }
}

impl<T: Into<Vec<Route>>> PublicExt for T {}

/// Adds [`require`](Self::require) and [`require_role`](Self::require_role) to whatever Rocket mounts.
pub trait AccessExt: Into<Vec<Route>> {
    /// Denies requests of users without this role, with 403; and those without a user, as a bare list does. For a whole
    /// area; in a handler's signature, [`Role<R>`](crate::Role) does the same.
    ///
    /// ```
    /// use rocket::{get, routes};
    /// use zitadel_rocket::{AccessExt as _, Protected, Zitadel};
    ///
    /// #[get("/users")]
    /// fn users() -> &'static str {
    ///     "for administrators"
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel).mount("/admin", routes![users].require_role("admin"))
    /// # }
    /// ```
    fn require_role(self, key: &'static str) -> Required {
        self.require(Requirement::user().role(key))
    }

    /// Denies requests that do not meet this requirement, as [`Authorized<P>`](crate::Authorized) does in a handler's
    /// signature; and those without a user, as a bare list does.
    ///
    /// ```
    /// use rocket::{get, routes};
    /// use zitadel_rocket::{AccessExt as _, Protected, Requirement, Zitadel};
    ///
    /// const ADMINS: Requirement<'static> = Requirement::user().role("admin").amr("mfa");
    ///
    /// #[get("/users")]
    /// fn users() -> &'static str {
    ///     "for administrators with a second factor"
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel).mount("/admin", routes![users].require(ADMINS))
    /// # }
    /// ```
    fn require(self, requirement: Requirement<'static>) -> Required {
        Required { routes: self.into(), requirement }
    }
}

impl<T: Into<Vec<Route>>> AccessExt for T {}

/// What is put into a container, by its access.
#[derive(Debug)]
#[doc(hidden)]
#[expect(clippy::exhaustive_enums, reason = "only `Protected` reads it")]
pub enum Entry {
    /// Requires a user, and what else is named.
    Protected(Vec<Route>, Requirement<'static>),
    /// Open to everyone.
    Public(Vec<Route>),
}

/// What can be mounted in a [`Protected`](crate::Protected): whatever Rocket mounts, bare (it requires a user), marked
/// [`public`](PublicExt::public), or with a role that it [requires](AccessExt::require_role). Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be mounted in a `Protected`",
    label = "not a list of routes",
    note = "`mount` takes `routes![..]`, a `FileServer` or whatever else Rocket mounts, bare (it requires a user) or \
            with `.public()`"
)]
pub trait IntoEntry {
    #[doc(hidden)]
    fn into_entry(self, _: private::Token) -> Entry;
}

pub(crate) mod private {
    /// Seals [`IntoEntry`](super::IntoEntry): its method can be neither implemented nor called without naming this.
    #[derive(Debug)]
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub struct Token;
}

impl IntoEntry for Public {
    fn into_entry(self, _: private::Token) -> Entry {
        Entry::Public(self.0)
    }
}

impl IntoEntry for Required {
    fn into_entry(self, _: private::Token) -> Entry {
        Entry::Protected(self.routes, self.requirement)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Into<Vec<Route>>> IntoEntry for T {
    fn into_entry(self, _: private::Token) -> Entry {
        Entry::Protected(self.into(), Requirement::user())
    }
}
