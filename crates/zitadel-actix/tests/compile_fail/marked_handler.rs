//! The mark belongs to the route, not to its handler.

use actix_web::web;
use zitadel_actix::{Protected, PublicExt as _, Zitadel};

async fn page() -> &'static str {
    "page"
}

fn app(zitadel: Zitadel) -> Protected {
    Protected::new(zitadel).route("/", page.public()).route("/x", web::get().to(page))
}

fn main() {}
