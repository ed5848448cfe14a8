//! `User`, `Role` and `Denied` in handlers, catchers, fairings and guards of an application.

use std::time::Duration;

use rocket::{
    Request, Response, catch, catchers, delete,
    fairing::AdHoc,
    get,
    http::{Method, Status},
    outcome::{Outcome, try_outcome},
    post,
    request::{self, FromRequest},
    routes,
    shield::Shield,
};
use zitadel_rocket::{AccessExt as _, Authorized, Denied, Policy, PublicExt as _, Requirement, Role, RoleKey, User};

use crate::support::{TestApp, UNREADABLE_SESSION, protected, rocket, serve, start};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[get("/admin")]
fn admin(_admin: Role<Admin>) -> &'static str {
    "admin"
}

#[test]
fn role_guard_denies_anonymous_requests() {
    let app = serve(protected().mount("/", routes![admin].public()).mount("/protected", routes![admin]));
    for path in ["/admin", "/protected/admin"] {
        app.call(&format!("GET {path}")).assert_challenge();
        assert_eq!(app.navigate(&format!("GET {path}")).status, 302);
    }
}

struct Fresh;

impl Policy for Fresh {
    const REQUIREMENT: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
}

#[get("/fresh")]
fn fresh(_user: Authorized<Fresh>) -> &'static str {
    "fresh"
}

#[test]
fn policies_deny_anonymous_requests() {
    #[get("/")]
    fn page() {}
    const TWO_FACTORS: Requirement<'static> = Requirement::user().amr("mfa");
    let protected = protected().mount("/", routes![fresh].public()).mount("/page", routes![page].require(TWO_FACTORS));
    let app = serve(protected.mount("/protected", routes![fresh]));
    for path in ["/fresh", "/page", "/protected/fresh"] {
        app.call(&format!("GET {path}")).assert_challenge();
        assert_eq!(app.navigate(&format!("GET {path}")).status, 302);
    }
}

#[test]
fn guard_denies_with_the_response_of_a_protected_route() {
    #[get("/x")]
    fn guarded(_user: User) {}
    #[get("/x")]
    fn bare() {}
    let public = serve(protected().mount("/", routes![guarded].public()));
    let bare = serve(protected().mount("/", routes![bare]));
    for send in [TestApp::call, TestApp::navigate] {
        for line in ["GET /x", "HEAD /x"] {
            let (one, other) = (send(&public, line), send(&bare, line));
            assert_eq!((one.status, &one.headers, &one.body), (other.status, &other.headers, &other.body));
        }
    }
}

#[test]
fn status_401_or_403_of_a_handler_is_not_replaced() {
    #[get("/status/<code>")]
    fn status(code: u16, _user: Option<User>) -> Status {
        Status::new(code)
    }
    #[get("/body")]
    fn body(_user: Option<User>, _admin: Option<Role<Admin>>) -> (Status, &'static str) {
        (Status::Unauthorized, "mine")
    }
    #[catch(401)]
    fn caught() -> &'static str {
        "caught"
    }
    let routes = || protected().mount("/", routes![status, body].public());
    let app = serve(routes());
    for code in [401, 403] {
        let response = app.navigate(&format!("GET /status/{code}"));
        assert_eq!(response.status, code);
        assert_eq!((response.header("location"), response.header("www-authenticate")), ("", ""));
    }
    app.call("GET /body").assert_is(401, "mine");
    let app = start(rocket().register("/", catchers![caught]).attach(routes()));
    app.call("GET /status/401").assert_is(401, "caught");
    app.call("GET /body").assert_is(401, "mine");
}

#[test]
fn catcher_does_not_replace_a_denial() {
    #[get("/members")]
    fn members(_user: User) {}
    #[catch(default)]
    fn all(status: Status, _: &Request<'_>) -> String {
        format!("caught {}", status.code)
    }
    let protected = protected().mount("/", routes![members].public()).mount("/protected", routes![members]);
    let app = start(rocket().register("/", catchers![all]).attach(protected));
    app.call("GET /members").assert_challenge();
    app.call("GET /protected/members").assert_challenge();
    assert_eq!(app.navigate("GET /members").status, 302);
    app.call("GET /unknown").assert_is(404, "caught 404");
}

#[test]
fn handler_can_take_the_denial_and_return_it() {
    #[get("/maybe?<deny>")]
    fn maybe(user: Result<User, Denied>, deny: bool) -> Result<&'static str, Denied> {
        match user {
            Err(denied) if deny => Err(denied),
            Err(_) => Ok("anonymous"),
            Ok(_) => Ok("user"),
        }
    }
    let app = serve(protected().mount("/", routes![maybe].public()));
    app.call("GET /maybe?deny=false").assert_is(200, "anonymous");
    app.call("GET /maybe?deny=true").assert_challenge();
    assert_eq!(app.navigate("GET /maybe?deny=true").status, 302);
}

/// A guard of an application, made of `User`.
struct Staff(#[expect(dead_code, reason = "it is enough to have one")] User);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Staff {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        Outcome::Success(Self(try_outcome!(request.guard::<User>().await)))
    }
}

/// As in the README: forwards instead of failing, so that the next rank is tried.
struct Member(#[expect(dead_code, reason = "it is enough to have one")] User);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Member {
    type Error = Denied;

    async fn from_request(request: &'r Request<'_>) -> request::Outcome<Self, Denied> {
        match request.guard::<User>().await {
            Outcome::Success(user) => Outcome::Success(Self(user)),
            _ => Outcome::Forward(Status::Unauthorized),
        }
    }
}

#[test]
fn guard_made_of_user_returns_its_denial() {
    #[post("/staff")]
    fn staff(_staff: Staff) {}
    serve(protected().mount("/", routes![staff].public())).call("POST /staff").assert_challenge();
}

