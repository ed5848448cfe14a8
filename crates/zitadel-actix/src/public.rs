//! `.public()` marks what anyone may use; `IntoEntry` is what a container takes.

use actix_web::{Route, dev::HttpServiceFactory, web::ServiceConfig};

/// Something that anyone may use, once it is in a [`Protected`](crate::Protected). Made by [`PublicExt::public`].
///
/// It has no other use: it is not an `HttpServiceFactory`, a `Route` or a configuration, so actix-web's own `App` and
/// `Scope` do not take it, and a mark cannot end up where it is not read.
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
    /// Marks a service, a route or a configuration as public.
    ///
    /// Its handlers can still ask for `Option<User>`. The mark comes last: `web::get().to(page).public()`.
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
    ///     .route("/news", web::post().to(async || "for users"))
    /// # }
    /// ```
    fn public(self) -> Public<Self> {
        Public(self)
    }
}

impl<T> PublicExt for T {}

/// What is put into a container, by its access.
#[derive(Debug)]
#[doc(hidden)]
#[expect(clippy::exhaustive_enums, reason = "only `Protected` reads it")]
pub enum Entry<T> {
    /// Requires a user.
    Protected(T),
    /// Open to everyone.
    Public(T),
}

/// What can be put into a [`Protected`](crate::Protected), bare (it requires a user) or marked
/// [`public`](PublicExt::public). Sealed.
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
            and the like, `configure` a function (closures name the type: `|app: &mut ServiceConfig|`); each bare (it \
            requires a user) or with `.public()`",
    note = "`.public()` comes last: `web::get().to(handler).public()`, not `web::get().to(handler.public())`"
)]
pub trait IntoEntry<Kind> {
    /// What is left without the mark.
    type Item;

    #[doc(hidden)]
    fn into_entry(self, _: private::Token) -> Entry<Self::Item>;
}

pub(crate) mod private {
    /// Seals [`IntoEntry`](super::IntoEntry): its method can be neither implemented nor called without naming this.
    #[derive(Debug)]
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub struct Token;
}

/// The kind of [`IntoEntry`] that is a service.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsService(());

#[diagnostic::do_not_recommend]
impl<T: HttpServiceFactory + 'static> IntoEntry<AsService> for T {
    type Item = T;

    fn into_entry(self, _: private::Token) -> Entry<T> {
        Entry::Protected(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: HttpServiceFactory + 'static> IntoEntry<AsService> for Public<T> {
    type Item = T;

    fn into_entry(self, _: private::Token) -> Entry<T> {
        Entry::Public(self.0)
    }
}

impl IntoEntry<Self> for Route {
    type Item = Self;

    fn into_entry(self, _: private::Token) -> Entry<Self> {
        Entry::Protected(self)
    }
}

impl IntoEntry<Route> for Public<Route> {
    type Item = Route;

    fn into_entry(self, _: private::Token) -> Entry<Route> {
        Entry::Public(self.0)
    }
}

/// The kind of [`IntoEntry`] that is a configuration function.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsConfiguration(());

#[diagnostic::do_not_recommend]
impl<F: FnOnce(&mut ServiceConfig) + 'static> IntoEntry<AsConfiguration> for F {
    type Item = F;

    fn into_entry(self, _: private::Token) -> Entry<F> {
        Entry::Protected(self)
    }
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce(&mut ServiceConfig) + 'static> IntoEntry<AsConfiguration> for Public<F> {
    type Item = F;

    fn into_entry(self, _: private::Token) -> Entry<F> {
        Entry::Public(self.0)
    }
}
