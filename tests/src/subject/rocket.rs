//! Applications on Rocket.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::collections::HashSet;

use rocket::{
    Build, Config, Rocket,
    config::{LogLevel, Shutdown},
    fairing::AdHoc,
    get, routes,
    tokio::sync::oneshot,
};
use zitadel_rocket::{
    AccessExt as _, AccessToken, Authorized, Denied, Pages, Protected, PublicExt as _, Role, Zitadel,
};

use super::{Admin, Fresh, ONLY_BOB, Server, Setup, Subject, TWO_FACTORS, greeting};
use crate::log::receive_log_records;

/// The framework's name in messages and file names.
pub const NAME: &str = "rocket";
/// The status for a method that a page does not have.
pub const UNSUPPORTED_METHOD: u16 = 404;
/// Whether a request to a protected page is authenticated before its method is looked at.
pub const AUTHENTICATES_BEFORE_ROUTING: bool = false;
/// Whether the framework itself logs every request with its query, at its default level.
pub const LOGS_REQUESTS: bool = true;

/// The sample and its provider.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The sample and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    serve(setup, example_pages::pages(), example_rocket::app).await
}

/// `/`, `/freshness` and `/maybe-token` are public; `/members`, `/panics` and `/area/users` are protected, the last for a role;
/// `/fresh`, `/two-factors` and `/only-bob` have policies; `/token` shows the user's access token, `/newer-token` one after a rejection.
pub async fn minimal(setup: Setup) -> Subject {
    serve(setup, Pages::new(), |zitadel| {
        let area = routes![users].require_role("admin");
        let protected = Protected::new(zitadel)
            .mount("/area", area)
            .mount("/", routes![members, panics, fresh, token, newer_token]);
        let protected = protected
            .mount("/", routes![two_factors].require(TWO_FACTORS))
            .mount("/", routes![only_bob].require(ONLY_BOB));
        rocket::build().attach(protected.mount("/", routes![home, freshness, maybe_token].public()))
    })
    .await
}

#[get("/users")]
const fn users() -> &'static str {
    "users"
}

#[get("/members")]
const fn members() -> &'static str {
    "members"
}

#[get("/two-factors")]
const fn two_factors() -> &'static str {
    "two factors"
}

#[get("/only-bob")]
const fn only_bob() -> &'static str {
    "bob"
}

#[get("/fresh")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn fresh(user: Authorized<Fresh>) -> String {
    format!("fresh {}", user.subject())
}

#[get("/freshness")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn freshness(user: Option<Authorized<Fresh>>) -> &'static str {
    super::freshness(user.as_deref())
}

#[get("/token")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn token(token: AccessToken) -> String {
    token.expose().to_owned()
}

#[get("/newer-token")]
async fn newer_token(token: AccessToken) -> Result<String, Denied> {
    Ok(token.after_rejection().await?.expose().to_owned())
}

#[get("/maybe-token")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn maybe_token(token: Option<AccessToken>) -> String {
    token.is_some().to_string()
}

#[get("/panics")]
fn panics() -> &'static str {
    super::panics()
}

#[get("/")]
#[expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]
fn home(admin: Option<Role<Admin>>) -> String {
    greeting(admin.as_deref())
}

async fn serve(setup: Setup, pages: Pages, app: impl FnOnce(Zitadel) -> Rocket<Build>) -> Subject {
    receive_log_records();
    Subject::launch(setup, pages, async |socket, zitadel| {
        let address = socket.local_addr().unwrap();
        let config = Config {
            address: address.ip(),
            port: address.port(),
            // The default; nothing is printed.
            log_level: LogLevel::Normal,
            shutdown: Shutdown { ctrlc: false, signals: HashSet::new(), grace: 0, mercy: 0, ..Shutdown::default() },
            ..Config::debug_default()
        };
        let (listening_tx, listening_rx) = oneshot::channel();
        let on_liftoff = AdHoc::on_liftoff("listening", |_| Box::pin(async move { listening_tx.send(()).unwrap() }));
        let rocket = app(zitadel).configure(config).attach(on_liftoff).ignite().await.unwrap();
        let server = Server::run(async move {
            let _port = socket;
            drop(rocket.launch().await.unwrap());
        });
        listening_rx.await.unwrap();
        server
    })
    .await
}
