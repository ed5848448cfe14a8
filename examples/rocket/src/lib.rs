//! A profile application on Rocket. The adapter handles OIDC, cookies and tokens.
#![expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]

use example_pages as pages;
use example_start::Metrics;
use rocket::{
    Build, FromForm, Responder, Rocket, State, catch, catchers, get,
    http::Header,
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
        .manage(example_start::metrics())
        .attach(
            Protected::new(zitadel)
                .mount("/", routes![home].public())
                .mount("/", routes![profile, admin])
                .mount("/", routes![login, login_alias, error, logged_out, logout_error].public())
                .mount("/healthz", healthz().public())
                .mount("/readyz", readyz.public())
                .mount("/", routes![metrics].public()),
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

/// What Prometheus reads.
#[derive(Responder)]
struct MetricsText {
    text: String,
    content_type: Header<'static>,
    cache_control: Header<'static>,
}

#[get("/metrics")]
fn metrics(metrics: &State<&'static Metrics>) -> MetricsText {
    MetricsText {
        text: metrics.render(),
        content_type: Header::new("Content-Type", Metrics::CONTENT_TYPE),
        cache_control: Header::new("Cache-Control", "no-store"),
    }
}

#[catch(404)]
fn not_found() -> Html<String> {
    Html(pages::not_found())
}
