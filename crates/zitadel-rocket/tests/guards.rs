//! `User`, `Role` and `Denied` in the hands of handlers, catchers and guards; seen by visitors nobody knows.
#![expect(clippy::needless_pass_by_value, reason = "handlers own what they ask for")]

mod support;

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
use zitadel_rocket::{Denied, PublicExt as _, Role, RoleKey, User};

use self::support::{GARBAGE, ask, ask_with, client, protected, rocket, visit, visitor};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[get("/admin")]
fn admin(_admin: Role<Admin>) -> &'static str {
    "admin"
}

#[test]
fn a_role_sends_visitors_to_sign_in() {
    let app = client(protected().mount("/", routes![admin].public()).mount("/shut", routes![admin]));
    for path in ["/admin", "/shut/admin"] {
        ask(&app, &format!("GET {path}")).is_challenge();
        assert_eq!(visit(&app, &format!("GET {path}")).status.code, 302);
    }
}

#[test]
fn a_challenge_by_a_guard_is_the_same_as_by_the_door() {
    #[get("/x")]
    fn guarded(_user: User) {}
    #[get("/x")]
    fn closed() {}
    let open = client(protected().mount("/", routes![guarded].public()));
    let shut = client(protected().mount("/", routes![closed]));
    for ask in [ask, visit] {
        for line in ["GET /x", "HEAD /x"] {
            let (one, other) = (ask(&open, line), ask(&shut, line));
            assert_eq!((one.status, &one.headers, &one.body), (other.status, &other.headers, &other.body));
        }
    }
}

#[test]
fn an_own_401_or_403_stays_what_the_handler_made_of_it() {
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
    let app = client(routes());
    for code in [401, 403] {
        let answer = visit(&app, &format!("GET /status/{code}"));
        assert_eq!(answer.status.code, code);
        assert_eq!((answer.header("location"), answer.header("www-authenticate")), ("", ""));
    }
    ask(&app, "GET /body").is(401, "mine");
    let app = visitor(rocket().register("/", catchers![caught]).attach(routes()));
    ask(&app, "GET /status/401").is(401, "caught");
    ask(&app, "GET /body").is(401, "mine");
}

#[test]
fn no_catcher_comes_between_a_guard_and_its_answer() {
    #[get("/members")]
    fn members(_user: User) {}
    #[catch(default)]
    fn all(status: Status, _: &Request<'_>) -> String {
        format!("caught {}", status.code)
    }
    let protected = protected().mount("/", routes![members].public()).mount("/shut", routes![members]);
    let app = visitor(rocket().register("/", catchers![all]).attach(protected));
    ask(&app, "GET /members").is_challenge();
    ask(&app, "GET /shut/members").is_challenge();
    assert_eq!(visit(&app, "GET /members").status.code, 302);
    ask(&app, "GET /unknown").is(404, "caught 404");
}

#[test]
fn a_handler_may_take_the_refusal_into_its_own_hands() {
    #[get("/maybe?<give_up>")]
    fn maybe(user: Result<User, Denied>, give_up: bool) -> Result<&'static str, Denied> {
        match user {
            Err(denied) if give_up => Err(denied),
            Err(_) => Ok("stranger"),
            Ok(_) => Ok("member"),
        }
    }
    let app = client(protected().mount("/", routes![maybe].public()));
    ask(&app, "GET /maybe?give_up=false").is(200, "stranger");
    ask(&app, "GET /maybe?give_up=true").is_challenge();
    assert_eq!(visit(&app, "GET /maybe?give_up=true").status.code, 302);
}

/// A guard of an application's own, made of ours.
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
fn a_guard_made_of_ours_passes_the_refusal_on() {
    #[post("/staff")]
    fn staff(_staff: Staff) {}
    ask(&client(protected().mount("/", routes![staff].public())), "POST /staff").is_challenge();
}

#[test]
fn a_guard_made_of_ours_says_500_where_no_container_is() {
    #[get("/staff")]
    fn staff(_staff: Staff) {}
    #[get("/maybe")]
    fn maybe(staff: Option<Staff>) -> &'static str {
        if staff.is_some() { "staff" } else { "nobody" }
    }
    let app = visitor(rocket().mount("/", routes![staff, maybe]));
    assert_eq!(ask(&app, "GET /staff").status.code, 500);
    ask(&app, "GET /maybe").is(200, "nobody");
}

