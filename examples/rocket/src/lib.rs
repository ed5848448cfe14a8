//! A profile app on Rocket: what a team writes, and nothing about OIDC, cookies or tokens in it.
#![expect(clippy::needless_pass_by_value, reason = "handlers own what they ask for, and the application its handle")]

use example_pages as pages;
use rocket::{
    Build, FromForm, Rocket, catch, catchers, get,
    response::content::RawHtml as Html,
    routes,
    shield::{Frame, Shield},
};
use zitadel_rocket::{Pages, Protected, PublicExt as _, Role, RoleKey, User, Zitadel, healthz, readyz};

/// The whole application. Routes need a signed-in user unless their list says `.public()`.
pub fn app(zitadel: Zitadel) -> Rocket<Build> {
    let zitadel = zitadel.with_pages(
        Pages::new()
            .sign_in("/auth/login")
            .signed_out("/auth/logout/success")
            .logout_error("/auth/logout/error")
            .error("/auth/error")
            .logout(pages::sign_out)
            .problem(pages::problem),
    );
    rocket::build()
        .attach(
            Protected::new(zitadel)
                .mount("/", routes![home].public())
                .mount("/", routes![profile, admin])
                .mount("/", routes![sign_in, sign_in_too, error, signed_out, logout_error].public())
                .mount("/", healthz().public())
                .mount("/", readyz().public()),
        )
        .register("/", catchers![not_found])
        // No other site may show a page of ours inside its own.
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

/// What may come along to a page; what makes no sense counts as nothing.
#[derive(FromForm)]
struct Hints<'r> {
    #[field(name = "callbackUrl")]
    callback_url: Option<&'r str>,
    error: Option<&'r str>,
    reason: Option<&'r str>,
}

#[get("/auth/login?<hints..>")]
fn sign_in(hints: Hints<'_>) -> Html<String> {
    Html(pages::sign_in(hints.callback_url, hints.error))
}

#[get("/auth/signin?<hints..>")]
fn sign_in_too(hints: Hints<'_>) -> Html<String> {
    sign_in(hints)
}

#[get("/auth/error?<hints..>")]
fn error(hints: Hints<'_>) -> Html<String> {
    Html(pages::error(hints.error))
}

#[get("/auth/logout/success")]
fn signed_out() -> Html<String> {
    Html(pages::signed_out())
}

#[get("/auth/logout/error?<hints..>")]
fn logout_error(hints: Hints<'_>) -> Html<String> {
    Html(pages::logout_error(hints.reason))
}

#[catch(404)]
fn not_found() -> Html<String> {
    Html(pages::not_found())
}
