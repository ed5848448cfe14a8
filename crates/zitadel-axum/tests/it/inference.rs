//! Types that the compiler infers: states, bodies and kinds of entries, marked or not. It is enough that this compiles.

use axum::{
    Router,
    extract::{Path, State},
    routing::{any, any_service, get, post},
};
use zitadel_axum::{Protected, PublicExt as _, Role, RoleKey, User, Zitadel};

use crate::support::zitadel;

#[derive(Clone)]
struct Db;

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

async fn plain() {}
async fn stateful(State(Db): State<Db>, Path(_): Path<String>, _: Option<User>) {}
async fn admin(_: Role<Admin>, _: String) {}

fn stateless(zitadel: Zitadel) -> Router {
    Protected::new(zitadel)
        .route("/", get(plain).public())
        .route("/closure", get(async || "hello").public())
        .route("/service", any_service(get(plain)).public())
        .fallback(plain.public())
        .into_router()
}

fn with_state(zitadel: Zitadel) -> Router {
    Protected::new(zitadel.clone())
        .route("/{id}", get(stateful).public())
        .route("/{id}", post(stateful).put(admin))
        .nest("/inner", Router::new().route("/{id}", any(stateful)))
        .nest("/public", Router::new().route("/{id}", any(stateful)).public())
        .nest("/own", Protected::new(zitadel).route("/{id}", get(stateful).public()))
        .fallback((async |State(Db): State<Db>| "no such page").public())
        .with_state(Db)
        .into_router()
}

fn with_outer_state(zitadel: Zitadel) -> Router<Db> {
    Protected::new(zitadel).route("/{id}", get(stateful).public()).into_router()
}

#[test]
fn types_are_inferred_whether_marked_or_not() {
    let zitadel = zitadel();
    let _ = (stateless(zitadel.clone()), with_state(zitadel.clone()), with_outer_state(zitadel));
}
