//! actix-web's own `App` does not take a marked route or service.

use actix_web::{App, web};
use zitadel_actix::PublicExt as _;

async fn page() -> &'static str {
    "page"
}

fn main() {
    let _ = App::new().route("/", web::get().to(page).public());
    let _ = App::new().service(web::resource("/").to(page).public());
}
