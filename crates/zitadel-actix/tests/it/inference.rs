//! Types that the compiler infers: bodies, handlers and kinds of entries, marked or not, and the middleware around
//! everything. It is enough that this compiles.

use actix_web::{
    App, get,
    middleware::{Condition, DefaultHeaders, Logger, NormalizePath},
    web::{self, ServiceConfig},
};
use zitadel_actix::{
    Protected, PublicExt as _, Role, RoleKey, User, Zitadel, authenticate, endpoints, guard, require_role, require_user,
};

use crate::support::zitadel;

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[get("/home")]
async fn home() -> &'static str {
    "home"
}

async fn plain() -> &'static str {
    "plain"
}

async fn admin(_: Role<Admin>, _: Option<User>, _: String) -> &'static str {
    "admin"
}

fn configured(app: &mut ServiceConfig) {
    app.service(home);
}

fn contained(zitadel: Zitadel) {
    let protected = Protected::new(zitadel)
        .service(home)
        .service(home.public())
        .service((home, web::resource("/tuple").to(plain)))
        .service((home, web::resource("/tuple").to(plain)).public())
        .service(web::resource("/r").wrap(require_role("admin")).to(plain).public())
        .service(web::scope("/s").guard(guard::has_user()).wrap(DefaultHeaders::new()).service(home))
        .route("/", web::get().guard(guard::has_role("admin")).to(admin))
        .route("/", web::post().to(async || "closure").public())
        .configure(configured)
        .configure(configured.public())
        .configure((|app: &mut ServiceConfig| _ = app.route("/c", web::get().to(plain))).public());
    let _ = App::new().service(protected).wrap(NormalizePath::trim()).wrap(Logger::default());
}

fn wrapped(zitadel: Zitadel) {
    let resource = web::resource("/r").wrap(require_user()).wrap(authenticate(zitadel.clone())).to(plain);
    let scope =
        web::scope("/s").wrap(NormalizePath::trim()).wrap(require_role("x")).wrap(authenticate(zitadel.clone()));
    let _ = App::new()
        .configure(endpoints(&zitadel))
        .service(resource)
        .service(scope.service(home))
        .wrap(Condition::new(true, DefaultHeaders::new()))
        .wrap(require_user())
        .wrap(Logger::default())
        .wrap(authenticate(zitadel));
}

#[test]
fn types_are_inferred_whether_marked_or_not() {
    contained(zitadel());
    wrapped(zitadel());
}
