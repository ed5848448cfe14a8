//! A scope is protected or public as a whole: a route in it does not take a mark.

use actix_web::web;
use zitadel_actix::{Protected, PublicExt as _, Zitadel};

async fn page() -> &'static str {
    "page"
}

fn app(zitadel: Zitadel) -> Protected {
    Protected::new(zitadel).service(web::scope("/x").route("/y", web::get().to(page).public()))
}

fn main() {}
