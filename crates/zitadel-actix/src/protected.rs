//! `Protected`: a scope whose services need a signed-in user unless they say they are public.

use std::fmt;

use actix_web::{
    Route,
    dev::{AppService, HttpServiceFactory},
    web::{self, ServiceConfig},
};
use zitadel_core::Zitadel;

use crate::{
    enforce::{Authenticate, require_user},
    guard,
    public::{AsConfiguration, AsService, Fileable, Filed},
};

/// A scope whose services need a signed-in user unless they say [`public`](crate::PublicExt::public).
///
/// Use it as you would use actix-web's `App` and give it to `App::service`, as the *last* service: it answers for
/// every path, so what is registered after it is 404. The rules, each with a test in `tests/routing.rs`:
///
/// 1. A bare service, route or configuration is closed, whatever it holds: every method, a default service of its
///    own. A visitor who uses a method it does not have gets the challenge too.
/// 2. What is marked `.public()` is open. Its handlers can still ask for `Option<User>`.
/// 3. Public comes first: where a public and a closed path overlap, the public one answers, whatever the order of the
///    calls. With [`route`](Self::route), or a handler with `#[get("/")]`, one path may be public for one method and
///    closed for another; a `Resource` answers for its whole path.
/// 4. `HEAD` is a method like any other: answered where a route names it, as open as that route.
/// 5. A scope is closed as a whole unless marked; so is a `Protected` inside another one. A `Protected` that is marked,
///    or has a place of its own in the `App`, keeps its own marks and its own [`Zitadel`].
/// 6. Unknown paths are 404 for everyone, in the words of `App::default_service`, if it has one.
/// 7. The engine's endpoints (sign-in, callbacks, sign-out, …) come with it and are open; nothing filed in it hides
///    them.
///
/// Unknown is a path of which no service says by its pattern that it is its own. So two further kinds of pages are
/// 404 for visitors (signed-in users see them): those a closed scope's own default service answers, and those of a
/// scope behind another scope with the same prefix and a guard. A default service that a public configuration brings
/// answers visitors only; `App::default_service` is for everyone.
///
/// ```
/// use actix_web::{App, get, web};
/// use zitadel_actix::{Protected, PublicExt as _, User, Zitadel};
///
/// #[get("/")]
/// async fn home(user: Option<User>) -> &'static str {
///     if user.is_some() { "Welcome back" } else { "Welcome" }
/// }
///
/// #[get("/items")]
/// async fn items(user: User) -> String {
///     format!("the items of {}", user.subject())
/// }
///
/// # fn app(zitadel: Zitadel) {
/// let app = App::new().service(
///     Protected::new(zitadel)
///         .service(home.public())
///         .service(web::scope("/api").service(items)),
/// );
/// # let _ = app;
/// # }
/// ```
#[must_use = "give it to `App::service`"]
pub struct Protected {
    zitadel: Zitadel,
    closed: Vec<Register>,
    public: Vec<Register>,
}

type Register = Box<dyn FnOnce(&mut ServiceConfig)>;

impl Protected {
    /// An empty container: nothing but the engine's endpoints, and 404 elsewhere.
    pub fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, closed: Vec::new(), public: Vec::new() }
    }

    /// Adds a service, as `App::service` does: a handler with `#[get("/")]`, a `Resource`, a `Scope`.
    pub fn service<T>(self, service: T) -> Self
    where
        T: Fileable<AsService>,
        T::Item: HttpServiceFactory + 'static,
    {
        self.add(service.file(), |service, to| {
            to.service(service);
        })
    }

    /// Adds a route, as `App::route` does.
    pub fn route(self, path: &str, route: impl Fileable<Route, Item = Route>) -> Self {
        let path = path.to_owned();
        self.add(route.file(), move |route, to| {
            to.route(&path, route);
        })
    }

    /// Adds what a function registers, as `App::configure` does; all of it closed, or all of it public.
    ///
    /// A closure has to name its argument's type: `|app: &mut ServiceConfig| { … }`. Data of a closed configuration is
    /// not there for public handlers; `App::app_data` is there for all.
    ///
    /// ```
    /// use actix_web::web::{self, ServiceConfig};
    /// use zitadel_actix::{Protected, PublicExt as _, Zitadel};
    ///
    /// fn about(app: &mut ServiceConfig) {
    ///     app.route("/about", web::get().to(async || "about us"));
    /// }
    ///
    /// # fn app(zitadel: Zitadel) -> Protected {
    /// Protected::new(zitadel)
    ///     .configure(about.public())
    ///     .configure(|app: &mut ServiceConfig| {
    ///         app.route("/members", web::get().to(async || "our members"));
    ///     })
    /// # }
    /// ```
    pub fn configure<F>(self, configuration: F) -> Self
    where
        F: Fileable<AsConfiguration>,
        F::Item: FnOnce(&mut ServiceConfig) + 'static,
    {
        self.add(configuration.file(), |configuration, to| configuration(to))
    }

    fn add<T: 'static>(mut self, filed: Filed<T>, register: impl FnOnce(T, &mut ServiceConfig) + 'static) -> Self {
        let (side, item) = match filed {
            Filed::Closed(item) => (&mut self.closed, item),
            Filed::Public(item) => (&mut self.public, item),
        };
        side.push(Box::new(move |to| register(item, to)));
        self
    }
}

impl HttpServiceFactory for Protected {
    fn register(self, app: &mut AppService) {
        let Self { zitadel, closed, public } = self;
        let closed = web::scope("")
            .configure(|to| closed.into_iter().for_each(|register| register(to)))
            .guard(guard::known_or_signed_in())
            .wrap(require_user());
        web::scope("")
            .configure(|to| public.into_iter().for_each(|register| register(to)))
            // Last: it answers for every path.
            .service(closed)
            .wrap(Authenticate::around_protected(zitadel))
            .register(app);
    }
}

impl fmt::Debug for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protected")
            .field("closed", &self.closed.len())
            .field("public", &self.public.len())
            .finish_non_exhaustive()
    }
}
