//! `.public()`: the mark that opens a list of routes, and the two sides a container files them on.

use rocket::Route;

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

/// Adds [`public`](Self::public) to whatever Rocket mounts: `routes![..]`, a `FileServer`, a list of your own.
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
}

impl<T: Into<Vec<Route>>> PublicExt for T {}

/// On which side of the door routes are filed.
#[derive(Debug)]
#[doc(hidden)]
#[expect(clippy::exhaustive_enums, reason = "only `Protected` reads it")]
pub enum Filed {
    /// Need a signed-in user.
    Closed(Vec<Route>),
    /// Open to everyone.
    Public(Vec<Route>),
}

/// What can be mounted in a [`Protected`](crate::Protected): whatever Rocket mounts, bare (it needs a signed-in user)
/// or marked [`public`](PublicExt::public).
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
        Filed::Public(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<T: Into<Vec<Route>>> Fileable for T {
    fn file(self) -> Filed {
        Filed::Closed(self.into())
    }
}
