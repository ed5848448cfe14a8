//! `app`: the one place that lists routes.

use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    middleware::from_fn,
    response::IntoResponse,
    routing::get,
};
use zitadel_axum::{Zitadel, healthz, readyz};
use zitadel_process::Metrics;

use crate::{
    access_log::access_log, error::json_errors, forward_auth::forward_auth, request_id::request_id, settings::Settings,
};

/// The whole service. `zitadel` was built with [`Settings::config`]; a test may build it with another store, clock or transport.
pub fn app(zitadel: &Zitadel, settings: &Settings) -> Router {
    let metrics = zitadel_process::metrics();
    Router::new()
        .route("/healthz", healthz())
        .route("/readyz", readyz(zitadel))
        .route("/metrics", get(async || metrics_text(metrics)))
        .merge(forward_auth(zitadel, &settings.forward_auth))
        // The last is the outermost.
        .layer(from_fn(json_errors))
        .layer(from_fn(access_log))
        .layer(from_fn(request_id))
}

/// What Prometheus reads.
fn metrics_text(metrics: &Metrics) -> impl IntoResponse {
    ([(CONTENT_TYPE, Metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], metrics.render())
}
