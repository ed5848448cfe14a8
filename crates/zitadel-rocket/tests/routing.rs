//! What is closed and what is open, seen by visitors nobody knows. Numbers are those of `Protected`'s rules.
#![expect(clippy::needless_pass_by_value, reason = "handlers own what they ask for")]

mod support;

use std::path::PathBuf;

use rocket::{
    Data, Request, Route, State, catch, catchers, delete,
    fs::{FileServer, relative},
    get,
    http::{Method, Status},
    options, post, put,
    route::Outcome,
    routes,
};
use zitadel_rocket::{PublicExt as _, User, healthz, readyz};

use self::support::{GARBAGE, ask, ask_with, client, protected, rocket, visit, visitor};

#[get("/")]
fn home(user: Option<User>) -> &'static str {
    if user.is_some() { "member" } else { "stranger" }
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
fn a_visitor_at_a_closed_page_is_sent_to_sign_in_and_back() {
    let app = client(protected().mount("/", routes![profile]));
    let answer = visit(&app, "GET /profile?tab=roles");
    assert_eq!(answer.status.code, 302);
    assert_eq!(answer.header("location"), "/auth/login?callbackUrl=%2Fprofile%3Ftab%3Droles");
    assert_eq!(answer.lines("cache-control").collect::<Vec<_>>(), ["no-store"]);
    assert_eq!(answer.lines("vary").collect::<Vec<_>>(), ["Cookie"]);
}

#[test]
fn a_script_at_a_closed_page_is_told_to_sign_in() {
    let app = client(protected().mount("/", routes![profile]));
    ask(&app, "GET /profile").is_challenge();
}

#[test]
fn every_method_of_a_closed_list_is_closed() {
    #[put("/x")]
    fn replace() {}
    #[delete("/x")]
    fn remove() {}
    #[options("/x")]
    fn preflight() {}
    let app = client(protected().mount("/", routes![read, write, replace, remove, preflight]));
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(&app, &format!("{method} /x")).status.code, 401, "{method}");
    }
}

#[test]
fn the_same_path_written_otherwise_is_as_closed() {
    let app = client(protected().mount("/", routes![profile]).mount("/deep/er", routes![profile]));
    for path in ["/%70rofile", "/profile/", "//profile", "/deep/er/profile", "/deep//er/profile/", "/deep/%65r/profile"]
    {
        assert_eq!(ask(&app, &format!("GET {path}")).status.code, 401, "{path}");
    }
    let long = format!("GET /profile?q={}", "x".repeat(100_000));
    assert_eq!(visit(&app, &long).header("location"), "/auth/login");
}

#[test]
fn the_door_is_before_guards_and_data() {
    struct Loud;
    #[rocket::async_trait]
    impl<'r> rocket::request::FromRequest<'r> for Loud {
        type Error = ();
        async fn from_request(_: &'r Request<'_>) -> rocket::request::Outcome<Self, ()> {
            panic!("a guard of a closed route was asked for a visitor")
        }
    }
    #[post("/loud", data = "<_body>")]
    fn loud(_loud: Loud, _body: Vec<u8>) {}
    ask_with(&client(protected().mount("/", routes![loud])), "POST /loud", &[], "x".repeat(1 << 20)).is_challenge();
}

// 2

#[test]
fn anyone_sees_a_public_page_and_the_page_knows_nobody_is_there() {
    let app = client(protected().mount("/", routes![home].public()));
    let answer = ask(&app, "GET /");
    answer.is(200, "stranger");
    assert_eq!(answer.header("set-cookie"), "");
}

#[test]
fn a_public_page_that_needs_a_user_after_all_turns_visitors_away_itself() {
    let app = client(protected().mount("/", routes![members].public()));
    ask(&app, "GET /members").is_challenge();
    let answer = visit(&app, "GET /members");
    assert_eq!((answer.status.code, answer.header("location")), (302, "/auth/login?callbackUrl=%2Fmembers"));
}

#[test]
fn an_area_for_a_role_is_closed_to_visitors() {
    let app = client(protected().mount("/admin", routes![profile].require_role("admin")));
    ask(&app, "GET /admin/profile").is_challenge();
    assert_eq!(visit(&app, "GET /admin/profile").status.code, 302);
}

