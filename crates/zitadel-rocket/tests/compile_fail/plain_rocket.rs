//! Rocket's own `mount` does not take a marked list.

use rocket::{get, routes};
use zitadel_rocket::PublicExt as _;

#[get("/")]
fn page() {}

fn main() {
    let _ = rocket::build().mount("/", routes![page].public());
}
