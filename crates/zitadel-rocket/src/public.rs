//! `.public()`: the mark that opens a list of routes, and the sides a container files them on.

use rocket::Route;
use zitadel_core::Required;

/// Routes anyone may use, once they are in a [`Protected`](crate::Protected). Made by [`PublicExt::public`].
///
/// It can do nothing else: it is no `Vec<Route>` and does not turn into one, so Rocket's own `mount` does not take it,
/// and a mark cannot end up where nobody looks at it.
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

/// Routes only for users with a role, once they are in a [`Protected`](crate::Protected). Made by
/// [`PublicExt::require_role`].
#[derive(Clone, Debug)]
#[must_use = "mount it in a `Protected`"]
pub struct ForRole {
    routes: Vec<Route>,
    key: &'static str,
}

/// Adds [`public`](Self::public) and [`require_role`](Self::require_role) to whatever Rocket mounts: `routes![..]`, a `FileServer`, a list of your own.
pub trait PublicExt: Into<Vec<Route>> {
    /// Marks routes as open to everyone.
    ///
    /// Their handlers still learn who is there, with `Option<User>`.
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
    ///     "for signed-in users"
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel).mount("/", routes![news].public()).mount("/", routes![publish])
    /// # }
    /// ```
    fn public(self) -> Public {
        Public(self.into())
    }

    /// Closes routes to whoever does not hold this role: visitors are sent to sign in, users get 403. For a whole area;
    /// in a handler's signature, [`Role<R>`](crate::Role) says the same.
    ///
    /// ```
    /// use rocket::{get, routes};
    /// use zitadel_rocket::{Protected, PublicExt as _, Zitadel};
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
    fn require_role(self, key: &'static str) -> ForRole {
        ForRole { routes: self.into(), key }
    }
}

impl<T: Into<Vec<Route>>> PublicExt for T {}

/// Routes, and what their door requires.
#[derive(Debug)]
#[doc(hidden)]
pub struct Filed {
    pub(crate) routes: Vec<Route>,
    pub(crate) required: Required<'static>,
}

/// What can be mounted in a [`Protected`](crate::Protected): whatever Rocket mounts, bare (it needs a signed-in user),
/// marked [`public`](PublicExt::public), or with a role it [requires](PublicExt::require_role).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be mounted in a `Protected`",
    label = "not a list of routes",
    note = "`mount` takes `routes![..]`, a `FileServer` or whatever else Rocket mounts, bare (a signed-in user is \
            needed) or with `.public()`"
)]
pub trait Fileable {
    #[doc(hidden)]
    fn file(self) -> Filed;
}

impl Fileable for Public {
    fn file(self) -> Filed {
        Filed { routes: self.0, required: Required::Nothing }
    }
}

impl Fileable for ForRole {
    fn file(self) -> Filed {
        Filed { routes: self.routes, required: Required::Role(self.key) }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Into<Vec<Route>>> Fileable for T {
    fn file(self) -> Filed {
        Filed { routes: self.into(), required: Required::User }
    }
}
