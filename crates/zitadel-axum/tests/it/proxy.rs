//! `Protected::proxy`, as far as no provider is needed.

use axum::routing::get;
use zitadel_axum::PublicExt as _;

use crate::support::{UNREADABLE_SESSION, protected, serve};

/// Nothing listens there: a request that was forwarded would be 502.
const NOWHERE: &str = "http://127.0.0.1:1/v1";

#[tokio::test]
async fn nothing_is_forwarded_without_a_user_and_denials_are_json() {
    let app = serve(protected().proxy("/api", NOWHERE).route("/page", get(async || "page")));
    for line in ["GET /api", "GET /api/", "GET /api/orders", "POST /api/orders", "BREW /api", "GET /api/../page"] {
        app.navigate(line).await.assert_challenge();
        app.call(line).await.assert_challenge();
    }
    app.send("GET /api/orders", &UNREADABLE_SESSION, "").await.assert_session_deleted();
    assert_eq!(app.navigate("GET /page").await.status, 302, "beside it everything is as before");
    assert_eq!(app.navigate("GET /apis").await.status, 404);
}

#[tokio::test]
async fn more_specific_routes_beside_it_are_those_of_the_application() {
    let app = serve(protected().proxy("/api", NOWHERE).route("/api/health", get(async || "fine").public()));
    app.call("GET /api/health").await.assert_is(200, "fine");
    app.call("GET /api/other").await.assert_challenge();
}

#[test]
#[should_panic = "the upstream `ftp://orders.internal` cannot be forwarded to: it is neither http nor https"]
fn upstream_that_is_no_address_of_an_api_is_a_panic_at_start() {
    drop(protected().proxy("/api", "ftp://orders.internal"));
}

#[test]
#[should_panic = "the path of an API begins with `/`"]
fn prefix_begins_with_a_slash() {
    drop(protected().proxy("api", NOWHERE));
}
