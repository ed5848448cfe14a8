//! Mounts what the engine serves itself: sign-in, callbacks, sign-out; and health.

use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    response::Response,
    routing::{self, MethodFilter, MethodRouter},
};
use zitadel_core::{Endpoint, MAX_FORM, Zitadel};

use crate::{enforce::Finished, translate};

/// The engine's endpoints as a router, for applications built with layers instead of
/// [`Protected`](crate::Protected), which brings them itself. Merge it after the layers.
///
/// A form above [`MAX_FORM`] (64 KiB) is answered with 413. Bodies of other methods than `POST` are not read. Merging
/// panics, as axum does, if a route of yours has the path of one of them.
pub fn endpoints<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel) -> Router<S> {
    zitadel.endpoints().fold(Router::new(), |router, (endpoint, path)| {
        let zitadel = zitadel.clone();
        // Any method: the engine says which it wants, and how it refuses the others. Each by its name, because axum
        // would let a `get` of the application go before an `any`, without a word.
        let serve = move |request: Request| serve(zitadel, endpoint, request);
        router.route(path, routing::on(named(), serve.clone()).fallback(serve))
    })
}

/// Every method that axum has a name for.
const fn named() -> MethodFilter {
    MethodFilter::CONNECT
        .or(MethodFilter::DELETE)
        .or(MethodFilter::GET)
        .or(MethodFilter::HEAD)
        .or(MethodFilter::OPTIONS)
        .or(MethodFilter::PATCH)
        .or(MethodFilter::POST)
        .or(MethodFilter::PUT)
        .or(MethodFilter::TRACE)
}

async fn serve(zitadel: Zitadel, endpoint: Endpoint, request: Request) -> Response {
    let head = translate::head(&request);
    let form = async { to_bytes(request.into_body(), MAX_FORM).await.ok() };
    let mut response = translate::response(zitadel.serve_reading(endpoint, &head, form).await);
    response.extensions_mut().insert(Finished);
    response
}

/// 200 as long as the process answers: for liveness probes. Mount it where you like, `.public()`.
///
/// ```
/// use zitadel_axum::{Protected, PublicExt as _, Zitadel, healthz, readyz};
///
/// # fn app(zitadel: Zitadel) -> axum::Router {
/// Protected::new(zitadel.clone())
///     .route("/healthz", healthz().public())
///     .route("/readyz", readyz(&zitadel).public())
///     .into_router()
/// # }
/// ```
pub fn healthz<S: Clone + Send + Sync + 'static>() -> MethodRouter<S> {
    routing::get(async || translate::response(Zitadel::alive()))
}

/// 200 when people can sign in, else 503 and what is missing, as JSON: for readiness probes. Mount it where you like,
/// `.public()`. What was fetched counts: a provider that goes down later does not make every replica unready.
pub fn readyz<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel) -> MethodRouter<S> {
    let zitadel = zitadel.clone();
    routing::get(async move || translate::response(zitadel.ready().await))
}
