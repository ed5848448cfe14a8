//! A `Protected` takes only what Rocket takes as routes.

use rocket::catchers;
use zitadel_rocket::{Protected, Zitadel};

fn app(zitadel: Zitadel) -> Protected {
    Protected::new(zitadel).mount("/", catchers![])
}

fn main() {}
