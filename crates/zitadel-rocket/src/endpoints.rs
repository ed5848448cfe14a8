//! The engine's endpoints (login, callbacks, logout), and health.

use std::sync::atomic::Ordering::Relaxed;

use rocket::{
    Data, Request, Route,
    data::ByteUnit,
    http::{Method, uri::Origin},
    route::{Handler, Outcome},
};
use zitadel_core::{Endpoint, MAX_FORM_BYTES, Zitadel};

use crate::{enforce::state, translate};

/// All of Rocket's: the engine decides. Without a route for it, `HEAD` would reach the engine as `GET`, which redeems
/// codes.
const ALL_METHODS: [Method; 9] = [
    Method::Get,
    Method::Head,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Options,
    Method::Trace,
    Method::Connect,
];

/// The engine's endpoints at their configured paths.
pub(crate) fn endpoints(zitadel: &Zitadel) -> impl Iterator<Item = Route> {
    zitadel.endpoints().flat_map(move |(endpoint, path)| {
        ALL_METHODS.into_iter().map(move |method| {
            let mut route = Route::new(method, path, EndpointHandler { zitadel: zitadel.clone(), endpoint });
            route.name = Some("ZITADEL".into());
            route
        })
    })
}

/// Takes the query of a callback away from Rocket and keeps it for the engine: at its default level Rocket logs every
/// request with its query, and this one has the authorization code.
pub(crate) fn hide_query(zitadel: &Zitadel, request: &mut Request<'_>) {
    let uri = request.uri();
    let is_callback =
        |path| matches!(zitadel.match_endpoint(path), Some(Endpoint::Callback | Endpoint::LogoutCallback));
    if uri.query().is_none() || !is_callback(uri.path().as_str()) {
        return;
    }
    if let Ok(path) = Origin::parse_owned(uri.path().as_str().to_owned())
        && state(request).target.set(uri.to_string()).is_ok()
    {
        request.set_uri(path);
    }
}

#[derive(Clone)]
struct EndpointHandler {
    zitadel: Zitadel,
    endpoint: Endpoint,
}

#[rocket::async_trait]
impl Handler for EndpointHandler {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        // The endpoint handles the session itself: the response must not renew it.
        let state = state(request);
        state.served.store(true, Relaxed);
        let head = translate::head(request, state);
        Outcome::Success(translate::response(self.zitadel.serve(self.endpoint, &head, read(data)).await, state))
    }
}

/// `None` for a body that is too large, or breaks off.
async fn read(data: Data<'_>) -> Option<Vec<u8>> {
    let body = data.open(ByteUnit::from(MAX_FORM_BYTES)).into_bytes().await.ok()?;
    // Rocket truncates a body at the limit without an error.
    body.is_complete().then(|| body.into_inner())
}

/// 200 as long as the process answers: for liveness probes. Mount it at any path of the
/// [`Protected`](crate::Protected), `.public()`.
///
/// ```
/// use zitadel_rocket::{Protected, PublicExt as _, Zitadel, healthz, readyz};
///
/// # fn app(zitadel: Zitadel) -> Protected {
/// Protected::new(zitadel.clone())
///     .mount("/healthz", healthz().public())
///     .mount("/readyz", readyz(&zitadel).public())
/// # }
/// ```
#[must_use = "mount it in a `Protected`"]
pub fn healthz() -> Vec<Route> {
    vec![Route::new(Method::Get, "/", Health(None))]
}

/// 200 when users can log in, else 503 and what is not available, as JSON: for readiness probes. Mount it at any path of
/// the [`Protected`](crate::Protected), `.public()`. Cached documents are enough: a provider that goes down later does not
/// make every replica unready.
#[must_use = "mount it in a `Protected`"]
pub fn readyz(zitadel: &Zitadel) -> Vec<Route> {
    vec![Route::new(Method::Get, "/", Health(Some(zitadel.clone())))]
}

/// Readiness with a handle, liveness without one.
#[derive(Clone)]
struct Health(Option<Zitadel>);

#[rocket::async_trait]
impl Handler for Health {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> Outcome<'r> {
        let reply = match &self.0 {
            Some(zitadel) => zitadel.readiness().await,
            None => Zitadel::liveness(),
        };
        Outcome::Success(translate::response(reply, state(request)))
    }
}
