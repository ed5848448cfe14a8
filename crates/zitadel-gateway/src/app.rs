//! `app`: the one place that lists routes.

use axum::{
    Router,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    middleware::from_fn,
    response::IntoResponse,
    routing::get,
};
use zitadel_axum::{Zitadel, healthz, readyz};
use zitadel_process::Metrics;

use crate::{
    access_log::access_log,
    description,
    error::{ApiError, json_errors},
    forward_auth::observed_forward_auth,
    gateway::Gateway,
    login, machine_token,
    request_id::request_id,
    settings::Settings,
    token_check,
};

/// The whole service. `zitadel` was built with [`Settings::config`]; a test may build it with another store, clock or transport.
pub fn app(zitadel: &Zitadel, settings: &Settings) -> Router {
    let gateway = Gateway::new(zitadel, settings);
    let metrics = zitadel_process::metrics();
    machine_token::describe();
    let cors = login::cors(gateway.spa_origin());
    let token_checks = Router::new()
        .route("/api/v1/validate", get(token_check::validate))
        .route("/api/v1/userinfo", get(token_check::user_info))
        .layer(cors);
    let service = Router::new()
        .merge(login::routes(&gateway))
        .merge(token_checks)
        .route("/api/v1/m2m-token", get(machine_token::machine_token).post(machine_token::machine_token))
        .merge(description::routes(zitadel))
        .with_state(gateway)
        .route("/healthz", healthz())
        .route("/readyz", readyz(zitadel))
        .route("/metrics", get(async || metrics_text(metrics)))
        // A router that others are merged into keeps only a fallback of its own.
        .fallback(async || ApiError::of_status(StatusCode::NOT_FOUND));
    observed(service).merge(observed_forward_auth(zitadel, &settings.forward_auth, observed))
}

/// What every answer has around it.
fn observed(router: Router) -> Router {
    // The last is the outermost.
    router.layer(from_fn(json_errors)).layer(from_fn(access_log)).layer(from_fn(request_id))
}

/// What Prometheus reads.
fn metrics_text(metrics: &Metrics) -> impl IntoResponse {
    ([(CONTENT_TYPE, Metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")], metrics.render())
}
