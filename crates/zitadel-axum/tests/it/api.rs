//! Access tokens and areas that are an API, as far as no provider is needed.

use axum::{Router, routing::get};
use tower_http::cors::{Any, CorsLayer};
use zitadel_axum::{Bearer, Protected, PublicExt as _, User, Zitadel};

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

#[tokio::test]
async fn api_answers_with_json_and_everything_beside_it_as_before() {
    let routes = |protected: Protected| {
        let nested = Router::new().route("/items", get(page));
        protected.route("/api", get(page)).nest("/api/v1", nested).route("/apis", get(page)).route("/page", get(page))
    };
    let app = serve(routes(with_audience()).api("/api"));
    for path in ["GET /api", "GET /api/v1/items", "GET /api/v1/items?x=/", "DELETE /api"] {
        let response = app.navigate(path).await;
        assert_eq!((response.status, response.header("content-type")), (401, "application/json"), "{path}");
    }
    for path in ["GET /apis", "GET /page?/api"] {
        assert_eq!(app.navigate(path).await.status, 302, "{path}");
    }
    assert_eq!(serve(routes(with_audience())).navigate("GET /api").await.status, 302, "without the area");
}

#[test]
#[should_panic = "the path of an API begins with `/`"]
fn path_of_an_api_begins_with_a_slash() {
    drop(with_audience().api("api"));
}

#[tokio::test]
async fn bearer_is_never_a_redirect() {
    let app = serve(with_audience().route("/token", get(token).public()).route("/maybe", get(maybe).public()));
    let response = app.navigate("GET /token").await;
    assert_eq!((response.status, response.header("content-type")), (401, "application/json"));
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="https://issuer.example.com""#);
    assert_eq!(app.navigate("GET /maybe").await.body, "false");
    let malformed = app.send("GET /token", &[("authorization", "Bearer a b")], "").await;
    assert_eq!(malformed.status, 400);
    let malformed = app.send("GET /maybe", &[("authorization", "Bearer a b")], "").await;
    assert_eq!((malformed.status, malformed.body.as_str()), (200, "false"));
}

#[tokio::test]
async fn preflight_is_answered_by_the_layer_around_it() {
    let cors = CorsLayer::new().allow_origin(Any).allow_headers([axum::http::header::AUTHORIZATION]);
    let app = start(with_audience().route("/api", get(token)).into_router().layer(cors));
    let preflight = [
        ("origin", "https://app.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    let response = app.send("OPTIONS /api", &preflight, "").await;
    assert_eq!((response.status, response.header("access-control-allow-origin")), (200, "*"));
    let response = app.send("GET /api", &[("origin", "https://app.example")], "").await;
    assert_eq!((response.status, response.header("access-control-allow-origin")), (401, "*"), "a script can read it");
    let bare = serve(with_audience().route("/api", get(token)));
    assert_eq!(bare.send("OPTIONS /api", &preflight, "").await.status, 401, "nothing passes by itself");
}

/// The argument of the handler is all that protects it.
#[tokio::test]
async fn bearer_alone_checks_tokens_without_a_layer() {
    let router = || Router::new().route("/token", get(token)).route("/maybe", get(maybe)).route("/page", get(page));
    let zitadel = Zitadel::new(config().audience("170086774599581953").build().unwrap());
    let app = start(router().layer(axum::Extension(zitadel)));
    for headers in [&[][..], &[("authorization", "Basic x")], &UNREADABLE_SESSION] {
        let response = app.send("GET /token", headers, "").await;
        assert_eq!((response.status, response.header("content-type")), (401, "application/json"), "{headers:?}");
        assert_eq!(response.header("www-authenticate"), r#"Bearer realm="https://issuer.example.com""#);
        assert!(response.values("set-cookie").is_empty());
        assert_eq!(app.send("GET /maybe", headers, "").await.body, "false");
    }
    for malformed in ["Bearer", "Bearer a b", "Bearer é"] {
        assert_eq!(app.send("GET /token", &[("authorization", malformed)], "").await.status, 400, "{malformed}");
    }
    let two = [("authorization", "Bearer a"), ("authorization", "Bearer a")];
    assert_eq!(app.send("GET /token", &two, "").await.status, 400);
    // A session needs the layer, because its response may have to carry a cookie.
    assert_eq!(app.call("GET /page").await.status, 500);
    assert_eq!(start(router()).call("GET /token").await.status, 500);
}