#[test]
fn guard_made_of_user_is_500_without_a_protected() {
    #[get("/staff")]
    fn staff(_staff: Staff) {}
    #[get("/maybe")]
    fn maybe(staff: Option<Staff>) -> &'static str {
        if staff.is_some() { "staff" } else { "anonymous" }
    }
    let app = start(rocket().mount("/", routes![staff, maybe]));
    assert_eq!(app.call("GET /staff").status, 500);
    app.call("GET /maybe").assert_is(200, "anonymous");
}

#[test]
fn status_599_of_a_handler_is_not_replaced() {
    #[get("/catch")]
    fn caught() -> Status {
        Status::new(599)
    }
    #[get("/body")]
    fn body() -> (Status, &'static str) {
        (Status::new(599), "upstream")
    }
    let app = serve(protected().mount("/", routes![caught, body].public()));
    assert_eq!(app.navigate("GET /catch").status, 599);
    app.navigate("GET /body").assert_is(599, "upstream");
}

#[test]
fn guard_that_forwards_passes_the_request_to_the_next_rank() {
    #[get("/")]
    fn dashboard(_member: Member) -> &'static str {
        "dashboard"
    }
    #[get("/", rank = 2)]
    fn landing() -> &'static str {
        "landing"
    }
    serve(protected().mount("/", routes![dashboard, landing].public())).call("GET /").assert_is(200, "landing");
    // No further route: the status that it forwarded with, and not the response of a denial.
    let response = serve(protected().mount("/", routes![dashboard].public())).navigate("GET /");
    assert_eq!((response.status, response.header("location")), (401, ""));
}

#[test]
fn catcher_can_ask_for_a_user_and_changes_nothing_else() {
    #[get("/gone")]
    fn gone() -> Status {
        Status::Gone
    }
    #[catch(default)]
    async fn caught(status: Status, request: &Request<'_>) -> (Status, &'static str) {
        let (user, admin) = (request.guard::<User>().await, request.guard::<Role<Admin>>().await);
        assert!(admin.is_error());
        // The status of a failed guard, which an application could take for one to respond with.
        let status = if status == Status::Gone { user.failed().unwrap().0 } else { status };
        (status, "caught")
    }
    let app = start(rocket().register("/", catchers![caught]).attach(protected().mount("/", routes![gone].public())));
    let response = app.navigate("GET /unknown");
    assert_eq!((response.status, response.header("location")), (404, ""));
    // The private status of the guards never leaves the application.
    let response = app.navigate("GET /gone");
    response.assert_is(401, "caught");
    assert_eq!((response.header("location"), response.header("www-authenticate")), ("", ""));
    app.send("GET /unknown", &UNREADABLE_SESSION, "").assert_session_deleted();
}

#[test]
fn guard_in_a_request_fairing_authenticates_once_and_not_for_endpoints() {
    let asking = AdHoc::on_request("asking", |request, _| {
        Box::pin(async {
            let _ = request.guard::<User>().await;
        })
    });
    #[get("/public")]
    fn page() {}
    let app = start(rocket().attach(asking).attach(protected().mount("/", routes![page].public())));
    let response = app.send("GET /public", &UNREADABLE_SESSION, "");
    assert_eq!(response.values("set-cookie").len(), 1);
    // The endpoint has handled the session itself.
    let response = app.send("GET /auth/session", &UNREADABLE_SESSION, "");
    assert_eq!(response.values("set-cookie").len(), 1, "{:?}", response.headers);
}

#[test]
fn request_that_became_unsafe_after_authentication_is_500() {
    #[delete("/x")]
    fn remove(_user: Option<User>) -> &'static str {
        "removed"
    }
    let asking = || {
        AdHoc::on_request("asking", |request, _| {
            Box::pin(async {
                let _ = request.guard::<User>().await;
            })
        })
    };
    let tunnel = || AdHoc::on_request("tunnel", |request, _| Box::pin(async { request.set_method(Method::Delete) }));
    let site = || protected().mount("/", routes![remove].public());
    // Its origin was checked while it was a `GET`, which may come from any site.
    let app = start(rocket().attach(asking()).attach(tunnel()).attach(site()));
    app.send("GET /x", &UNREADABLE_SESSION, "").assert_session_deleted();
    assert_eq!(app.call("GET /x").status, 500);
    app.call("DELETE /x").assert_is(200, "removed");
    let app = start(rocket().attach(tunnel()).attach(asking()).attach(site()));
    app.call("GET /x").assert_is(200, "removed");
}

#[test]
fn debug_output_of_a_denial_contains_the_code_only() {
    #[get("/")]
    fn page(denied: Result<User, Denied>) -> String {
        format!("{denied:?}")
    }
    let app = serve(protected().mount("/", routes![page].public()));
    app.send("GET /", &UNREADABLE_SESSION, "").assert_is(200, "Err(Denied { code: Unauthenticated, .. })");
}

#[test]
fn discarded_response_of_a_denial_leaves_no_headers() {
    struct Undecided(Denied);
    impl<'r> rocket::response::Responder<'r, 'static> for Undecided {
        fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
            drop(self.0.respond_to(request)?);
            Response::build_from("page".respond_to(request)?).ok()
        }
    }
    #[post("/")]
    fn page(user: Result<User, Denied>) -> Undecided {
        Undecided(user.unwrap_err())
    }
    let rocket = rocket().attach(Shield::new()).attach(protected().mount("/", routes![page].public()));
    let response = start(rocket).call("POST /");
    response.assert_is(200, "page");
    assert!(
        response.headers.iter().all(|(name, _)| ["content-type", "server", "vary"].contains(&&*name.to_lowercase()))
    );
}
