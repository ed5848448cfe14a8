//! `Protected`: a fairing whose routes require a user unless they are marked public.

use std::{convert::Infallible, fmt, panic::Location};

use rocket::{
    Build, Data, Ignite, Request, Rocket, Route, Sentinel, error, error_,
    fairing::{self, Fairing, Info, Kind},
    http::{MediaType, Method, ext::IntoOwned as _, uri::Origin},
    info_,
    outcome::Outcome,
    request::{self, FromRequest},
    routes,
};
use zitadel_core::Zitadel;

use crate::{
    endpoints::{endpoints, hide_query},
    enforce::{FinishFairing, Handle, guarded},
    public::{Entry, IntoEntry, private::Token},
};

/// A fairing with routes that require a user unless they are marked [`public`](crate::PublicExt::public).
///
/// Routes are [mounted](Self::mount) in it like in a `Rocket`, and it is attached. The rules, each with a test in
/// `tests/it/routing.rs`, the last two in `tests/it/launch.rs`:
///
/// 1. The routes of a bare list are protected, whatever they ask for: before their guards run and their data is read.
/// 2. The routes of a list marked `.public()` are open. Their handlers can still ask for `Option<User>`. Those of a list
///    with `.require_role("admin")` require that role, too.
/// 3. The same path may be public for one method and protected for another, and a protected route may share its path
///    with a public one of another rank or format: Rocket chooses the route, then what that route requires decides. A
///    denial answers; it never forwards to the next rank.
/// 4. `HEAD` is as open as the `GET` that answers it.
/// 5. Whatever Rocket takes as routes is protected or public as a whole: a `FileServer`, a list of routes.
/// 6. Without a route the answer is 404 for everyone, without authentication; also for a known path with another method.
///    Catchers are open.
/// 7. The engine's endpoints (login, callbacks, logout) are part of it.
/// 8. A route that is mounted elsewhere, before or after, by another fairing too: the Rocket does not launch.
/// 9. Two of them: the Rocket does not launch.
///
/// Rocket's own rules apply as well: two routes that collide do not launch.
#[must_use = "attach it to a Rocket"]
pub struct Protected {
    zitadel: Zitadel,
    mounts: Vec<(Origin<'static>, Vec<Route>)>,
}

impl Protected {
    /// An empty container: only the engine's endpoints.
    pub const fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, mounts: Vec::new() }
    }

    /// Makes everything at this path, and below it, an API: what is denied there is answered with a status and JSON, for a browser that
    /// opens the address, too, and never with a redirect to login. What requires a user still does. May be repeated.
    ///
    /// Everywhere else that is so for requests that are not navigations, and for those with a bearer token.
    ///
    /// Preflight requests (CORS) carry no credentials: Rocket has no route for `OPTIONS` unless one is mounted, which a
    /// list marked [`public`](crate::PublicExt::public) does.
    ///
    /// # Panics
    ///
    /// If `path` does not begin with `/`, or ends with one.
    #[track_caller]
    pub fn api(mut self, path: &str) -> Self {
        self.zitadel = self.zitadel.with_api_path(path);
        self
    }

    /// Mounts routes, as Rocket's own `mount` does: protected, unless they are marked
    /// [`public`](crate::PublicExt::public).
    ///
    /// # Panics
    ///
    /// If `base` is not a path, as Rocket's does.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "the signature of Rocket's own")]
    pub fn mount<'a, B>(mut self, base: B, routes: impl IntoEntry) -> Self
    where
        B: TryInto<Origin<'a>> + Clone + fmt::Display,
        B::Error: fmt::Display,
    {
        let (routes, requirement) = match routes.into_entry(Token) {
            Entry::Protected(routes, requirement) => (routes, Some(requirement)),
            Entry::Public(routes) => (routes, None),
        };
        let routes = routes.into_iter().map(|route| guarded(route, requirement)).collect();
        self.mounts.push((path(&base), routes));
        self
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "documented: as Rocket does, while the caller can still be named")]
fn path<'a, B>(base: &B) -> Origin<'static>
where
    B: TryInto<Origin<'a>> + Clone + fmt::Display,
    B::Error: fmt::Display,
{
    match base.clone().try_into() {
        Ok(origin) => origin.into_owned(),
        Err(problem) => {
            error!("invalid route base: {base}");
            error_!("{problem}");
            info_!("in {}", Location::caller());
            panic!("aborting due to route base error");
        }
    }
}

