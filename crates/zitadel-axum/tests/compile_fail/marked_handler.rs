//! The mark belongs to the route, not to its handler.

use axum::routing::get;
use zitadel_axum::{Protected, PublicExt as _, Zitadel};

async fn page() {}

fn app(zitadel: Zitadel) -> Protected {
    Protected::new(zitadel).route("/", page.public()).route("/x", get(page))
}

fn main() {}
