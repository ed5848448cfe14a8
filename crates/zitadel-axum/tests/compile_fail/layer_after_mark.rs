//! The mark comes last.

use axum::routing::get;
use zitadel_axum::{PublicExt as _, require_user};

async fn page() {}

fn main() {
    let _ = get::<_, _, ()>(page).public().layer(require_user());
}
