//! Enforcement: authenticates a request once, denies access before a handler runs, and finishes every response.
//!
//! What Rocket 0.5 forces, each with a test:
//!
//! - Fairings cannot answer a request, so protection wraps handlers; errors and panics are answered by catchers, further
//!   out, so a fairing finishes responses.
//! - A flag set by a guard and read in `on_response` cannot tell who answered 401. A private status that the wrapper
//!   replaces by the engine's response can, and no catcher runs in between.
//! - `HEAD` on a `GET` route reaches handlers as `GET`, so the endpoints are mounted for every method.
//! - A fairing may authenticate before another one changes the method: same-origin evidence was judged for the old one.
//!   Such a request reaches no handler.
//! - `launch()` returns `Ok` after a shutdown at liftoff, so unmanaged routes are refused by a sentinel, which sees the
//!   final list of routes. `Kind::Singleton` would silently drop the routes of the first of two containers.

use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use rocket::{
    Build, Data, Request, Response, Rocket, Route,
    fairing::{self, Fairing, Info, Kind},
    http::{Method, Status},
    route::{Handler, Outcome},
    tokio::sync::{OnceCell, SetError},
};
use zitadel_core::{Authentication, Denied, Requirement, Zitadel};

use crate::{
    translate,
    user::{AccessToken, NOT_ATTACHED},
};

/// The status with which this crate's guards fail: a private marker that handlers are unlikely to return, so that
/// [`Guarded`] can replace it by the engine's response. A guard could fail with 401, but so may a handler of its own.
pub(crate) const DENIED: Status = Status::new(599);

/// Managed by the Rocket that a [`Protected`](crate::Protected) is attached to.
pub(crate) struct Handle(pub(crate) Zitadel);

/// What is kept with a request, in Rocket's request-local cache.
#[derive(Default)]
pub(crate) struct RequestState {
    /// The authentication, once something asked for it, and the method that the request had then.
    authentication: OnceCell<(Method, Authentication)>,
    /// Why the guard that failed last did.
    denied: Mutex<Option<Denied>>,
    /// Whether one of the engine's endpoints answered, which handles the session itself.
    pub(crate) served: AtomicBool,
    /// Whether a response of the engine was made: headers of the response may have temporary names.
    pub(crate) replied: AtomicBool,
    /// The target that the client sent, if the query was taken away from Rocket.
    pub(crate) target: OnceLock<String>,
}

impl RequestState {
    fn denied(&self) -> Option<Denied> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub(crate) fn state<'r>(request: &'r Request<'_>) -> &'r RequestState {
    request.local_cache(RequestState::default)
}

/// The authentication of a request, made once. `None` without a `Protected`.
async fn authentication<'r>(request: &'r Request<'_>, state: &'r RequestState) -> Option<&'r Authentication> {
    if state.authentication.get().is_none() {
        let Handle(zitadel) = request.rocket().state()?;
        let method = request.method();
        // What waits is boxed: it is rare, and would make the future of every request larger.
        match zitadel.authenticate_cached(translate::head(request, state)) {
            Ok(authentication) => {
                if let Err(SetError::InitializingError(ready)) = state.authentication.set((method, authentication)) {
                    // Another guard of this request waits already; its result counts.
                    Box::pin(state.authentication.get_or_init(|| async { ready })).await;
                }
            }
            Err(head) => {
                let authenticate = || async { (method, zitadel.authenticate(head).await) };
                Box::pin(state.authentication.get_or_init(authenticate)).await;
            }
        }
    }
    state.authentication.get().map(|(_, authentication)| authentication)
}

/// Whether the request became an unsafe one after it was authenticated: then nothing has checked where it comes from.
fn method_became_unsafe(request: &Request<'_>, state: &RequestState) -> bool {
    let safe = |method| matches!(method, Method::Get | Method::Head | Method::Options | Method::Trace);
    let authenticated = state.authentication.get();
    authenticated.is_some_and(|(method, _)| safe(*method) && !safe(request.method()))
}

