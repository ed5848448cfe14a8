//! Mistakes that panic at start-up. Numbers are those of the rules in the documentation of `Protected`.

use axum::routing::{any, get};
use zitadel_axum::PublicExt as _;

use crate::support::protected;

async fn page() -> &'static str {
    "page"
}

// 3

#[test]
#[should_panic = "Handler for `GET /x` already exists"]
fn route_that_is_both_public_and_protected_panics() {
    let _ = protected().route("/x", get(page).public()).route("/x", get(page)).into_router();
}

// 6

#[test]
#[should_panic = "both have a fallback"]
fn fallback_added_twice_panics() {
    let _ = protected().fallback(page).fallback(page.public()).into_router();
}

// 7

#[test]
#[should_panic = "Handler for `GET /auth/callback` already exists"]
fn route_at_the_path_of_an_endpoint_panics() {
    let _ = protected().route("/auth/callback", get(page).public()).into_router();
}

#[test]
#[should_panic = "Cannot merge two `MethodRouter`s"]
fn route_for_any_method_at_the_path_of_an_endpoint_panics() {
    let _ = protected().route("/auth/logout", any(page)).into_router();
}
