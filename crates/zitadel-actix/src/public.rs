//! `.public()`: the mark that opens a route, and the two sides a container files things on.

use actix_web::{Route, dev::HttpServiceFactory, web::ServiceConfig};

/// Something anyone may use, once it is in a [`Protected`](crate::Protected). Made by [`PublicExt::public`].
///
/// It can do nothing else: it is no `HttpServiceFactory`, no `Route` and no configuration, so actix-web's own `App`
/// and `Scope` do not take it, and a mark cannot end up where nobody looks at it.
///
/// ```compile_fail
/// use actix_web::{App, web};
/// use zitadel_actix::PublicExt as _;
///
/// let app = App::new().route("/", web::get().to(async || "hello").public());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "put it into a `Protected`"]
pub struct Public<T>(T);

/// Adds [`public`](Self::public) to whatever a [`Protected`](crate::Protected) takes.
pub trait PublicExt: Sized {
    /// Marks a service, a route or a configuration as open to everyone.
    ///
    /// Handlers behind it still learn who is there, with `Option<User>`. Mark last: `web::get().to(page).public()`.
    ///
    /// ```
    /// use actix_web::{get, web};
    /// use zitadel_actix::{Protected, PublicExt as _, Zitadel};
    ///
    /// #[get("/")]
    /// async fn home() -> &'static str {
    ///     "for everyone"
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel)
    ///     .service(home.public())
    ///     .route("/news", web::get().to(async || "for everyone").public())
    ///     .route("/news", web::post().to(async || "for signed-in users"))
    /// # }
    /// ```
    fn public(self) -> Public<Self> {
        Public(self)
    }
}

impl<T> PublicExt for T {}

/// On which side of the door something is filed.
#[derive(Debug)]
#[doc(hidden)]
#[expect(clippy::exhaustive_enums, reason = "only `Protected` reads it")]
pub enum Filed<T> {
    /// Needs a signed-in user.
    Closed(T),
    /// Open to everyone.
    Public(T),
}

/// What can be put into a [`Protected`](crate::Protected), bare (it needs a signed-in user) or marked
/// [`public`](PublicExt::public).
///
/// | method | takes |
/// |---|---|
/// | [`service`](crate::Protected::service) | what `App::service` takes: a handler with `#[get("/")]`, a `Resource`, a `Scope` |
/// | [`route`](crate::Protected::route) | a `Route`: `web::get().to(page)` |
/// | [`configure`](crate::Protected::configure) | a function that takes `&mut ServiceConfig` |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a `Protected` here",
    label = "not a service, route or configuration of the right kind",
    note = "`service` takes a handler with `#[get(\"/\")]`, a resource or a scope, `route` takes `web::get().to(handler)` \
            and the like, `configure` a function (closures spell the type out: `|app: &mut ServiceConfig|`); each bare (a \
            signed-in user is needed) or with `.public()`",
    note = "`.public()` comes last: `web::get().to(handler).public()`, not `web::get().to(handler.public())`"
)]
pub trait Fileable<Kind> {
    /// What is left when the mark is taken off.
    type Item;

    #[doc(hidden)]
    fn file(self) -> Filed<Self::Item>;
}

/// The kind of [`Fileable`] that is a service.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsService(());

#[diagnostic::do_not_recommend]
impl<T: HttpServiceFactory + 'static> Fileable<AsService> for T {
    type Item = T;

    fn file(self) -> Filed<T> {
        Filed::Closed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: HttpServiceFactory + 'static> Fileable<AsService> for Public<T> {
    type Item = T;

    fn file(self) -> Filed<T> {
        Filed::Public(self.0)
    }
}

impl Fileable<Self> for Route {
    type Item = Self;

    fn file(self) -> Filed<Self> {
        Filed::Closed(self)
    }
}

impl Fileable<Route> for Public<Route> {
    type Item = Route;

    fn file(self) -> Filed<Route> {
        Filed::Public(self.0)
    }
}

/// The kind of [`Fileable`] that is a configuration function.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsConfiguration(());

#[diagnostic::do_not_recommend]
impl<F: FnOnce(&mut ServiceConfig) + 'static> Fileable<AsConfiguration> for F {
    type Item = F;

    fn file(self) -> Filed<F> {
        Filed::Closed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce(&mut ServiceConfig) + 'static> Fileable<AsConfiguration> for Public<F> {
    type Item = F;

    fn file(self) -> Filed<F> {
        Filed::Public(self.0)
    }
}
