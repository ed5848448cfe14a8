//! The mark belongs to a list of routes, not to a handler.

use rocket::get;
use zitadel_rocket::PublicExt as _;

#[get("/")]
fn page() {}

fn main() {
    let _ = page.public();
}
