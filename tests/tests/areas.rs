//! A whole area for a role, inside a `Protected`, in the way of each framework.

#![expect(clippy::indexing_slicing, reason = "a broken expectation ends the test")]

use behaviours::{Setup, Subject, subject};

/// Visitors are asked to sign in, users without the role are told so, and the rest of the app stays as it was.
async fn is_for_administrators(app: &Subject) {
    let (mut visitor, mut bob, mut alice) = (app.browser(), app.signed_in("bob").await, app.signed_in("alice").await);
    visitor.get("/area/users").await.is_redirect_to("/auth/login?callbackUrl=%2Farea%2Fusers");
    assert_eq!(visitor.bare("GET", "/area/users").await.is_json(401)["error"], "unauthenticated");
    bob.get("/area/users").await.is_page(403, "Not for this account");
    assert_eq!(bob.bare("GET", "/area/users").await.is_json(403)["error"], "insufficient_scope");
    alice.get("/area/users").await.has_status(200).shows("users");
    visitor.bare("GET", "/members").await.has_status(401);
    bob.get("/members").await.has_status(200).shows("members");
}

#[tokio::test]
async fn a_nested_router_on_axum() {
    use axum::{Router, routing::get};
    use zitadel_axum::{Protected, require_role};

    let app = subject::axum::serve(Setup::new(), |zitadel| {
        let area = Router::new().route("/users", get(async || "users")).layer(require_role("admin"));
        Protected::new(zitadel).nest("/area", area).route("/members", get(async || "members")).into_router()
    });
    is_for_administrators(&app.await).await;
}

#[tokio::test]
async fn a_scope_on_actix_web() {
    use actix_web::web;
    use zitadel_actix::{Protected, require_role};

    let app = subject::actix::serve(Setup::new(), |zitadel, app| {
        let area = web::scope("/area").route("/users", web::get().to(async || "users")).wrap(require_role("admin"));
        app.service(Protected::new(zitadel).service(area).route("/members", web::get().to(async || "members")));
    });
    is_for_administrators(&app.await).await;
}

#[tokio::test]
async fn a_list_of_routes_on_rocket() {
    use rocket::{get, routes};
    use zitadel_rocket::{Protected, PublicExt as _};

    #[get("/users")]
    const fn users() -> &'static str {
        "users"
    }

    #[get("/members")]
    const fn members() -> &'static str {
        "members"
    }

    let app = subject::rocket::serve(Setup::new(), |zitadel| {
        let area = routes![users].require_role("admin");
        rocket::build().attach(Protected::new(zitadel).mount("/area", area).mount("/", routes![members]))
    });
    is_for_administrators(&app.await).await;
}
