//! A `Protected` takes what Rocket takes.

use rocket::catchers;
use zitadel_rocket::{Protected, Zitadel};

fn app(zitadel: Zitadel) -> Protected {
    Protected::new(zitadel).mount("/", catchers![])
}

fn main() {}
