//! The mark comes last.

use actix_web::web;
use zitadel_actix::{PublicExt as _, require_user};

fn main() {
    let _ = web::scope("/x").public().wrap(require_user());
}
