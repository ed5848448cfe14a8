//! The door: asks once per request who is there, turns visitors away, and finishes every answer.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use rocket::{
    Build, Data, Request, Response, Rocket, Route,
    fairing::{self, Fairing, Info, Kind},
    http::{Method, Status},
    route::{Handler, Outcome},
    tokio::sync::OnceCell,
};
use zitadel_core::{Reply, Required, Visitor, Zitadel};

use crate::translate;

/// With what a guard of ours fails. Hardly a handler says it, so [`Enforced`] knows that it was us, and answers with what
/// the engine says instead. A guard could say 401, but so does a handler of its own accord.
pub(crate) const DENIED: Status = Status::new(599);

/// Managed by the Rocket that a [`Protected`](crate::Protected) is attached to.
pub(crate) struct Door(pub(crate) Zitadel);

/// What we keep beside a request.
#[derive(Default)]
pub(crate) struct Beside {
    /// Who sent it, once somebody asked; and with which method it was asked.
    visitor: OnceCell<(Method, Visitor)>,
    /// What the guard that failed last had required.
    denied: Mutex<Option<Required<'static>>>,
    /// Answered by one of the engine's endpoints, which looked at the session itself.
    pub(crate) served: AtomicBool,
}

impl Beside {
    fn denied(&self) -> Option<Required<'static>> {
        *self.denied.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn beside<'r>(request: &'r Request<'_>) -> &'r Beside {
    request.local_cache(Beside::default)
}

/// Who sent this request; asked once, whoever wants to know. `None` without a `Protected`, where nobody can tell.
pub(crate) async fn visitor<'r>(request: &'r Request<'_>) -> Option<&'r Visitor> {
    let Door(zitadel) = request.rocket().state()?;
    let ask = || async { (request.method(), Visitor::authenticate(zitadel, translate::head(request)).await) };
    let (_, visitor) = beside(request).visitor.get_or_init(ask).await;
    Some(visitor)
}

/// Whether the request became an unsafe one after somebody had asked who sent it: then nobody has looked where it
/// comes from.
fn turned_unsafe(request: &Request<'_>) -> bool {
    let safe = |method| matches!(method, Method::Get | Method::Head | Method::Options | Method::Trace);
    let asked = beside(request).visitor.get();
    asked.is_some_and(|(method, _)| safe(*method) && !safe(request.method()))
}

/// The user, if the request has one who holds what is required; else a note for [`Enforced`].
pub(crate) async fn admitted(request: &Request<'_>, required: Required<'static>) -> Option<zitadel_core::User> {
    let user = visitor(request).await.and_then(|visitor| visitor.admitted(required));
    if user.is_none() {
        *beside(request).denied.lock().unwrap_or_else(PoisonError::into_inner) = Some(required);
    }
    user
}

/// The engine's answer to a request that lacks what is required.
///
/// Worded here and not in the guard: an `Option<User>` fails all the time, and nobody wants to hear about it.
pub(crate) fn refusal(request: &Request<'_>, required: Required<'static>) -> Reply {
    let visitor = beside(request).visitor.get();
    visitor.and_then(|(_, visitor)| visitor.turned_away(required)).unwrap_or_else(|| {
        Zitadel::misplaced(
            "no `Protected` around this route: mount it with `Protected::mount` and attach the `Protected` to the Rocket",
        )
    })
}

/// A handler behind the door.
#[derive(Clone)]
struct Enforced {
    inner: Box<dyn Handler>,
    required: Required<'static>,
}

/// The same route, behind the door.
pub(crate) fn enforced(mut route: Route, required: Required<'static>) -> Route {
    route.handler = Box::new(Enforced { inner: route.handler, required });
    route
}

#[rocket::async_trait]
impl Handler for Enforced {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let answer = |reply| Outcome::Success(translate::response(reply));
        let Some(visitor) = visitor(request).await else { return answer(refusal(request, self.required)) };
        if turned_unsafe(request) {
            return answer(Zitadel::misplaced(
                "a fairing asked who is there, and another one changed the method after it: attach them the other way \
                 round",
            ));
        }
        if let Some(reply) = visitor.turned_away(self.required) {
            return answer(reply);
        }
        match (self.inner.handle(request, data).await, beside(request).denied()) {
            (Outcome::Error(DENIED), Some(denied)) => answer(refusal(request, denied)),
            (outcome, _) => outcome,
        }
    }
}

/// Puts onto every answer what the session needs.
///
/// Here and not in [`Enforced`]: Rocket answers errors and panics by catchers, further out. And in a fairing of its own,
/// attached while igniting: then it comes after Shield and whatever else was attached, in whatever order.
pub(crate) struct Finish {
    /// How often it steps back, to the end of the line, before it stays.
    steps_back: u8,
}

impl Finish {
    /// Behind what other fairings attach while igniting, and what that attaches, and so on for as long as anybody does.
    pub(crate) const LAST: Self = Self { steps_back: 3 };
}

#[rocket::async_trait]
impl Fairing for Finish {
    fn info(&self) -> Info {
        Info { name: "ZITADEL: session", kind: if self.steps_back == 0 { Kind::Response } else { Kind::Ignite } }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        Ok(rocket.attach(Self { steps_back: self.steps_back.saturating_sub(1) }))
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let beside = beside(request);
        translate::finish_shielded(response);
        if response.status() == DENIED && beside.denied().is_some() {
            // Somebody took a guard's status for an answer of their own; outside it means nothing.
            let known = beside.visitor.get().is_some_and(|(_, visitor)| visitor.admitted(Required::Nothing).is_some());
            response.set_status(if known { Status::Forbidden } else { Status::Unauthorized });
        }
        // Nobody asked: nothing to say. And an answer that ends a session must not also renew it.
        if let Some((_, visitor)) = beside.visitor.get().filter(|_| !beside.served.load(Relaxed)) {
            translate::finish(visitor.authentication(), response);
        }
    }
}
