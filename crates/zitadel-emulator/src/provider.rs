//! The provider as a state machine: request in, response out. It does no I/O, and all times come from the [`Clock`].

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{Request, Response};

use crate::{
    backchannel_logout::Queue,
    clock::Clock,
    endpoint::{self, RequestContext},
    entropy::IdGenerator,
    fault::{EndpointName, Fault, Faults},
    grant::{Grants, Lifetimes},
    key_ring::KeyRing,
    login_version::LoginVersion,
    origin::Origin,
    registry::Registry,
    request::ParsedRequest,
    request_log::{LoggedRequest, RequestLog},
    response::{EndpointResponse, RouteKind, is_preflight},
};

/// The mutable state of the provider.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) clock: Clock,
    pub(crate) ids: IdGenerator,
    pub(crate) registry: Registry,
    pub(crate) keys: KeyRing,
    pub(crate) grants: Grants,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) login_version: LoginVersion,
    pub(crate) backchannel_logout: Queue,
    pub(crate) issuer_follows_host: bool,
    pub(crate) impersonation: bool,
    pub(crate) faults: Faults,
    pub(crate) request_log: RequestLog,
}

/// How a response is delivered to the client. No `Debug`: bodies contain tokens.
pub(crate) enum Delivery {
    /// Immediately.
    Immediate(Response<Vec<u8>>),
    /// After a delay.
    #[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only the server delays responses"))]
    Delayed(Duration, Response<Vec<u8>>),
    /// Not at all; the connection stays open.
    Hang,
    /// Not at all; the connection closes.
    Drop,
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

    /// Locks the state. Ignores poisoning, so that a panic in one test does not fail the next one.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs the request, applies a fault if one is scripted, and handles the request.
    pub(crate) fn handle(&self, request: Request<Vec<u8>>) -> Delivery {
        let request = ParsedRequest::new(request);
        let endpoint = endpoint::from_path(&request.path);
        let mut state = self.state();
        let mut entry = LoggedRequest::new(endpoint, &request);
        let fault = state.faults.next(endpoint);
        let delivery = self.process(&mut state, &request, endpoint, fault.as_ref());
        entry.status = match &delivery {
            Delivery::Immediate(response) | Delivery::Delayed(_, response) => Some(response.status().as_u16()),
            Delivery::Hang | Delivery::Drop => None,
        };
        state.request_log.add(entry);
        delivery
    }

    fn process(
        &self,
        state: &mut State,
        request: &ParsedRequest,
        endpoint: EndpointName,
        fault: Option<&Fault>,
    ) -> Delivery {
        let now = state.clock.unix_time();
        let origin = Origin::of(request, &self.issuer, state.issuer_follows_host);
        let issuer = origin.issuer.as_str();
        let plain =
            |response: EndpointResponse| Delivery::Immediate(response.finish(request, issuer, now, RouteKind::Plain));
        match fault {
            Some(Fault::Status(status)) => return plain(EndpointResponse::new(*status, "", Vec::new())),
            Some(Fault::StatusBody { status, content_type, body }) => {
                return plain(EndpointResponse::new(*status, content_type, body.clone()));
            }
            Some(Fault::Html) => {
                let page = "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.";
                return plain(EndpointResponse::new(200, "text/html; charset=utf-8", page));
            }
            Some(Fault::Huge(bytes)) => {
                let body = format!("{{\"padding\":\"{}\"}}", "x".repeat(*bytes));
                return plain(EndpointResponse::new(200, "application/json", body));
            }
            Some(Fault::Hang) => return Delivery::Hang,
            Some(Fault::Drop) => return Delivery::Drop,
            _ => {}
        }
        let kind = if origin.is_own { endpoint::route_kind(endpoint) } else { RouteKind::Plain };
        let response = if !origin.is_own {
            origin.not_found(&self.issuer)
        } else if kind == RouteKind::Protocol && is_preflight(request) {
            EndpointResponse::new(204, "", Vec::new())
        } else {
            endpoint::dispatch(endpoint, RequestContext { issuer, request, state, fault })
        };
        let response = response.finish(request, issuer, now, kind);
        match fault {
            Some(Fault::Delay(delay)) => Delivery::Delayed(*delay, response),
            Some(Fault::LoseResponse) => Delivery::Drop,
            _ => Delivery::Immediate(response),
        }
    }
}
