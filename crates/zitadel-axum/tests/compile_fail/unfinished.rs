//! A `Protected` that has not become a router is not one.

use axum::Router;
use zitadel_axum::{Protected, Zitadel};

fn app(zitadel: Zitadel) -> Router {
    Router::new().nest("/area", Protected::new(zitadel))
}

fn main() {}
