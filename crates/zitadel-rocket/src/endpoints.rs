//! Mounts what the engine serves itself: sign-in, callbacks, sign-out; and health.

use std::sync::atomic::Ordering::Relaxed;

use rocket::{
    Data, Request, Route, State,
    data::ByteUnit,
    get,
    http::Method,
    route::{Handler, Outcome},
    routes,
};
use zitadel_core::{Endpoint, MAX_FORM, Zitadel};

use crate::{
    enforce::{Door, beside},
    translate::{self, Answer},
};

/// All of Rocket's. The engine says which it wants, and how it refuses the others; and without a route for it `HEAD`
/// would reach us as `GET`, which redeems codes.
const METHODS: [Method; 9] = [
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

/// The engine's endpoints, where the configuration wants them.
pub(crate) fn endpoints(zitadel: &Zitadel) -> impl Iterator<Item = Route> {
    zitadel.endpoints().flat_map(move |(endpoint, path)| {
        METHODS.into_iter().map(move |method| {
            let mut route = Route::new(method, path, Served { zitadel: zitadel.clone(), endpoint });
            route.name = Some("ZITADEL".into());
            route
        })
    })
}

#[derive(Clone)]
struct Served {
    zitadel: Zitadel,
    endpoint: Endpoint,
}

#[rocket::async_trait]
impl Handler for Served {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        beside(request).served.store(true, Relaxed);
        let head = translate::head(request);
        let reply = self.zitadel.serve_reading(self.endpoint, &head, read(data)).await;
        Outcome::Success(translate::response(reply))
    }
}

async fn read(data: Data<'_>) -> Option<Vec<u8>> {
    let body = data.open(ByteUnit::from(MAX_FORM)).into_bytes().await.ok()?;
    // Rocket cuts a body off at the limit without a word.
    body.is_complete().then(|| body.into_inner())
}

/// `GET /healthz`: 200 as long as the process answers, for liveness probes. Mount it in the
/// [`Protected`](crate::Protected), where you like, `.public()`.
///
/// ```
/// use zitadel_rocket::{Protected, PublicExt as _, Zitadel, healthz, readyz};
///
/// # fn app(zitadel: Zitadel) -> Protected {
/// Protected::new(zitadel).mount("/", healthz().public()).mount("/internal", readyz().public())
/// # }
/// ```
#[must_use = "mount it in a `Protected`"]
pub fn healthz() -> Vec<Route> {
    routes![alive]
}

/// `GET /readyz`: 200 when people can sign in, else 503 and what is missing, as JSON, for readiness probes. Mount it in
/// the [`Protected`](crate::Protected), where you like, `.public()`. What was fetched counts: a provider that goes down
/// later does not make every replica unready.
#[must_use = "mount it in a `Protected`"]
pub fn readyz() -> Vec<Route> {
    routes![ready]
}

#[get("/healthz")]
fn alive() -> Answer {
    Answer(Zitadel::alive())
}

#[get("/readyz")]
async fn ready(door: &State<Door>) -> Answer {
    Answer(door.0.ready().await)
}
