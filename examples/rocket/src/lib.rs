//! A profile application on Rocket. The adapter handles OIDC, cookies and tokens.
#![expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]

use example_pages as pages;
use rocket::{
    Build, FromForm, Rocket, catch, catchers, get,
    response::content::RawHtml as Html,
    routes,
    shield::{Frame, Shield},
};
use zitadel_rocket::{Protected, PublicExt as _, Role, RoleKey, User, Zitadel, healthz, readyz};

/// The whole application. Routes require a user unless their list is marked `.public()`.
///
/// `zitadel` was built with the [pages](pages::pages) that are mounted here.
#[must_use]
pub fn app(zitadel: Zitadel) -> Rocket<Build> {
    let readyz = readyz(&zitadel);
    rocket::build()
        .attach(
            Protected::new(zitadel)
                .mount("/", routes![home].public())
                .mount("/", routes![profile, admin])
                .mount("/", routes![login, login_alias, error, logged_out, logout_error].public())
                .mount("/healthz", healthz().public())
                .mount("/readyz", readyz.public()),
        )
        .register("/", catchers![not_found])
        // No other site may embed these pages in a frame.
        .attach(Shield::default().enable(Frame::Deny))
}

/// The role `admin` of the project in ZITADEL.
#[derive(Debug)]
pub struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[get("/")]
fn home(user: Option<User>) -> Html<String> {
    Html(pages::home(user.as_deref()))
}

#[get("/profile")]
fn profile(user: User) -> Html<String> {
    Html(pages::profile(&user))
}

#[get("/admin")]
fn admin(admin: Role<Admin>) -> Html<String> {
    Html(pages::admin(&admin))
}

/// Optional parameters of a page; a value that cannot be read is treated as absent.
#[derive(FromForm)]
struct Parameters<'r> {
    #[field(name = "callbackUrl")]
    callback_url: Option<&'r str>,
    error: Option<&'r str>,
    reason: Option<&'r str>,
}

#[get("/auth/login?<parameters..>")]
fn login(parameters: Parameters<'_>) -> Html<String> {
    Html(pages::login(parameters.callback_url, parameters.error))
}

#[get("/auth/signin?<parameters..>")]
fn login_alias(parameters: Parameters<'_>) -> Html<String> {
    login(parameters)
}

#[get("/auth/error?<parameters..>")]
fn error(parameters: Parameters<'_>) -> Html<String> {
    Html(pages::error(parameters.error))
}

#[get("/auth/logout/success")]
fn logged_out() -> Html<String> {
    Html(pages::logged_out())
}

#[get("/auth/logout/error?<parameters..>")]
fn logout_error(parameters: Parameters<'_>) -> Html<String> {
    Html(pages::logout_error(parameters.reason))
}

#[catch(404)]
fn not_found() -> Html<String> {
    Html(pages::not_found())
}
