//! Access tokens and areas that are an API, as far as no provider is needed.

use actix_cors::Cors;
use actix_web::{App, http::header::AUTHORIZATION, web};
use zitadel_actix::{Bearer, Protected, PublicExt as _, User, Zitadel};

use crate::support::{UNREADABLE_SESSION, config, serve, start};

fn with_audience() -> Protected {
    Protected::new(Zitadel::new(config().audience("170086774599581953").build().unwrap()))
}

async fn page(_: User) -> &'static str {
    "page"
}

async fn token(_: Bearer) -> &'static str {
    "token"
}

async fn maybe(token: Option<Bearer>) -> String {
    token.is_some().to_string()
}

#[actix_web::test]
async fn api_answers_with_json_and_everything_beside_it_as_before() {
    let routes = |protected: Protected| {
        let nested = web::scope("/api/v1").route("/items", web::get().to(page));
        protected
            .service(nested)
            .route("/api", web::get().to(page))
            .route("/apis", web::get().to(page))
            .route("/page", web::get().to(page))
    };
    let app = serve(routes(with_audience()).api("/api")).await;
    for path in ["GET /api", "GET /api/v1/items", "GET /api/v1/items?x=/", "DELETE /api"] {
        let response = app.navigate(path).await;
        assert_eq!((response.status, response.header("content-type")), (401, "application/json"), "{path}");
    }
    for path in ["GET /apis", "GET /page?/api"] {
        assert_eq!(app.navigate(path).await.status, 302, "{path}");
    }
    assert_eq!(serve(routes(with_audience())).await.navigate("GET /api").await.status, 302, "without the area");
}

#[test]
#[should_panic = "the path of an API begins with `/`"]
fn path_of_an_api_begins_with_a_slash() {
    drop(with_audience().api("api"));
}

#[actix_web::test]
async fn bearer_is_never_a_redirect() {
    let routes =
        with_audience().route("/token", web::get().to(token).public()).route("/maybe", web::get().to(maybe).public());
    let app = serve(routes).await;
    let response = app.navigate("GET /token").await;
    assert_eq!((response.status, response.header("content-type")), (401, "application/json"));
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="https://issuer.example.com""#);
    assert_eq!(app.navigate("GET /maybe").await.body, "false");
    let malformed = app.send("GET /token", &[("authorization", "Bearer a b")], "").await;
    assert_eq!(malformed.status, 400);
    let malformed = app.send("GET /maybe", &[("authorization", "Bearer a b")], "").await;
    assert_eq!((malformed.status, malformed.body.as_str()), (200, "false"));
}

#[actix_web::test]
async fn preflight_is_answered_by_the_middleware_around_it() {
    let routes = || with_audience().route("/api", web::get().to(token));
    let cors = Cors::default().allow_any_origin().allowed_methods(["GET"]).allowed_header(AUTHORIZATION);
    let app = start(App::new().service(routes()).wrap(cors)).await;
    let preflight = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let response = app.send("OPTIONS /api", &preflight, "").await;
    assert_eq!((response.status, response.header("access-control-allow-origin")), (200, "https://app.example"));
    let response = app.send("GET /api", &[("origin", "https://app.example")], "").await;
    let allowed = response.header("access-control-allow-origin");
    assert_eq!((response.status, allowed), (401, "https://app.example"), "a script can read it");
    let bare = serve(routes()).await;
    assert_eq!(bare.send("OPTIONS /api", &preflight, "").await.status, 401, "nothing passes by itself");
}

/// The argument of the handler is all that protects it.
#[actix_web::test]
async fn bearer_alone_checks_tokens_without_a_middleware() {
    let app = || {
        let get = web::get;
        App::new().route("/token", get().to(token)).route("/maybe", get().to(maybe)).route("/page", get().to(page))
    };
    let zitadel = Zitadel::new(config().audience("170086774599581953").build().unwrap());
    let with_data = start(app().app_data(zitadel)).await;
    for headers in [&[][..], &[("authorization", "Basic x")], &UNREADABLE_SESSION] {
        let response = with_data.send("GET /token", headers, "").await;
        assert_eq!((response.status, response.header("content-type")), (401, "application/json"), "{headers:?}");
        assert_eq!(response.header("www-authenticate"), r#"Bearer realm="https://issuer.example.com""#);
        assert!(response.values("set-cookie").is_empty());
        assert_eq!(with_data.send("GET /maybe", headers, "").await.body, "false");
    }
    for malformed in ["Bearer", "Bearer a b", "Bearer é"] {
        assert_eq!(with_data.send("GET /token", &[("authorization", malformed)], "").await.status, 400, "{malformed}");
    }
    let two = [("authorization", "Bearer a"), ("authorization", "Bearer a")];
    assert_eq!(with_data.send("GET /token", &two, "").await.status, 400);
    // A session needs the middleware, because its response may have to carry a cookie.
    assert_eq!(with_data.call("GET /page").await.status, 500);
    assert_eq!(start(app()).await.call("GET /token").await.status, 500);
}
