//! The engine's endpoints (login, callbacks, logout), and health.

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::Request,
    response::Response,
    routing::{self, MethodFilter, MethodRouter},
};
use zitadel_core::{Endpoint, MAX_FORM_BYTES, RequestHead, Zitadel};

use crate::translate;

/// The engine's endpoints as a router, for applications that put [`authenticate`](crate::authenticate()) around a part of
/// their routes. Around the whole application it answers them itself, and so does a [`Protected`](crate::Protected):
/// leave this out then.
///
/// A form above 64 KiB is answered with 413. Bodies of other methods than `POST` are not read. Merging panics, as axum
/// does, if a route of the application has the path of one of them.
pub fn endpoints<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel) -> Router<S> {
    zitadel.endpoints().fold(Router::new(), |router, (endpoint, path)| {
        let zitadel = zitadel.clone();
        let serve = async move |request: Request| {
            let (parts, body) = request.into_parts();
            let head = translate::head(&parts.method, &parts.uri, &parts.headers, &parts.extensions);
            serve(zitadel, endpoint, head, body).await
        };
        // Any method: the engine decides. Each by its name, because axum would silently let a `get` of the application
        // replace an `any`.
        router.route(path, routing::on(ALL_METHODS, serve.clone()).fallback(serve))
    })
}

/// Every method that axum has a name for.
const ALL_METHODS: MethodFilter = MethodFilter::CONNECT
    .or(MethodFilter::DELETE)
    .or(MethodFilter::GET)
    .or(MethodFilter::HEAD)
    .or(MethodFilter::OPTIONS)
    .or(MethodFilter::PATCH)
    .or(MethodFilter::POST)
    .or(MethodFilter::PUT)
    .or(MethodFilter::TRACE);

/// Marks the response of an endpoint, which has handled the session itself: an [`authenticate`](crate::authenticate())
/// of another handle further out must not renew it.
#[derive(Clone, Copy)]
pub(crate) struct Served;

pub(crate) async fn serve<B>(zitadel: Zitadel, endpoint: Endpoint, head: RequestHead, body: B) -> Response
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let form = async { to_bytes(Body::new(body), MAX_FORM_BYTES).await.ok() };
    let mut response = translate::response(zitadel.serve(endpoint, &head, form).await);
    response.extensions_mut().insert(Served);
    response
}

/// 200 as long as the process answers: for liveness probes. Mount it at any path, `.public()`.
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
    routing::get(async || translate::response(Zitadel::liveness()))
}

/// 200 when users can log in, else 503 and what is not available, as JSON: for readiness probes. Mount it at any path,
/// `.public()`. Cached documents are enough: a provider that goes down later does not make every replica unready.
pub fn readyz<S: Clone + Send + Sync + 'static>(zitadel: &Zitadel) -> MethodRouter<S> {
    let zitadel = zitadel.clone();
    routing::get(async move || translate::response(zitadel.readiness().await))
}