#[rocket::async_trait]
impl Fairing for Protected {
    // Not a singleton: Rocket would silently drop the first of two, with its routes.
    fn info(&self) -> Info {
        Info { name: "ZITADEL", kind: Kind::Ignite | Kind::Request }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        hide_query(&self.zitadel, request);
    }

    async fn on_ignite(&self, mut rocket: Rocket<Build>) -> fairing::Result {
        if rocket.state::<Handle>().is_some() {
            error!("{ATTACHED_TWICE}");
            return Err(rocket);
        }
        let others = rocket.routes().count();
        for (base, routes) in &self.mounts {
            rocket = rocket.mount(base.clone(), routes.clone());
        }
        // Last: Rocket tries routes of one rank in this order.
        rocket = rocket.mount(Origin::ROOT, with_sentinel(endpoints(&self.zitadel)));
        let mounted = Mounted(rocket.routes().skip(others).map(key).collect());
        Ok(rocket.manage(Handle(self.zitadel.clone())).manage(mounted).attach(FinishFairing::LAST))
    }
}

const ATTACHED_TWICE: &str = "Two `Protected` are attached: mount all routes in one of them";

/// The routes that the `Protected` has mounted; managed.
struct Mounted(Vec<RouteKey>);

/// What identifies a route of a Rocket; two with the same key collide.
type RouteKey = (Method, String, isize, Option<MediaType>);

fn key(route: &Route) -> RouteKey {
    (route.method, route.uri.to_string(), route.rank, route.format.clone())
}

/// The message about a route that is mounted elsewhere.
fn unmanaged(route: &Route) -> String {
    let name = route.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "`{} {}`{name} is mounted outside of `Protected`, where no request is authenticated: mount it with \
         `Protected::mount`, and mark its list `.public()` if anyone may use it",
        route.method, route.uri
    )
}

/// Refuses to launch with routes that are mounted elsewhere.
///
/// A sentinel, because only sentinels see the routes that later fairings mount, and can still stop the launch.
struct NoUnmanagedRoutes;

impl Sentinel for NoUnmanagedRoutes {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let mut managed = rocket.state::<Mounted>().map(|mounted| mounted.0.clone()).unwrap_or_default();
        let others: Vec<&Route> = rocket
            .routes()
            .filter(|route| match managed.iter().position(|own| *own == key(route)) {
                Some(own) => {
                    managed.swap_remove(own);
                    false
                }
                None => true,
            })
            .collect();
        for route in &others {
            error!("{}", unmanaged(route));
        }
        !others.is_empty()
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for NoUnmanagedRoutes {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self)
    }
}

#[rocket::get("/")]
const fn sentinel_route(_sentinel: NoUnmanagedRoutes) {}

/// The same routes with the sentinel: only the attribute above can attach one to a route.
fn with_sentinel(routes: impl Iterator<Item = Route>) -> Vec<Route> {
    let routes = routes.flat_map(|route| {
        let attach = |mut with_sentinel: Route| {
            with_sentinel.name = route.name.clone();
            with_sentinel.method = route.method;
            with_sentinel.uri = route.uri.clone();
            with_sentinel.rank = route.rank;
            with_sentinel.handler = route.handler.clone();
            with_sentinel
        };
        routes![sentinel_route].into_iter().map(attach).collect::<Vec<_>>()
    });
    routes.collect()
}

impl fmt::Debug for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protected").field("mounts", &self.mounts).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rocket::fs::FileServer;

    use super::*;

    #[test]
    fn an_unmanaged_route_is_named_with_what_to_do_about_it() {
        #[rocket::get("/late/<_id>?<_q>")]
        fn late(_id: &str, _q: &str) {}
        let messages: Vec<_> = routes![late].iter().map(unmanaged).collect();
        assert_eq!(
            messages,
            [
                "`GET /late/<_id>?<_q>` (late) is mounted outside of `Protected`, where no request is authenticated: mount it \
              with `Protected::mount`, and mark its list `.public()` if anyone may use it"
            ]
        );
    }

    #[test]
    fn an_unmanaged_route_without_a_function_is_named_by_method_and_path() {
        let files: Vec<Route> = FileServer::from(env!("CARGO_MANIFEST_DIR")).into();
        assert!(files.iter().map(unmanaged).all(|message| message.starts_with("`GET /<path..>` (FileServer: ")));
        let nameless = Route::new(Method::Put, "/x", rocket::route::dummy_handler);
        assert!(unmanaged(&nameless).starts_with("`PUT /x` is mounted outside"));
    }
}
