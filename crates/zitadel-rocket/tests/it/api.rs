//! Access tokens and areas that are an API, as far as no provider is needed.

use rocket::{
    Request, Response, delete,
    fairing::{Fairing, Info, Kind},
    get,
    http::Header,
    options, routes,
};
use zitadel_rocket::{Bearer, Protected, PublicExt as _, User, Zitadel};

use crate::support::{config, rocket, serve, start};

fn with_audience() -> Protected {
    Protected::new(Zitadel::new(config().audience("170086774599581953").build().unwrap()))
}

#[get("/<_..>")]
fn page(_user: User) -> &'static str {
    "page"
}

#[delete("/")]
fn remove(_user: User) -> &'static str {
    "removed"
}

#[get("/token")]
fn token(_token: Bearer) -> &'static str {
    "token"
}

#[get("/maybe")]
fn maybe(token: Option<Bearer>) -> String {
    token.is_some().to_string()
}

#[options("/<_..>")]
const fn preflight() {}

#[test]
fn api_answers_with_json_and_everything_beside_it_as_before() {
    let mount = |protected: Protected| {
        let api = protected.mount("/api", routes![page, remove]);
        api.mount("/apis", routes![page]).mount("/page", routes![page])
    };
    let app = serve(mount(with_audience()).api("/api"));
    // Mounts so far and mounts to come: the area is of the whole application.
    let first = serve(mount(with_audience().api("/api")));
    for path in ["GET /api", "GET /api/v1/items", "GET /api/v1/items?x=/", "DELETE /api"] {
        for app in [&app, &first] {
            let response = app.navigate(path);
            assert_eq!((response.status, response.header("content-type")), (401, "application/json"), "{path}");
        }
    }
    for path in ["GET /apis", "GET /page?/api"] {
        assert_eq!(app.navigate(path).status, 302, "{path}");
    }
    assert_eq!(serve(mount(with_audience())).navigate("GET /api").status, 302, "without the area");
}

#[test]
#[should_panic = "the path of an API begins with `/`"]
fn path_of_an_api_begins_with_a_slash() {
    drop(with_audience().api("api"));
}

#[test]
fn bearer_is_never_a_redirect() {
    let app = serve(with_audience().mount("/", routes![token, maybe].public()));
    let response = app.navigate("GET /token");
    assert_eq!((response.status, response.header("content-type")), (401, "application/json"));
    assert_eq!(response.header("www-authenticate"), r#"Bearer realm="https://issuer.example.com""#);
    assert_eq!(app.navigate("GET /maybe").body, "false");
    let malformed = app.send("GET /token", &[("authorization", "Bearer a b")], "");
    assert_eq!(malformed.status, 400);
    let malformed = app.send("GET /maybe", &[("authorization", "Bearer a b")], "");
    assert_eq!((malformed.status, malformed.body.as_str()), (200, "false"));
}

struct Cors;

#[rocket::async_trait]
impl Fairing for Cors {
    fn info(&self) -> Info {
        Info { name: "CORS", kind: Kind::Response }
    }

    async fn on_response<'r>(&self, _: &'r Request<'_>, response: &mut Response<'r>) {
        response.set_header(Header::new("access-control-allow-origin", "*"));
        response.set_header(Header::new("access-control-allow-headers", "authorization"));
    }
}

#[test]
fn preflight_is_answered_by_a_public_route() {
    let protected = with_audience().mount("/api", routes![token]);
    let app = start(rocket().attach(protected.mount("/api", routes![preflight].public())).attach(Cors));
    let headers = [("origin", "https://app.example"), ("access-control-request-method", "GET")];
    let response = app.send("OPTIONS /api/token", &headers, "");
    assert_eq!((response.status, response.header("access-control-allow-origin")), (200, "*"));
    let response = app.send("GET /api/token", &[("origin", "https://app.example")], "");
    assert_eq!((response.status, response.header("access-control-allow-origin")), (401, "*"), "a script can read it");
}