#[test]
fn a_status_599_that_no_guard_of_ours_said_stays_what_it_is() {
    #[get("/catch")]
    fn caught() -> Status {
        Status::new(599)
    }
    #[get("/body")]
    fn body() -> (Status, &'static str) {
        (Status::new(599), "upstream")
    }
    let app = client(protected().mount("/", routes![caught, body].public()));
    assert_eq!(visit(&app, "GET /catch").status.code, 599);
    visit(&app, "GET /body").is(599, "upstream");
}

#[test]
fn a_guard_that_forwards_lets_the_next_rank_answer() {
    #[get("/")]
    fn dashboard(_member: Member) -> &'static str {
        "dashboard"
    }
    #[get("/", rank = 2)]
    fn landing() -> &'static str {
        "landing"
    }
    ask(&client(protected().mount("/", routes![dashboard, landing].public())), "GET /").is(200, "landing");
    // Nobody after it: the status it forwarded with, and none of our answers.
    let answer = visit(&client(protected().mount("/", routes![dashboard].public())), "GET /");
    assert_eq!((answer.status.code, answer.header("location")), (401, ""));
}

#[test]
fn catchers_learn_who_is_there_and_leak_nothing() {
    #[get("/gone")]
    fn gone() -> Status {
        Status::Gone
    }
    #[catch(default)]
    async fn caught(status: Status, request: &Request<'_>) -> (Status, &'static str) {
        let (user, admin) = (request.guard::<User>().await, request.guard::<Role<Admin>>().await);
        assert!(admin.is_error());
        // What somebody may do who does not know better: answer with the guard's status.
        let status = if status == Status::Gone { user.failed().unwrap().0 } else { status };
        (status, "caught")
    }
    let app = visitor(rocket().register("/", catchers![caught]).attach(protected().mount("/", routes![gone].public())));
    let answer = visit(&app, "GET /unknown");
    assert_eq!((answer.status, answer.header("location")), (Status::NotFound, ""));
    // A status of ours that no route turned into an answer is an ordinary one outside.
    let answer = visit(&app, "GET /gone");
    answer.is(401, "caught");
    assert_eq!((answer.header("location"), answer.header("www-authenticate")), ("", ""));
    ask_with(&app, "GET /unknown", &[GARBAGE], "").clears_the_session();
}

#[test]
fn a_guard_used_before_routing_asks_once_and_leaves_the_endpoints_alone() {
    let curious = AdHoc::on_request("curious", |request, _| {
        Box::pin(async {
            let _ = request.guard::<User>().await;
        })
    });
    #[get("/open")]
    fn open() {}
    let app = visitor(rocket().attach(curious).attach(protected().mount("/", routes![open].public())));
    let answer = ask_with(&app, "GET /open", &[GARBAGE], "");
    assert_eq!(answer.lines("set-cookie").count(), 1);
    // The engine looked at the session itself; once is enough.
    let answer = ask_with(&app, "GET /auth/session", &[GARBAGE], "");
    assert_eq!(answer.lines("set-cookie").count(), 1, "{:?}", answer.headers);
}

#[test]
fn a_request_that_became_unsafe_after_somebody_asked_reaches_no_handler() {
    #[delete("/x")]
    fn remove(_user: Option<User>) -> &'static str {
        "removed"
    }
    let curious = || {
        AdHoc::on_request("curious", |request, _| {
            Box::pin(async {
                let _ = request.guard::<User>().await;
            })
        })
    };
    let tunnel = || AdHoc::on_request("tunnel", |request, _| Box::pin(async { request.set_method(Method::Delete) }));
    let open = || protected().mount("/", routes![remove].public());
    // Where it comes from was judged when it still was a `GET`, which may come from anywhere.
    let app = visitor(rocket().attach(curious()).attach(tunnel()).attach(open()));
    ask_with(&app, "GET /x", &[GARBAGE], "").clears_the_session();
    assert_eq!(ask(&app, "GET /x").status.code, 500);
    ask(&app, "DELETE /x").is(200, "removed");
    let app = visitor(rocket().attach(tunnel()).attach(curious()).attach(open()));
    ask(&app, "GET /x").is(200, "removed");
}

#[test]
fn refusals_say_nothing_when_printed() {
    #[get("/")]
    fn page(denied: Result<User, Denied>) -> String {
        format!("{denied:?}")
    }
    let answer = ask_with(&client(protected().mount("/", routes![page].public())), "GET /", &[GARBAGE], "");
    answer.is(200, "Err(Denied(User))");
}

#[test]
fn an_answer_of_the_engine_that_was_thrown_away_leaves_the_page_as_it_is() {
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
    let answer = ask(&visitor(rocket), "POST /");
    answer.is(200, "page");
    assert!(answer.headers.iter().all(|(name, _)| ["content-type", "server", "vary"].contains(&&*name.to_lowercase())));
}
