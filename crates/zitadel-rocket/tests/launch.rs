//! What does not launch, and what the log says then. Numbers are those of `Protected`'s rules.

mod support;

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
};

use rocket::{
    Build, Rocket, Route,
    error::ErrorKind,
    fairing::AdHoc,
    get,
    http::Method,
    local::blocking::Client,
    log::private::{LevelFilter, Log, Metadata, Record, set_boxed_logger, set_max_level},
    routes,
};
use zitadel_rocket::{Denied, Protected, PublicExt as _, Role, RoleKey, User};

use self::support::{protected, visit, visitor, zitadel};

/// Remembers what is logged on a test's own thread, where a blocking client does its work.
struct Ear;

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

impl Log for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &Record<'_>) {
        HEARD.with_borrow_mut(|heard| heard.push(record.args().to_string()));
    }
    fn flush(&self) {}
}

fn listen() {
    let _ = set_boxed_logger(Box::new(Ear));
}

/// As everywhere, but listened to: else the first Rocket to come by puts its own logger up for the whole process.
fn rocket() -> Rocket<Build> {
    listen();
    support::rocket()
}

fn heard(what: impl FnOnce()) -> String {
    listen();
    set_max_level(LevelFilter::Info);
    HEARD.take();
    what();
    HEARD.take().join("\n")
}

/// What is logged by a Rocket that does not launch.
#[track_caller]
fn refused(rocket: impl FnOnce() -> Rocket<Build>) -> String {
    let mut launched = false;
    let words = heard(|| match Client::untracked(rocket()) {
        Ok(_) => launched = true,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_) | ErrorKind::FailedFairings(_)), "{error}");
        }
    });
    assert!(!launched, "launched: {words}");
    words
}

#[get("/plain")]
fn plain() -> &'static str {
    "plain"
}

#[get("/other")]
fn other() {}

// 8

#[test]
fn a_route_mounted_elsewhere_is_named_and_nothing_launches() {
    let late = || AdHoc::on_ignite("late", |rocket| async { rocket.mount("/stray", routes![plain]) });
    let ways: [fn() -> Rocket<Build>; 3] = [
        || rocket().mount("/stray", routes![plain]).attach(protected()),
        || rocket().attach(protected()).mount("/stray", routes![plain]),
        || rocket().mount("/stray", routes![plain]).attach(protected().mount("/", routes![plain].public())),
    ];
    let mut all: Vec<String> = ways.into_iter().map(refused).collect();
    all.push(refused(|| rocket().attach(late()).attach(protected())));
    all.push(refused(|| rocket().attach(protected().mount("/", routes![plain])).attach(late())));
    all.push(refused(|| {
        let later = AdHoc::on_ignite("later", |rocket| async {
            rocket.attach(AdHoc::on_ignite("latest", |rocket| async { rocket.mount("/stray", routes![plain]) }))
        });
        rocket().attach(protected()).attach(later)
    }));
    for words in all {
        assert!(words.contains("`GET /stray/plain` (plain) is mounted outside of `Protected`"), "{words}");
        assert!(words.contains("`Protected::mount`") && words.contains("`.public()`"), "{words}");
    }
}

#[test]
fn every_route_mounted_elsewhere_is_named_at_once() {
    let words = refused(|| rocket().mount("/", routes![plain]).attach(protected()).mount("/", routes![other]));
    assert!(words.contains("`GET /plain` (plain)") && words.contains("`GET /other` (other)"), "{words}");
}

#[test]
fn a_route_that_only_differs_in_rank_or_format_from_one_of_ours_is_found() {
    let twin = |rank: isize, format: Option<&str>| {
        let mut twin = Route::ranked(rank, Method::Post, "/twin", rocket::route::dummy_handler);
        twin.format = format.map(|format| format.parse().unwrap());
        vec![twin]
    };
    refused(|| rocket().attach(protected().mount("/", twin(1, None))).mount("/", twin(2, None)));
    let html = || protected().mount("/", twin(1, Some("text/html")));
    refused(|| rocket().attach(html()).mount("/", twin(1, Some("text/plain"))));
}

#[test]
fn fairings_that_mount_nothing_are_welcome() {
    let rocket = rocket().attach(AdHoc::on_ignite("before", |rocket| async { rocket.manage(7_u8) }));
    let rocket = rocket.attach(protected().mount("/", routes![plain].public()));
    let rocket = rocket.attach(AdHoc::on_liftoff("after", |_| Box::pin(async {})));
    visitor(rocket.attach(AdHoc::on_response("response", |_, _| Box::pin(async {}))));
}

#[test]
fn a_route_where_an_endpoint_is_collides() {
    let taken = vec![Route::new(Method::Get, "/auth/callback", rocket::route::dummy_handler)];
    let error = Client::untracked(rocket().attach(protected().mount("/", taken.public()))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Collisions(_)), "{error}");
}

// 9

#[test]
fn two_containers_do_not_launch() {
    let words = refused(|| {
        let one = Protected::new(zitadel()).mount("/", routes![plain]);
        rocket().attach(one).attach(Protected::new(zitadel()).mount("/", routes![other]))
    });
    assert!(words.contains("Two `Protected` are attached: mount all routes in one of them"), "{words}");
    assert!(!words.contains("mounted outside"), "{words}");
}

// The guards

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[test]
fn a_handler_that_asks_for_a_user_does_not_launch_without_the_container() {
    #[get("/")]
    fn user(_user: User) {}
    #[get("/")]
    fn maybe(_user: Option<User>) {}
    #[get("/")]
    fn result(_user: Result<User, Denied>) {}
    for routes in [routes![user], routes![maybe], routes![result]] {
        let words = refused(|| rocket().mount("/", routes));
        assert!(words.contains("A handler asks for `User`, and no `Protected` is attached"), "{words}");
    }
    #[get("/")]
    fn role(_admin: Role<Admin>) {}
    #[get("/")]
    fn maybe_role(_admin: Option<Role<Admin>>) {}
    for routes in [routes![role], routes![maybe_role]] {
        let words = refused(|| rocket().mount("/", routes));
        assert!(words.contains("A handler asks for `Role`, and no `Protected` is attached"), "{words}");
    }
}

// What is said otherwise

#[test]
fn a_base_that_is_no_path_aborts_where_it_is_mounted() {
    let mut panicked = None;
    let mount = || drop(protected().mount("no slash", routes![plain]));
    let words = heard(|| panicked = catch_unwind(AssertUnwindSafe(mount)).err());
    assert_eq!(panicked.unwrap().downcast_ref::<&str>(), Some(&"aborting due to route base error"));
    assert!(words.contains("invalid route base: no slash") && words.contains("launch.rs"), "{words}");
}

#[test]
fn rockets_own_logger_hears_what_the_engine_says_and_no_code() {
    let app = visitor(rocket().attach(protected()));
    let words =
        heard(|| drop(visit(&app, "GET /auth/callback?error=access_denied&state=canary-state&code=canary-code")));
    let engine: Vec<&str> = words.lines().filter(|line| line.contains("refused")).collect();
    assert_eq!(engine.len(), 1, "{words}");
    assert!(!engine.concat().contains("canary"), "{words}");
}
