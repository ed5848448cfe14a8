//! The state machine: one request in, one answer out. No socket, and time is the caller's.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{Request, Response};

use crate::{
    answer::{Answer, RouteKind, is_preflight},
    clock::Clock,
    endpoint::{self, Exchange},
    entropy::Ids,
    fault::{EndpointName, Fault, Faults},
    grant::{Grants, Lifetimes},
    incoming::Incoming,
    journal::{Journal, LoggedRequest},
    key_ring::KeyRing,
    registry::Registry,
};

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    pub(crate) registry: Registry,
    pub(crate) keys: KeyRing,
    pub(crate) grants: Grants,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
}

/// How an answer reaches whoever asked. No `Debug`: bodies hold tokens.
pub(crate) enum Delivery {
    /// At once.
    Now(Response<Vec<u8>>),
    /// That much later.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only a server can wait"))]
    After(Duration, Response<Vec<u8>>),
    /// Never; the connection stays open.
    Never,
    /// Never; the connection closes.
    Dropped,
}

/// The provider: an issuer and its state.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: String,
    state: Mutex<State>,
}

impl Provider {
    pub(crate) fn new(issuer: String, state: State) -> Self {
        Self { issuer, state: Mutex::new(state) }
    }

    /// The state, even if a panic left it locked: a test that failed must not make the next one fail.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs the request, lets a fault have its way, and otherwise answers.
    pub(crate) fn answer(&self, request: Request<Vec<u8>>) -> Delivery {
        let request = Incoming::new(request);
        let endpoint = endpoint::at(&request.path);
        let mut state = self.state();
        let mut entry = LoggedRequest::of(endpoint, &request);
        let fault = state.faults.take(endpoint);
        let delivery = self.deliver(&mut state, &request, endpoint, fault.as_ref());
        entry.status = match &delivery {
            Delivery::Now(response) | Delivery::After(_, response) => Some(response.status().as_u16()),
            Delivery::Never | Delivery::Dropped => None,
        };
        state.journal.add(entry);
        delivery
    }

    fn deliver(
        &self,
        state: &mut State,
        request: &Incoming,
        endpoint: EndpointName,
        fault: Option<&Fault>,
    ) -> Delivery {
        let unix = state.clock.unix();
        let plain = |answer: Answer| Delivery::Now(answer.finish(request, &self.issuer, unix, RouteKind::Plain));
        match fault {
            Some(Fault::Status(status)) => return plain(Answer::new(*status, "", Vec::new())),
            Some(Fault::StatusBody { status, content_type, body }) => {
                return plain(Answer::new(*status, content_type, body.clone()));
            }
            Some(Fault::Html) => {
                let page = "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.";
                return plain(Answer::new(200, "text/html; charset=utf-8", page));
            }
            Some(Fault::Huge(bytes)) => {
                let body = format!("{{\"padding\":\"{}\"}}", "x".repeat(*bytes));
                return plain(Answer::new(200, "application/json", body));
            }
            Some(Fault::Hang) => return Delivery::Never,
            Some(Fault::Drop) => return Delivery::Dropped,
            _ => {}
        }
        let kind = endpoint::kind(endpoint);
        let answer = if !self.is_own_host(request) {
            let host = request.host.as_deref().unwrap_or_default();
            Answer::text(404, &format!("unable to set instance using origin {host} (this emulator is {})", self.issuer))
        } else if kind == RouteKind::Protocol && is_preflight(request) {
            Answer::new(204, "", Vec::new())
        } else {
            let issuer = self.issuer.as_str();
            endpoint::answer(endpoint, Exchange { issuer, request, state, fault })
        };
        let response = answer.finish(request, &self.issuer, unix, kind);
        match fault {
            Some(Fault::Delay(delay)) => Delivery::After(*delay, response),
            Some(Fault::LoseAnswer) => Delivery::Dropped,
            _ => Delivery::Now(response),
        }
    }

    /// Whether the request was meant for this provider. A page elsewhere that points its own name to this machine
    /// (DNS rebinding) gets nothing.
    fn is_own_host(&self, request: &Incoming) -> bool {
        let Some(host) = &request.host else { return true };
        let Ok(asked) = url::Url::parse(&format!("http://{host}")) else { return false };
        let own = url::Url::parse(&self.issuer).ok().and_then(|url| url.host_str().map(str::to_owned));
        let asked = asked.host_str().unwrap_or_default();
        own.as_deref() == Some(asked) || matches!(asked, "localhost" | "127.0.0.1" | "[::1]")
    }
}
