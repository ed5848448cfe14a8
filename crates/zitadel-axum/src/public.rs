//! `.public()` marks what anyone may use; `IntoEntry` is what a container takes.

use std::{convert::Infallible, marker::PhantomData};

use axum::{Router, extract::Request, handler::Handler, response::IntoResponse, routing::MethodRouter};
use tower_service::Service;

use crate::Protected;

/// Something that anyone may use, once it is in a [`Protected`]. Made by [`PublicExt::public`].
///
/// It has no other use: it is not a `MethodRouter`, a `Handler` or a `Service`, so axum's own `Router` does not take it,
/// and a mark cannot end up where it is not read.
///
/// ```compile_fail
/// use axum::{Router, routing::get};
/// use zitadel_axum::PublicExt as _;
///
/// let app: Router = Router::new().route("/", get(async || "hello").public());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "put it into a `Protected`"]
pub struct Public<T>(T);

/// Adds [`public`](Self::public) to whatever a [`Protected`] takes.
pub trait PublicExt: Sized {
    /// Marks a route, a router, a service or a fallback as public.
    ///
    /// Its handlers can still ask for `Option<User>`. The mark comes last: `get(page).layer(..).public()`.
    ///
    /// ```
    /// use axum::routing::{get, post};
    /// use zitadel_axum::{Protected, PublicExt as _, Zitadel};
    ///
    /// # fn app(zitadel: Zitadel) -> axum::Router {
    /// Protected::new(zitadel)
    ///     .route("/news", get(async || "for everyone").public())
    ///     .route("/news", post(async || "for users"))
    ///     .into_router()
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
    /// Enforces its own marks: a `Protected` in a `Protected`.
    Nested(T),
}

/// What can be put into a [`Protected`], bare (it requires a user) or marked [`public`](PublicExt::public). Sealed.
///
/// | method | takes |
/// |---|---|
/// | [`route`](Protected::route) | a `MethodRouter`: `get(page)`, `post(save)` |
/// | [`nest`](Protected::nest), [`merge`](Protected::merge) | a `Router`, or another `Protected`, which keeps its own marks |
/// | [`route_service`](Protected::route_service), [`nest_service`](Protected::nest_service), [`fallback_service`](Protected::fallback_service) | a tower `Service` that cannot fail |
/// | [`fallback`](Protected::fallback) | a handler |
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be put into a `Protected` here",
    label = "not a route, router, service or handler of the right kind",
    note = "`route` takes `get(handler)` and the like, `nest` and `merge` a `Router` or a `Protected`, `fallback` a \
            handler; each bare (it requires a user) or with `.public()`",
    note = "`.public()` comes last: `get(handler).layer(..).public()`, not `get(handler.public())`"
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

impl<S> IntoEntry<Self> for MethodRouter<S> {
    type Item = Self;

    fn into_entry(self, _: private::Token) -> Entry<Self> {
        Entry::Protected(self)
    }
}

impl<S> IntoEntry<MethodRouter<S>> for Public<MethodRouter<S>> {
    type Item = MethodRouter<S>;

    fn into_entry(self, _: private::Token) -> Entry<MethodRouter<S>> {
        Entry::Public(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoEntry<Self> for Router<S> {
    type Item = Self;

    fn into_entry(self, _: private::Token) -> Entry<Self> {
        Entry::Protected(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S> IntoEntry<Router<S>> for Public<Router<S>> {
    type Item = Router<S>;

    fn into_entry(self, _: private::Token) -> Entry<Router<S>> {
        Entry::Public(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Clone + Send + Sync + 'static> IntoEntry<Router<S>> for Protected<S> {
    type Item = Router<S>;

    fn into_entry(self, _: private::Token) -> Entry<Router<S>> {
        Entry::Nested(self.enforce())
    }
}

/// The kind of [`IntoEntry`] that is a tower service.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsService(());

#[diagnostic::do_not_recommend]
impl<T> IntoEntry<AsService> for T
where
    T: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Item = T;

    fn into_entry(self, _: private::Token) -> Entry<T> {
        Entry::Protected(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoEntry<AsService> for Public<T>
where
    T: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Item = T;

    fn into_entry(self, _: private::Token) -> Entry<T> {
        Entry::Public(self.0)
    }
}

/// The kind of [`IntoEntry`] that is an axum handler; `Mark` keeps the two implementations apart.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsHandler<Mark, M, S>(PhantomData<(Mark, M, S)>);

#[diagnostic::do_not_recommend]
impl<H: Handler<M, S>, M, S> IntoEntry<AsHandler<Entry<()>, M, S>> for H {
    type Item = H;

    fn into_entry(self, _: private::Token) -> Entry<H> {
        Entry::Protected(self)
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler<M, S>, M, S> IntoEntry<AsHandler<Public<()>, M, S>> for Public<H> {
    type Item = H;

    fn into_entry(self, _: private::Token) -> Entry<H> {
        Entry::Public(self.0)
    }
}
