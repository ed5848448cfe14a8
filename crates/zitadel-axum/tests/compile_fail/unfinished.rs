//! A `Protected` is not a router before `into_router`.

use axum::Router;
use zitadel_axum::{Protected, Zitadel};

fn app(zitadel: Zitadel) -> Router {
    Router::new().nest("/area", Protected::new(zitadel))
}

fn main() {}
