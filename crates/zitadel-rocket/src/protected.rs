//! `Protected`: a fairing whose routes need a signed-in user unless they say they are public.

use std::{convert::Infallible, fmt, panic::Location};

use rocket::{
    Build, Ignite, Request, Rocket, Route, Sentinel, error, error_,
    fairing::{self, Fairing, Info, Kind},
    http::{MediaType, Method, ext::IntoOwned as _, uri::Origin},
    info_,
    outcome::Outcome,
    request::{self, FromRequest},
    routes,
};
use zitadel_core::Zitadel;

use crate::{
    endpoints::endpoints,
    enforce::{Door, Finish, enforced},
    public::{Fileable, Filed},
};

/// A fairing with routes that need a signed-in user unless they say [`public`](crate::PublicExt::public).
///
/// [`mount`](Self::mount) into it as you would into a `Rocket`, and attach it. The rules, each with a test in
/// `tests/routing.rs`, the last two in `tests/launch.rs`:
///
/// 1. The routes of a bare list are closed, whatever they ask for. The door is before their guards and their data.
/// 2. The routes of a list marked `.public()` are open. Their handlers can still ask for `Option<User>`. Those of one with
///    `.require_role("admin")` are closed to users without the role, too.
/// 3. The same path may be public for one method and closed for another, and a closed route may share its path with
///    a public one of another rank or format: Rocket chooses the route, then that route's door counts. A closed door
///    answers; it never forwards to the next rank.
/// 4. `HEAD` is as open as the `GET` that answers it.
/// 5. Whatever Rocket takes as routes is closed or public as a whole: a `FileServer`, a list of your own.
/// 6. Where no route is there is 404 for everyone, without a look at the session; also for a known path with another
///    method. Catchers are open.
/// 7. The engine's endpoints (sign-in, callbacks, sign-out, …) come with it.
/// 8. A route mounted anywhere else, before or after, by another fairing too: the Rocket does not launch.
/// 9. Two of them: the Rocket does not launch.
///
/// Rocket's own rules hold as well: two routes that collide do not launch.
#[must_use = "attach it to a Rocket"]
pub struct Protected {
    zitadel: Zitadel,
    mounts: Vec<(Origin<'static>, Vec<Route>)>,
}

impl Protected {
    /// An empty container: nothing but the engine's endpoints.
    pub const fn new(zitadel: Zitadel) -> Self {
        Self { zitadel, mounts: Vec::new() }
    }

    /// Mounts routes, as Rocket's own `mount` does: closed, unless they are marked
    /// [`public`](crate::PublicExt::public).
    ///
    /// # Panics
    ///
    /// If `base` is not a path, as Rocket's does.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "the signature of Rocket's own")]
    pub fn mount<'a, B>(mut self, base: B, routes: impl Fileable) -> Self
    where
        B: TryInto<Origin<'a>> + Clone + fmt::Display,
        B::Error: fmt::Display,
    {
        let Filed { routes, required } = routes.file();
        let routes = routes.into_iter().map(|route| enforced(route, required)).collect();
        self.mounts.push((path(&base), routes));
        self
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "documented: as Rocket says it, and now, while the caller can still be named")]
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
    // Not a singleton: Rocket would drop the first of two, with its routes, and say nothing.
    fn info(&self) -> Info {
        Info { name: "ZITADEL", kind: Kind::Ignite }
    }

    async fn on_ignite(&self, mut rocket: Rocket<Build>) -> fairing::Result {
        if rocket.state::<Door>().is_some() {
            error!("{TWO}");
            return Err(rocket);
        }
        let others = rocket.routes().count();
        rocket = rocket.mount(Origin::ROOT, watched(endpoints(&self.zitadel)));
        for (base, routes) in &self.mounts {
            rocket = rocket.mount(base.clone(), routes.clone());
        }
        let mounted = Mounted(rocket.routes().skip(others).map(key).collect());
        Ok(rocket.manage(Door(self.zitadel.clone())).manage(mounted).attach(Finish::LAST))
    }
}

const TWO: &str = "Two `Protected` are attached: mount all routes in one of them";

/// What the `Protected` has mounted; managed.
struct Mounted(Vec<Key>);

/// What tells two routes of one Rocket apart; two that are alike collide.
type Key = (Method, String, isize, Option<MediaType>);

fn key(route: &Route) -> Key {
    (route.method, route.uri.to_string(), route.rank, route.format.clone())
}

/// What is said of a route that is mounted elsewhere.
fn stray(route: &Route) -> String {
    let name = route.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    format!(
        "`{} {}`{name} is mounted outside of `Protected`, where nobody asks who is there: mount it with \
         `Protected::mount`, and mark its list `.public()` if anyone may use it",
        route.method, route.uri
    )
}

/// Refuses to launch with routes that are mounted elsewhere.
///
/// A sentinel, because only sentinels see the routes that fairings mount after us, and can stop the launch still.
struct NoStray;

impl Sentinel for NoStray {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        let mut ours = rocket.state::<Mounted>().map(|mounted| mounted.0.clone()).unwrap_or_default();
        let strays: Vec<&Route> = rocket
            .routes()
            .filter(|route| match ours.iter().position(|own| *own == key(route)) {
                Some(own) => {
                    ours.swap_remove(own);
                    false
                }
                None => true,
            })
            .collect();
        for route in &strays {
            error!("{}", stray(route));
        }
        !strays.is_empty()
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for NoStray {
    type Error = Infallible;

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, Infallible> {
        Outcome::Success(Self)
    }
}

#[rocket::get("/")]
const fn watch(_watch: NoStray) {}

/// The same routes, watched over by [`NoStray`]: only the attribute above can put a sentinel onto a route.
fn watched(routes: impl Iterator<Item = Route>) -> Vec<Route> {
    let watched = routes.flat_map(|route| {
        let put = |mut watched: Route| {
            watched.name = route.name.clone();
            watched.method = route.method;
            watched.uri = route.uri.clone();
            watched.rank = route.rank;
            watched.handler = route.handler.clone();
            watched
        };
        routes![watch].into_iter().map(put).collect::<Vec<_>>()
    });
    watched.collect()
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
    fn a_stray_route_is_named_with_what_to_do_about_it() {
        #[rocket::get("/late/<_id>?<_q>")]
        fn late(_id: &str, _q: &str) {}
        let words: Vec<_> = routes![late].iter().map(stray).collect();
        assert_eq!(
            words,
            [
                "`GET /late/<_id>?<_q>` (late) is mounted outside of `Protected`, where nobody asks who is there: mount it \
              with `Protected::mount`, and mark its list `.public()` if anyone may use it"
            ]
        );
    }

    #[test]
    fn a_stray_route_without_a_function_is_named_as_well_as_can_be() {
        let files: Vec<Route> = FileServer::from(env!("CARGO_MANIFEST_DIR")).into();
        assert!(files.iter().map(stray).all(|words| words.starts_with("`GET /<path..>` (FileServer: ")));
        let nameless = Route::new(Method::Put, "/x", rocket::route::dummy_handler);
        assert!(stray(&nameless).starts_with("`PUT /x` is mounted outside"));
    }
}
