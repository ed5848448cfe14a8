//! A profile application on Rocket. The adapter handles OIDC, cookies and tokens.
#![expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]

use std::time::Duration;

use example_pages as pages;
use example_start::Metrics;
use rocket::{
    Build, FromForm, Responder, Rocket, State, catch, catchers,
    form::Form,
    get,
    http::{Header, Status},
    post,
    response::{
        Redirect,
        content::{RawHtml as Html, RawJson as Json},
    },
    routes,
    shield::{Frame, Shield},
};
use zitadel_rocket::{
    Authorized, ErrorPage, Policy, Protected, PublicExt as _, Requirement, Role, RoleKey, User, Zitadel, healthz,
    readyz,
};

/// The whole application. Routes require a user unless their list is marked `.public()`.
///
/// `zitadel` was built with the [pages](pages::pages) that are mounted here.
#[must_use]
pub fn app(zitadel: Zitadel) -> Rocket<Build> {
    let readyz = readyz(&zitadel);
    rocket::build()
        .manage(example_start::metrics())
        .manage(zitadel.clone())
        .attach(
            Protected::new(zitadel)
                .mount("/", routes![home].public())
                .mount("/", routes![profile, end_session, admin])
                .api("/api")
                .mount("/api", routes![me, api_admin, api_fresh])
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

/// A login that is at most a minute old.
#[derive(Debug)]
pub struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

#[get("/")]
fn home(user: Option<User>) -> Html<String> {
    Html(pages::home(user.as_deref()))
}

/// Without the list of sessions if the store does not answer.
#[get("/profile")]
async fn profile(zitadel: &State<Zitadel>, user: User) -> Html<String> {
    Html(pages::profile(&user, &zitadel.sessions(&user).await.unwrap_or_default()))
}

#[derive(FromForm)]
struct SessionId<'r> {
    id: &'r str,
}

/// Ends a session of the user. The adapter refuses a form that another site sent.
#[post("/profile/sessions/end", data = "<form>")]
async fn end_session(
    zitadel: &State<Zitadel>,
    user: User,
    form: Form<SessionId<'_>>,
) -> Result<Redirect, (Status, Html<String>)> {
    match zitadel.end_session(&user, form.id).await {
        Ok(_) => Ok(Redirect::to("/profile#sessions")),
        Err(error) => {
            let page = ErrorPage::new(error.code());
            Err((Status::new(page.status()), Html(pages::error_page(&page))))
        }
    }
}

#[get("/admin")]
fn admin(admin: Role<Admin>) -> Html<String> {
    Html(pages::admin(&admin))
}

/// By session or access token.
#[get("/me")]
fn me(user: User) -> Json<String> {
    Json(pages::user_json(&user))
}

#[get("/admin")]
fn api_admin(admin: Role<Admin>) -> Json<String> {
    Json(pages::user_json(&admin))
}

/// A login that is older is 401 with what is required (RFC 9470).
#[get("/fresh")]
fn api_fresh(user: Authorized<Fresh>) -> Json<String> {
    Json(pages::user_json(&user))
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
