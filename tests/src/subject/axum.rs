//! Applications on axum.
#![expect(clippy::unwrap_used, reason = "part of a test harness: a broken expectation ends the test")]

use axum::{Router, routing::get};
use zitadel_axum::{
    AccessToken, Authorized, Denied, Pages, Protected, PublicExt as _, Role, Zitadel, require, require_role,
};

use super::{Admin, BACKLOG, Fresh, ONLY_BOB, Server, Setup, Subject, TWO_FACTORS, freshness, greeting, panics};

/// The framework's name in messages and file names.
pub const NAME: &str = "axum";
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
    serve(setup, example_pages::pages(), example_axum::app).await
}

/// `/`, `/freshness` and `/maybe-token` are public; `/members`, `/panics` and `/area/users` are protected, the last for a role;
/// `/fresh`, `/two-factors` and `/only-bob` have policies; `/token` shows the user's access token, `/newer-token` one after a rejection.
pub async fn minimal(setup: Setup) -> Subject {
    serve(setup, Pages::new(), |zitadel| {
        let area = Router::new().route("/users", get(async || "users")).layer(require_role("admin"));
        Protected::new(zitadel)
            .nest("/area", area)
            .merge(Router::new().route("/two-factors", get(async || "two factors")).layer(require(TWO_FACTORS)))
            .merge(Router::new().route("/only-bob", get(async || "bob")).layer(require(ONLY_BOB)))
            .route("/fresh", get(async |user: Authorized<Fresh>| format!("fresh {}", user.subject())))
            .route("/freshness", get(async |user: Option<Authorized<Fresh>>| freshness(user.as_deref())).public())
            .route("/token", get(async |token: AccessToken| token.expose().to_owned()))
            .route("/newer-token", get(newer_token))
            .route("/maybe-token", get(async |token: Option<AccessToken>| token.is_some().to_string()).public())
            .route("/members", get(async || "members"))
            .route("/panics", get(async || panics()))
            .route("/", get(async |admin: Option<Role<Admin>>| greeting(admin.as_deref())).public())
            .into_router()
    })
    .await
}

/// `/api` is forwarded to this address; `/` is public.
pub async fn proxying(setup: Setup, upstream: &str) -> Subject {
    serve(setup, Pages::new(), |zitadel| {
        Protected::new(zitadel).proxy("/api", upstream).route("/", get(async || "home").public()).into_router()
    })
    .await
}

async fn newer_token(token: AccessToken) -> Result<String, Denied> {
    Ok(token.after_rejection().await?.expose().to_owned())
}

async fn serve(setup: Setup, pages: Pages, app: impl FnOnce(Zitadel) -> Router) -> Subject {
    Subject::launch(setup, pages, async |socket, zitadel| {
        let (listener, app) = (socket.listen(BACKLOG).unwrap(), app(zitadel));
        Server::run(async { axum::serve(listener, app).await.unwrap() })
    })
    .await
}
