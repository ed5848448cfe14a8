//! A whole area for a role, inside a `Protected`, in the way of each framework.

#![expect(clippy::indexing_slicing, reason = "a broken expectation ends the test")]

use behaviours::{Setup, Subject, subject};

/// Only administrators are shown the way there.
async fn tells_administrators_from_others(app: &Subject) {
    app.browser().get("/").await.has_status(200).shows("nothing to see");
    app.signed_in("bob").await.get("/").await.shows("nothing to see");
    app.signed_in("alice").await.get("/").await.shows("310000000000000301 may go there");
}

struct Admin;

impl zitadel_core::RoleKey for Admin {
    const KEY: &'static str = "admin";
}

fn sign_post(administrator: Option<&zitadel_core::User>) -> String {
    administrator.map_or_else(|| "nothing to see".to_owned(), |user| format!("{} may go there", user.subject()))
}

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
    use zitadel_axum::{Protected, PublicExt as _, Role, require_role};

    let app = subject::axum::serve(Setup::new(), |zitadel| {
        let area = Router::new().route("/users", get(async || "users")).layer(require_role("admin"));
        let home = get(async |administrator: Option<Role<Admin>>| sign_post(administrator.as_deref()));
        let members = get(async || "members");
        Protected::new(zitadel).nest("/area", area).route("/members", members).route("/", home.public()).into_router()
    });
    let app = app.await;
    is_for_administrators(&app).await;
    tells_administrators_from_others(&app).await;
}

#[tokio::test]
async fn a_scope_on_actix_web() {
    use actix_web::web;
    use zitadel_actix::{Protected, PublicExt as _, Role, require_role};

    let app = subject::actix::serve(Setup::new(), |zitadel, app| {
        let area = web::scope("/area").route("/users", web::get().to(async || "users")).wrap(require_role("admin"));
        let home = web::get().to(async |administrator: Option<Role<Admin>>| sign_post(administrator.as_deref()));
        let members = web::get().to(async || "members");
        let protected = Protected::new(zitadel).service(area).route("/members", members).route("/", home.public());
        app.service(protected);
    });
    let app = app.await;
    is_for_administrators(&app).await;
    tells_administrators_from_others(&app).await;
}

#[tokio::test]
async fn a_list_of_routes_on_rocket() {
    use rocket::{get, routes};
    use zitadel_rocket::{Protected, PublicExt as _, Role};

    #[get("/users")]
    const fn users() -> &'static str {
        "users"
    }

    #[get("/members")]
    const fn members() -> &'static str {
        "members"
    }

    #[get("/")]
    #[expect(clippy::needless_pass_by_value, reason = "handlers own what they ask for")]
    fn home(administrator: Option<Role<Admin>>) -> String {
        sign_post(administrator.as_deref())
    }

    let app = subject::rocket::serve(Setup::new(), |zitadel| {
        let area = routes![users].require_role("admin");
        let protected = Protected::new(zitadel).mount("/area", area).mount("/", routes![members]);
        rocket::build().attach(protected.mount("/", routes![home].public()))
    });
    let app = app.await;
    is_for_administrators(&app).await;
    tells_administrators_from_others(&app).await;
}
