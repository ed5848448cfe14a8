//! axum's own router does not take a marked route.

use axum::{Router, routing::get};
use zitadel_axum::PublicExt as _;

async fn page() {}

fn main() {
    let _: Router = Router::new().route("/", get(page).public());
}
