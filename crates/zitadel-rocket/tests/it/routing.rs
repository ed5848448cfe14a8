//! What is protected and what is public. Numbers are those of the rules in the documentation of `Protected`.

use std::path::PathBuf;

use rocket::{
    Data, Request, Route, State, catch, catchers, delete,
    fs::{FileServer, relative},
    get,
    http::Method,
    options, post, put,
    route::Outcome,
    routes,
};
use zitadel_rocket::{AccessExt as _, PublicExt as _, User, healthz, readyz};

use crate::support::{UNREADABLE_SESSION, protected, rocket, serve, start, zitadel};

#[get("/")]
fn home(user: Option<User>) -> &'static str {
    if user.is_some() { "user" } else { "anonymous" }
}

#[get("/profile")]
fn profile() -> &'static str {
    "profile"
}

#[get("/x")]
fn read() -> &'static str {
    "read"
}

#[post("/x")]
fn write() -> &'static str {
    "write"
}

#[get("/members")]
fn members(_user: User) -> &'static str {
    "members"
}

// 1

#[test]
fn protected_page_redirects_a_browser_to_login_and_back() {
    let app = serve(protected().mount("/", routes![profile]));
    let response = app.navigate("GET /profile?tab=roles");
    response.assert_redirect_to_login("%2Fprofile%3Ftab%3Droles");
    assert_eq!(response.values("cache-control"), ["no-store"]);
    assert_eq!(response.values("vary"), ["Cookie"]);
}

#[test]
fn protected_page_challenges_an_api_client() {
    let app = serve(protected().mount("/", routes![profile]));
    app.call("GET /profile").assert_challenge();
}

#[test]
fn protected_route_denies_every_method() {
    #[put("/x")]
    fn replace() {}
    #[delete("/x")]
    fn remove() {}
    #[options("/x")]
    fn preflight() {}
    let app = serve(protected().mount("/", routes![read, write, replace, remove, preflight]));
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(app.call(&format!("{method} /x")).status, 401, "{method}");
    }
}

#[test]
fn protected_path_in_another_spelling_is_denied() {
    let app = serve(protected().mount("/", routes![profile]).mount("/deep/er", routes![profile]));
    for path in ["/%70rofile", "/profile/", "//profile", "/deep/er/profile", "/deep//er/profile/", "/deep/%65r/profile"]
    {
        assert_eq!(app.call(&format!("GET {path}")).status, 401, "{path}");
    }
    let long = format!("GET /profile?q={}", "x".repeat(100_000));
    assert_eq!(app.navigate(&long).header("location"), "/auth/login?callbackUrl=%2Fprofile", "too long with its query");
}

#[test]
fn protected_route_denies_before_guards_and_data() {
    struct Loud;
    #[rocket::async_trait]
    impl<'r> rocket::request::FromRequest<'r> for Loud {
        type Error = ();
        async fn from_request(_: &'r Request<'_>) -> rocket::request::Outcome<Self, ()> {
            panic!("a guard of a protected route was called for an anonymous request")
        }
    }
    #[post("/loud", data = "<_body>")]
    fn loud(_loud: Loud, _body: Vec<u8>) {}
    serve(protected().mount("/", routes![loud])).send("POST /loud", &[], "x".repeat(1 << 20)).assert_challenge();
}

// 2

#[test]
fn public_page_is_served_without_a_user() {
    let app = serve(protected().mount("/", routes![home].public()));
    let response = app.call("GET /");
    response.assert_is(200, "anonymous");
    assert_eq!(response.header("set-cookie"), "");
}

#[test]
fn public_handler_that_requires_a_user_denies_anonymous_requests() {
    let app = serve(protected().mount("/", routes![members].public()));
    app.call("GET /members").assert_challenge();
    app.navigate("GET /members").assert_redirect_to_login("%2Fmembers");
}

#[test]
fn list_that_requires_a_role_denies_anonymous_requests() {
    let app = serve(protected().mount("/admin", routes![profile].require_role("admin")));
    app.call("GET /admin/profile").assert_challenge();
    assert_eq!(app.navigate("GET /admin/profile").status, 302);
}

// 3

#[test]
fn path_can_be_public_for_get_and_protected_for_post() {
    for protected in [
        protected().mount("/", routes![read].public()).mount("/", routes![write]),
        protected().mount("/", routes![write]).mount("/", routes![read].public()),
    ] {
        let app = serve(protected);
        app.call("GET /x").assert_is(200, "read");
        app.call("HEAD /x").assert_is(200, "");
        app.call("POST /x").assert_challenge();
        assert_eq!(app.call("DELETE /x").status, 404);
    }
}

#[test]
fn protected_route_denies_and_never_forwards() {
    #[get("/x", rank = 2)]
    fn for_others() -> &'static str {
        "others"
    }
    let app = serve(protected().mount("/", routes![read]).mount("/", routes![for_others].public()));
    app.call("GET /x").assert_challenge();
}

#[test]
fn public_wildcard_leaves_protected_routes_protected() {
    #[get("/<page..>")]
    fn page(page: PathBuf) -> String {
        page.display().to_string()
    }
    let app = serve(protected().mount("/", routes![page].public()).mount("/", routes![profile]));
    app.call("GET /profile").assert_challenge();
    app.call("GET /%70rofile").assert_challenge();
    app.call("GET /other").assert_is(200, "other");
}