// 3

#[test]
fn one_path_can_be_public_to_read_and_closed_to_write() {
    for protected in [
        protected().mount("/", routes![read].public()).mount("/", routes![write]),
        protected().mount("/", routes![write]).mount("/", routes![read].public()),
    ] {
        let app = client(protected);
        ask(&app, "GET /x").is(200, "read");
        ask(&app, "HEAD /x").is(200, "");
        ask(&app, "POST /x").is_challenge();
        assert_eq!(ask(&app, "DELETE /x").status, Status::NotFound);
    }
}

#[test]
fn a_closed_route_that_comes_first_answers_and_forwards_to_nobody() {
    #[get("/x", rank = 2)]
    fn for_others() -> &'static str {
        "others"
    }
    let app = client(protected().mount("/", routes![read]).mount("/", routes![for_others].public()));
    ask(&app, "GET /x").is_challenge();
}

#[test]
fn a_public_wildcard_opens_nothing_that_is_closed() {
    #[get("/<page..>")]
    fn page(page: PathBuf) -> String {
        page.display().to_string()
    }
    let app = client(protected().mount("/", routes![page].public()).mount("/", routes![profile]));
    ask(&app, "GET /profile").is_challenge();
    ask(&app, "GET /%70rofile").is_challenge();
    ask(&app, "GET /other").is(200, "other");
}

#[test]
fn a_public_route_that_forwards_may_end_at_a_closed_one() {
    #[get("/<id>")]
    fn by_number(id: u8) -> String {
        id.to_string()
    }
    #[get("/<_id>", rank = 2)]
    fn by_name(_id: &str) {}
    let app = client(protected().mount("/", routes![by_number].public()).mount("/", routes![by_name]));
    ask(&app, "GET /7").is(200, "7");
    ask(&app, "GET /seven").is_challenge();
}

#[test]
fn formats_of_one_path_are_as_open_as_their_lists() {
    #[post("/f", format = "text/plain")]
    fn plain() -> &'static str {
        "plain"
    }
    #[post("/f", format = "application/json")]
    fn json() -> &'static str {
        "{}"
    }
    let app = client(protected().mount("/", routes![plain].public()).mount("/", routes![json]));
    ask_with(&app, "POST /f", &[("content-type", "text/plain")], "").is(200, "plain");
    ask_with(&app, "POST /f", &[("content-type", "application/json")], "").is_challenge();
}

// 4

#[test]
fn head_is_as_open_as_get() {
    let app = client(protected().mount("/", routes![read].public()).mount("/", routes![profile]));
    let answer = ask(&app, "HEAD /x");
    answer.is(200, "");
    ask(&app, "HEAD /profile").is(401, "");
    assert_eq!(visit(&app, "HEAD /profile").status.code, 302);
}

// 5

#[test]
fn a_file_server_is_closed_unless_marked() {
    let files = || FileServer::from(relative!("tests"));
    let app = client(protected().mount("/shut", files()).mount("/open", files().public()));
    assert!(ask(&app, "GET /open/marks.rs").body.contains("A mark can only"));
    assert_eq!(ask(&app, "GET /open/unknown").status, Status::NotFound);
    for path in ["/shut/marks.rs", "/shut/unknown", "/shut"] {
        assert_eq!(ask(&app, &format!("GET {path}")).status.code, 401, "{path}");
    }
}

#[test]
fn a_list_of_handlers_without_macros_is_closed_unless_marked() {
    fn own<'r>(request: &'r Request<'_>, _: Data<'r>) -> rocket::route::BoxFuture<'r> {
        Outcome::from(request, "own").pin()
    }
    let list = || vec![Route::new(Method::Get, "/own", own)];
    let app = client(protected().mount("/shut", list()).mount("/open", list().public()));
    ask(&app, "GET /open/own").is(200, "own");
    ask(&app, "GET /shut/own").is_challenge();
}

// 6

