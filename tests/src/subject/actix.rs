//! Applications on actix-web.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use std::net::TcpListener;

use actix_web::{App, HttpServer, dev, web};
use tokio::net::TcpSocket;
use zitadel_actix::{AccessToken, Authorized, Denied, Pages, Protected, PublicExt as _, Role, require, require_role};

use super::{Admin, BACKLOG, Fresh, ONLY_BOB, Server, Setup, Subject, TWO_FACTORS, freshness, greeting, panics};
use crate::log::Buffer;

/// The framework's name in messages and file names.
pub const NAME: &str = "actix";
/// The status for a method that a page does not have.
pub const UNSUPPORTED_METHOD: u16 = 405;
/// Whether a request to a protected page is authenticated before its method is looked at.
pub const AUTHENTICATES_BEFORE_ROUTING: bool = true;
/// Whether the framework itself logs every request with its query, at its default level.
pub const LOGS_REQUESTS: bool = false;

/// The sample and its provider.
pub async fn start() -> Subject {
    with(Setup::new()).await
}

/// The sample and its provider, set up.
pub async fn with(setup: Setup) -> Subject {
    Subject::launch(setup, example_pages::pages(), async |socket, zitadel| {
        let log = Buffer::of_this_thread();
        let server = HttpServer::new(move || {
            log.use_on_this_thread();
            example_actix::app(zitadel.clone())
        });
        run(socket, |listener| server.workers(2).disable_signals().listen(listener).unwrap().run())
    })
    .await
}

/// `/`, `/freshness` and `/maybe-token` are public; `/members`, `/panics` and `/area/users` are protected, the last for a role;
/// `/fresh`, `/two-factors` and `/only-bob` have policies; `/token` shows the user's access token, `/newer-token` one after a rejection.
pub async fn minimal(setup: Setup) -> Subject {
    Subject::launch(setup, Pages::new(), async |socket, zitadel| {
        let server = HttpServer::new(move || {
            let area = web::scope("/area").route("/users", web::get().to(async || "users")).wrap(require_role("admin"));
            let home = web::get().to(async |admin: Option<Role<Admin>>| greeting(admin.as_deref()));
            let protected = Protected::new(zitadel.clone())
                .service(area)
                .service(web::resource("/two-factors").wrap(require(TWO_FACTORS)).to(async || "two factors"))
                .service(web::resource("/only-bob").wrap(require(ONLY_BOB)).to(async || "bob"))
                .route("/fresh", web::get().to(async |user: Authorized<Fresh>| format!("fresh {}", user.subject())))
                .route(
                    "/freshness",
                    web::get().to(async |user: Option<Authorized<Fresh>>| freshness(user.as_deref())).public(),
                )
                .route("/token", web::get().to(async |token: AccessToken| token.expose().to_owned()))
                .route("/newer-token", web::get().to(newer_token))
                .route(
                    "/maybe-token",
                    web::get().to(async |token: Option<AccessToken>| token.is_some().to_string()).public(),
                )
                .route("/members", web::get().to(async || "members"))
                .route("/panics", web::get().to(async || panics()))
                .route("/", home.public());
            App::new().service(protected)
        });
        run(socket, |listener| server.workers(1).disable_signals().listen(listener).unwrap().run())
    })
    .await
}

async fn newer_token(token: AccessToken) -> Result<String, Denied> {
    Ok(token.after_rejection().await?.expose().to_owned())
}

fn run(socket: TcpSocket, listen: impl FnOnce(TcpListener) -> dev::Server) -> Server {
    let server = listen(socket.listen(BACKLOG).unwrap().into_std().unwrap());
    Server::run(async { server.await.unwrap() })
}