/// The user, if the requirement is met; else why not, also kept for [`Guarded`].
pub(crate) async fn authorize<'r>(
    request: &'r Request<'_>,
    requirement: &Requirement<'_>,
) -> Result<&'r zitadel_core::User, Denied> {
    let state = state(request);
    let authorized = match authentication(request, state).await {
        Some(authentication) => authentication.authorize(requirement),
        None => Err(Denied::misconfigured(NOT_ATTACHED)),
    };
    authorized.inspect_err(|denied| keep(state, denied))
}

/// The access token of the user; else why there is none, also kept for [`Guarded`].
pub(crate) async fn access_token(request: &Request<'_>) -> Result<AccessToken, Denied> {
    let state = state(request);
    let token = match authentication(request, state).await {
        Some(authentication) => AccessToken::of(authentication).await,
        None => Err(Denied::misconfigured(NOT_ATTACHED)),
    };
    token.inspect_err(|denied| keep(state, denied))
}

fn keep(state: &RequestState, denied: &Denied) {
    *state.denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(denied.clone());
}

/// A handler that runs only if the requirement is met; `None` for a public one.
#[derive(Clone)]
struct Guarded {
    inner: Box<dyn Handler>,
    requirement: Option<Requirement<'static>>,
}

/// The same route, enforced.
pub(crate) fn guarded(mut route: Route, requirement: Option<Requirement<'static>>) -> Route {
    route.handler = Box::new(Guarded { inner: route.handler, requirement });
    route
}

impl Guarded {
    /// What must hold before the handler runs.
    async fn check(&self, request: &Request<'_>, state: &RequestState) -> Result<(), Denied> {
        let Some(authentication) = authentication(request, state).await else {
            return Err(Denied::misconfigured(NOT_ATTACHED));
        };
        if method_became_unsafe(request, state) {
            return Err(Denied::misconfigured(
                "a fairing authenticated the request, and another one changed the method after it: attach them in the \
                 other order",
            ));
        }
        match &self.requirement {
            Some(requirement) => authentication.authorize(requirement).map(drop),
            None => Ok(()),
        }
    }
}

#[rocket::async_trait]
impl Handler for Guarded {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let state = state(request);
        let answer = |denied: Denied| Outcome::Success(translate::response(denied.into_reply(), state));
        if let Err(denied) = self.check(request, state).await {
            return answer(denied);
        }
        match self.inner.handle(request, data).await {
            Outcome::Error(DENIED) => state.denied().map_or(Outcome::Error(DENIED), answer),
            outcome => outcome,
        }
    }
}

/// Sets on every response what the session needs.
///
/// Not done in [`Guarded`], because Rocket answers errors and panics by catchers, further out. A fairing of its own,
/// attached while igniting, so that it runs after Shield and every other fairing, in whatever order they were attached.
pub(crate) struct FinishFairing {
    /// How many more times it re-attaches itself while igniting, so that it runs last.
    remaining_defers: u8,
}

impl FinishFairing {
    /// After fairings that others attach while igniting, and those that these attach, for three rounds.
    pub(crate) const LAST: Self = Self { remaining_defers: 3 };
}

#[rocket::async_trait]
impl Fairing for FinishFairing {
    fn info(&self) -> Info {
        let kind = if self.remaining_defers == 0 { Kind::Response } else { Kind::Ignite };
        Info { name: "ZITADEL: session", kind }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        Ok(rocket.attach(Self { remaining_defers: self.remaining_defers.saturating_sub(1) }))
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let state = state(request);
        if state.replied.load(Relaxed) {
            translate::finish_shielded(response);
        }
        let authentication = state.authentication.get().map(|(_, authentication)| authentication);
        if response.status() == DENIED && state.denied().is_some() {
            // A handler returned a guard's status as its own; outside of this crate it means nothing.
            let is_user = authentication.is_some_and(|authentication| authentication.user().is_some());
            response.set_status(if is_user { Status::Forbidden } else { Status::Unauthorized });
        }
        // Without authentication there is nothing to set; and a response that ends a session must not also renew it.
        if let Some(authentication) = authentication.filter(|_| !state.served.load(Relaxed)) {
            translate::finish(authentication, response);
        }
    }
}