#[test]
fn unknown_paths_are_404_for_everyone() {
    let app = client(protected().mount("/", routes![profile]));
    for line in ["GET /unknown", "POST /unknown", "GET /", "GET /a/b/c", "POST /profile", "OPTIONS /profile"] {
        for headers in [&[][..], &[GARBAGE]] {
            let answer = ask_with(&app, line, headers, "");
            assert_eq!(answer.status, Status::NotFound, "{line}");
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
}

#[test]
fn a_catcher_answers_whatever_else_is_there() {
    #[catch(404)]
    fn not_found() -> &'static str {
        "nothing here"
    }
    let app = visitor(rocket().register("/", catchers![not_found]).attach(protected().mount("/", routes![profile])));
    ask(&app, "GET /unknown").is(404, "nothing here");
    ask(&app, "GET /profile").is_challenge();
}

// 7

#[test]
fn the_endpoints_are_there_and_open() {
    let app = client(protected());
    ask(&app, "GET /auth/session").is(200, "null");
    assert_eq!(ask(&app, "GET /auth/userinfo").status.code, 401);
    assert_eq!(visit(&app, "GET /auth/callback?code=x&state=y").status.code, 400);
    for method in ["PUT", "PATCH", "DELETE", "TRACE"] {
        assert_eq!(ask(&app, &format!("{method} /auth/session")).status.code, 405, "{method}");
    }
}

#[test]
fn a_head_request_at_the_callback_redeems_nothing() {
    let answer = visit(&client(protected()), "HEAD /auth/callback?code=x&state=y");
    answer.is(answer.status.code, "");
    assert_ne!(answer.status.code, visit(&client(protected()), "GET /auth/callback?code=x&state=y").status.code);
}

#[test]
fn a_sign_in_that_another_site_started_is_refused() {
    let app = client(protected());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        for body in ["callbackUrl=%2F", "_method=put&callbackUrl=%2F"] {
            let answer = ask_with(&app, "POST /auth/signin/zitadel", &[form, header], body);
            assert!(matches!(answer.status.code, 403 | 405), "{header:?} {body} {}", answer.status);
            assert_eq!(answer.header("set-cookie"), "");
        }
    }
}

#[test]
fn an_origin_that_a_page_hides_counts_as_another_site_unless_the_browser_says_more() {
    let app = client(protected());
    let null = ("origin", "null");
    assert_eq!(ask_with(&app, "POST /auth/logout", &[null], "").status.code, 403);
    assert_eq!(ask_with(&app, "POST /auth/logout", &[null, ("sec-fetch-site", "same-origin")], "").status.code, 302);
}

#[test]
fn an_endpoint_reads_64_kibibytes_and_no_more() {
    let app = client(protected());
    let headers = [("sec-fetch-site", "cross-site")];
    let answer = ask_with(&app, "POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024));
    assert_eq!(answer.status.code, 403);
    let answer = ask_with(&app, "POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1));
    assert_eq!(answer.status.code, 413);
    assert!(answer.body.contains("\"error\""), "{}", answer.body);
}

#[test]
fn health_is_open_where_the_application_puts_it() {
    let app = client(protected().mount("/", healthz().public()).mount("/inner", healthz()).mount("/", readyz()));
    ask(&app, "GET /healthz").is(200, "ok");
    ask(&app, "HEAD /healthz").is(200, "");
    ask(&app, "GET /inner/healthz").is_challenge();
    ask(&app, "GET /readyz").is_challenge();
}

// What else belongs to a Rocket

#[test]
fn handlers_have_their_state_and_the_application_may_manage_the_handle_itself() {
    #[get("/state")]
    fn state(name: &State<String>, _handle: &State<zitadel_rocket::Zitadel>) -> String {
        name.to_string()
    }
    let rocket = rocket().manage("state".to_owned()).manage(support::zitadel());
    let app = visitor(rocket.attach(protected().mount("/", routes![state].public())));
    ask(&app, "GET /state").is(200, "state");
}

#[test]
fn settings_may_come_after_the_container() {
    let app = visitor(rocket().attach(protected().mount("/", routes![profile])).configure(rocket().figment().clone()));
    ask(&app, "GET /profile").is_challenge();
}
