//! `Protected`: a scope whose services require a user unless they are marked public.

use std::fmt;

use actix_web::{
    Route,
    dev::{AppService, HttpServiceFactory},
    web::{self, ServiceConfig},
};
use zitadel_core::Zitadel;

use crate::{
    enforce::{authenticate, require_user},
    guard,
    public::{AsConfiguration, AsService, Entry, IntoEntry, private::Token},
};

/// A scope whose services require a user unless they are marked [`public`](crate::PublicExt::public).
///
/// It is used like actix-web's `App`. Give it to `App::service` as the *last* service: it answers for every path, so
/// what is registered after it is 404. The rules, each with a test in `tests/it/routing.rs`:
///
/// 1. A bare service, route or configuration is protected, whatever it holds: every method, a default service of its
///    own. An anonymous request with a method that it does not have gets the challenge too.
/// 2. What is marked `.public()` is open. Its handlers can still ask for `Option<User>`.
/// 3. Public comes first: where a public and a protected path overlap, the public one answers, whatever the order of
///    the calls. With [`route`](Self::route), or a handler with `#[get("/")]`, one path may be public for one method
///    and protected for another; a `Resource` answers for its whole path.
/// 4. `HEAD` is a method like any other: answered where a route names it, as open as that route.
/// 5. A scope is protected as a whole unless marked; so is a `Protected` inside another one. A `Protected` that is
///    marked, or registered in the `App` on its own, keeps its own marks and its own [`Zitadel`].
/// 6. Unknown paths are 404 for everyone, answered by `App::default_service`, if it has one.
/// 7. The engine's endpoints (login, callbacks, logout) are part of it and are open; nothing in it hides them.
///
/// A path is unknown if no service matches it by its pattern. So two further kinds of pages are 404 for anonymous
/// requests (users see them): those that a protected scope's own default service answers, and those of a scope after
/// another scope with the same prefix and a guard. A default service that a public configuration brings answers
/// anonymous requests only; `App::default_service` is for everyone.
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
    protected: Vec<Register>,
    public: Vec<Register>,
}

type Register = Box<dyn FnOnce(&mut ServiceConfig)>;

impl Protected {
    /// An empty container: only the engine's endpoints, and 404 elsewhere.
    pub fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, protected: Vec::new(), public: Vec::new() }
    }

    /// Makes everything at this path, and below it, an API: what is denied there is answered with a status and JSON, for a browser that
    /// opens the address, too, and never with a redirect to login. What requires a user still does. May be repeated.
    ///
    /// Everywhere else that is so for requests that are not navigations, and for those with a bearer token.
    ///
    /// Preflight requests (CORS) carry no credentials: the middleware of `actix-cors` goes around the `App`
    /// (`App::wrap`), and answers them before any of this.
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`, or ends with one.
    #[track_caller]
    pub fn api(mut self, path: &str) -> Self {
        self.zitadel = self.zitadel.with_api_path(path);
        self
    }

    /// Adds a service, as `App::service` does: a handler with `#[get("/")]`, a `Resource`, a `Scope`.
    pub fn service<T>(self, service: T) -> Self
    where
        T: IntoEntry<AsService>,
        T::Item: HttpServiceFactory + 'static,
    {
        self.add(service.into_entry(Token), |service, to| {
            to.service(service);
        })
    }

    /// Adds a route, as `App::route` does.
    pub fn route(self, path: &str, route: impl IntoEntry<Route, Item = Route>) -> Self {
        let path = path.to_owned();
        self.add(route.into_entry(Token), move |route, to| {
            to.route(&path, route);
        })
    }

    /// Adds what a function registers, as `App::configure` does; all of it protected, or all of it public.
    ///
    /// A closure must name the type of its argument: `|app: &mut ServiceConfig| { … }`. Data of a protected
    /// configuration is not available to public handlers; `App::app_data` is available to all.
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
        F: IntoEntry<AsConfiguration>,
        F::Item: FnOnce(&mut ServiceConfig) + 'static,
    {
        self.add(configuration.into_entry(Token), |configuration, to| configuration(to))
    }

    fn add<T: 'static>(mut self, entry: Entry<T>, register: impl FnOnce(T, &mut ServiceConfig) + 'static) -> Self {
        let (side, item) = match entry {
            Entry::Protected(item) => (&mut self.protected, item),
            Entry::Public(item) => (&mut self.public, item),
        };
        side.push(Box::new(move |to| register(item, to)));
        self
    }
}

impl HttpServiceFactory for Protected {
    fn register(self, app: &mut AppService) {
        let Self { zitadel, protected, public } = self;
        let protected = web::scope("")
            .configure(|to| protected.into_iter().for_each(|register| register(to)))
            .guard(guard::known_path_or_user())
            .wrap(require_user());
        web::scope("")
            .configure(|to| public.into_iter().for_each(|register| register(to)))
            // Last: it answers for every path.
            .service(protected)
            .wrap(authenticate(zitadel).finding_unknown_paths())
            .register(app);
    }
}

impl fmt::Debug for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protected")
            .field("protected", &self.protected.len())
            .field("public", &self.public.len())
            .finish_non_exhaustive()
    }
}
