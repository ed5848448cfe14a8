//! `.public()`: the mark that opens a route, and the two sides a container files things on.

use std::{convert::Infallible, marker::PhantomData};

use axum::{Router, extract::Request, handler::Handler, response::IntoResponse, routing::MethodRouter};
use tower_service::Service;

use crate::Protected;

/// Something anyone may use, once it is in a [`Protected`]. Made by [`PublicExt::public`].
///
/// It can do nothing else: it is no `MethodRouter`, no `Handler` and no `Service`, so axum's own `Router` does
/// not take it, and a mark cannot end up where nobody looks at it.
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
    /// Marks a route, a router, a service or a fallback as open to everyone.
    ///
    /// Handlers behind it still learn who is there, with `Option<User>`. Mark last: `get(page).layer(..).public()`.
    ///
    /// ```
    /// use axum::routing::{get, post};
    /// use zitadel_axum::{Protected, PublicExt as _, Zitadel};
    ///
    /// # fn app(zitadel: Zitadel) -> axum::Router {
    /// Protected::new(zitadel)
    ///     .route("/news", get(async || "for everyone").public())
    ///     .route("/news", post(async || "for signed-in users"))
    ///     .into_router()
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
    /// Has a door of its own: a nested `Protected`.
    Sealed(T),
}

/// What can be put into a [`Protected`], bare (it needs a signed-in user) or marked
/// [`public`](PublicExt::public).
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
            handler; each bare (a signed-in user is needed) or with `.public()`",
    note = "`.public()` comes last: `get(handler).layer(..).public()`, not `get(handler.public())`"
)]
pub trait Fileable<Kind> {
    /// What is left when the mark is taken off.
    type Item;

    #[doc(hidden)]
    fn file(self) -> Filed<Self::Item>;
}

impl<S> Fileable<Self> for MethodRouter<S> {
    type Item = Self;

    fn file(self) -> Filed<Self> {
        Filed::Closed(self)
    }
}

impl<S> Fileable<MethodRouter<S>> for Public<MethodRouter<S>> {
    type Item = MethodRouter<S>;

    fn file(self) -> Filed<MethodRouter<S>> {
        Filed::Public(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<S> Fileable<Self> for Router<S> {
    type Item = Self;

    fn file(self) -> Filed<Self> {
        Filed::Closed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<S> Fileable<Router<S>> for Public<Router<S>> {
    type Item = Router<S>;

    fn file(self) -> Filed<Router<S>> {
        Filed::Public(self.0)
    }
}

#[diagnostic::do_not_recommend]
impl<S: Clone + Send + Sync + 'static> Fileable<Router<S>> for Protected<S> {
    type Item = Router<S>;

    fn file(self) -> Filed<Router<S>> {
        Filed::Sealed(self.seal())
    }
}

/// The kind of [`Fileable`] that is a tower service.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsService(());

#[diagnostic::do_not_recommend]
impl<T> Fileable<AsService> for T
where
    T: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Item = T;

    fn file(self) -> Filed<T> {
        Filed::Closed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T> Fileable<AsService> for Public<T>
where
    T: Service<Request, Error = Infallible, Response: IntoResponse, Future: Send + 'static>
        + Clone
        + Send
        + Sync
        + 'static,
{
    type Item = T;

    fn file(self) -> Filed<T> {
        Filed::Public(self.0)
    }
}

/// The kind of [`Fileable`] that is an axum handler; `Mark` keeps the two implementations apart.
#[derive(Debug)]
#[doc(hidden)]
pub struct AsHandler<Mark, M, S>(PhantomData<(Mark, M, S)>);

#[diagnostic::do_not_recommend]
impl<H: Handler<M, S>, M, S> Fileable<AsHandler<Filed<()>, M, S>> for H {
    type Item = H;

    fn file(self) -> Filed<H> {
        Filed::Closed(self)
    }
}

#[diagnostic::do_not_recommend]
impl<H: Handler<M, S>, M, S> Fileable<AsHandler<Public<()>, M, S>> for Public<H> {
    type Item = H;

    fn file(self) -> Filed<H> {
        Filed::Public(self.0)
    }
}