#[test]
fn public_route_that_forwards_can_lead_to_a_protected_one() {
    #[get("/<id>")]
    fn by_number(id: u8) -> String {
        id.to_string()
    }
    #[get("/<_id>", rank = 2)]
    fn by_name(_id: &str) {}
    let app = serve(protected().mount("/", routes![by_number].public()).mount("/", routes![by_name]));
    app.call("GET /7").assert_is(200, "7");
    app.call("GET /seven").assert_challenge();
}

#[test]
fn formats_of_one_path_require_what_their_lists_require() {
    #[post("/f", format = "text/plain")]
    fn plain() -> &'static str {
        "plain"
    }
    #[post("/f", format = "application/json")]
    fn json() -> &'static str {
        "{}"
    }
    let app = serve(protected().mount("/", routes![plain].public()).mount("/", routes![json]));
    app.send("POST /f", &[("content-type", "text/plain")], "").assert_is(200, "plain");
    app.send("POST /f", &[("content-type", "application/json")], "").assert_challenge();
}

// 4

#[test]
fn head_requires_what_get_requires() {
    let app = serve(protected().mount("/", routes![read].public()).mount("/", routes![profile]));
    app.call("HEAD /x").assert_is(200, "");
    app.call("HEAD /profile").assert_is(401, "");
    assert_eq!(app.navigate("HEAD /profile").status, 302);
}

// 5

#[test]
fn file_server_is_protected_unless_marked() {
    let files = || FileServer::from(relative!("tests/it"));
    let app = serve(protected().mount("/protected", files()).mount("/public", files().public()));
    assert!(app.call("GET /public/main.rs").body.contains("mod routing;"));
    assert_eq!(app.call("GET /public/unknown").status, 404);
    for path in ["/protected/main.rs", "/protected/unknown", "/protected"] {
        assert_eq!(app.call(&format!("GET {path}")).status, 401, "{path}");
    }
}

#[test]
fn list_of_handlers_without_macros_is_protected_unless_marked() {
    fn own<'r>(request: &'r Request<'_>, _: Data<'r>) -> rocket::route::BoxFuture<'r> {
        Outcome::from(request, "own").pin()
    }
    let list = || vec![Route::new(Method::Get, "/own", own)];
    let app = serve(protected().mount("/protected", list()).mount("/public", list().public()));
    app.call("GET /public/own").assert_is(200, "own");
    app.call("GET /protected/own").assert_challenge();
}

// 6

#[test]
fn unknown_path_is_404_without_authentication() {
    let app = serve(protected().mount("/", routes![profile]));
    for line in ["GET /unknown", "POST /unknown", "GET /", "GET /a/b/c", "POST /profile", "OPTIONS /profile"] {
        for headers in [&[][..], &UNREADABLE_SESSION] {
            let response = app.send(line, headers, "");
            assert_eq!(response.status, 404, "{line}");
            assert_eq!(response.header("set-cookie"), "");
        }
    }
}

#[test]
fn catcher_answers_unknown_paths() {
    #[catch(404)]
    fn not_found() -> &'static str {
        "nothing here"
    }
    let app = start(rocket().register("/", catchers![not_found]).attach(protected().mount("/", routes![profile])));
    app.call("GET /unknown").assert_is(404, "nothing here");
    app.call("GET /profile").assert_challenge();
}

// 7

#[test]
fn endpoints_are_mounted_and_public() {
    let app = serve(protected());
    app.call("GET /auth/session").assert_is(200, "null");
    assert_eq!(app.call("GET /auth/userinfo").status, 401);
    assert_eq!(app.navigate("GET /auth/callback?code=x&state=y").status, 400);
    for method in ["PUT", "PATCH", "DELETE", "TRACE"] {
        assert_eq!(app.call(&format!("{method} /auth/session")).status, 405, "{method}");
    }
}

#[test]
fn callback_by_head_redeems_nothing() {
    let app = serve(protected());
    app.navigate("HEAD /auth/callback?code=x&state=y").assert_is(405, "");
    assert_eq!(app.navigate("GET /auth/callback?code=x&state=y").status, 400);
}

#[test]
fn login_with_an_overridden_method_from_another_site_is_rejected() {
    let app = serve(protected());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        // Rocket takes the method from a form with this field.
        for (body, status) in [("callbackUrl=%2F", 403), ("_method=put&callbackUrl=%2F", 405)] {
            let response = app.send("POST /auth/signin/zitadel", &[form, header], body);
            assert_eq!(response.status, status, "{header:?} {body}");
            assert_eq!(response.header("set-cookie"), "");
        }
    }
}

#[test]
fn healthz_is_public_only_if_marked() {
    let app = protected()
        .mount("/healthz", healthz().public())
        .mount("/inner/healthz", healthz())
        .mount("/readyz", readyz(&zitadel()));
    let app = serve(app);
    app.call("GET /healthz").assert_is(200, "ok");
    app.call("HEAD /healthz").assert_is(200, "");
    app.call("GET /inner/healthz").assert_challenge();
    app.call("GET /readyz").assert_challenge();
}

// State and settings

#[test]
fn handlers_have_their_state_and_the_application_can_manage_the_handle() {
    #[get("/state")]
    fn state(name: &State<String>, _handle: &State<zitadel_rocket::Zitadel>) -> String {
        name.to_string()
    }
    let rocket = rocket().manage("state".to_owned()).manage(zitadel());
    let app = start(rocket.attach(protected().mount("/", routes![state].public())));
    app.call("GET /state").assert_is(200, "state");
}

#[test]
fn settings_can_follow_the_protected() {
    let app = start(rocket().attach(protected().mount("/", routes![profile])).configure(rocket().figment().clone()));
    app.call("GET /profile").assert_challenge();
}
