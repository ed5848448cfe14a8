//! One authentication service for many applications, over `zitadel-axum`.
#![forbid(unsafe_code)]

pub mod forward_auth;

use axum::Router;
use zitadel_axum::{Protected, PublicExt as _, Zitadel, healthz, readyz};

/// The whole service.
pub fn app(zitadel: &Zitadel) -> Router {
    Protected::new(zitadel.clone())
        .route("/healthz", healthz().public())
        .route("/readyz", readyz(zitadel).public())
        .into_router()
        // Outside: the original request is authenticated there, and not the sub-request.
        .merge(forward_auth::forward_auth(zitadel, &forward_auth::ForwardAuthSettings::default()))
}
