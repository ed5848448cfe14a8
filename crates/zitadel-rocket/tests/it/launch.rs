//! Mistakes that prevent the launch, and what the log says then. Numbers are those of the rules in the documentation of
//! `Protected`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rocket::{
    Build, Rocket, Route, error::ErrorKind, fairing::AdHoc, get, http::Method, local::blocking::Client, routes,
};
use zitadel_rocket::{
    AccessToken, Authorized, Denied, Policy, Protected, PublicExt as _, Requirement, Role, RoleKey, User,
};

use crate::{
    log,
    support::{protected, rocket, start, zitadel},
};

/// What is logged by a Rocket that does not launch.
#[track_caller]
fn log_of_failed_launch(rocket: impl FnOnce() -> Rocket<Build>) -> String {
    let mut launched = false;
    let log = log::capture(|| match Client::untracked(rocket()) {
        Ok(_) => launched = true,
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_) | ErrorKind::FailedFairings(_)), "{error}");
        }
    });
    assert!(!launched, "launched: {log}");
    log
}

#[get("/plain")]
fn plain() -> &'static str {
    "plain"
}

#[get("/other")]
fn other() {}

// 8

#[test]
fn route_outside_of_the_protected_prevents_the_launch_and_is_named() {
    let late = || AdHoc::on_ignite("late", |rocket| async { rocket.mount("/unmanaged", routes![plain]) });
    let ways: [fn() -> Rocket<Build>; 3] = [
        || rocket().mount("/unmanaged", routes![plain]).attach(protected()),
        || rocket().attach(protected()).mount("/unmanaged", routes![plain]),
        || rocket().mount("/unmanaged", routes![plain]).attach(protected().mount("/", routes![plain].public())),
    ];
    let mut all: Vec<String> = ways.into_iter().map(log_of_failed_launch).collect();
    all.push(log_of_failed_launch(|| rocket().attach(late()).attach(protected())));
    all.push(log_of_failed_launch(|| rocket().attach(protected().mount("/", routes![plain])).attach(late())));
    all.push(log_of_failed_launch(|| {
        let later = AdHoc::on_ignite("later", |rocket| async {
            rocket.attach(AdHoc::on_ignite("latest", |rocket| async { rocket.mount("/unmanaged", routes![plain]) }))
        });
        rocket().attach(protected()).attach(later)
    }));
    for log in all {
        assert!(log.contains("`GET /unmanaged/plain` (plain) is mounted outside of `Protected`"), "{log}");
        assert!(log.contains("`Protected::mount`") && log.contains("`.public()`"), "{log}");
    }
}

#[test]
fn every_route_outside_of_the_protected_is_named_at_once() {
    let log =
        log_of_failed_launch(|| rocket().mount("/", routes![plain]).attach(protected()).mount("/", routes![other]));
    assert!(log.contains("`GET /plain` (plain)") && log.contains("`GET /other` (other)"), "{log}");
}

#[test]
fn route_outside_of_the_protected_is_found_if_only_its_rank_or_format_differs() {
    let similar = |rank: isize, format: Option<&str>| {
        let mut similar = Route::ranked(rank, Method::Post, "/similar", rocket::route::dummy_handler);
        similar.format = format.map(|format| format.parse().unwrap());
        vec![similar]
    };
    log_of_failed_launch(|| rocket().attach(protected().mount("/", similar(1, None))).mount("/", similar(2, None)));
    let html = || protected().mount("/", similar(1, Some("text/html")));
    log_of_failed_launch(|| rocket().attach(html()).mount("/", similar(1, Some("text/plain"))));
}

#[test]
fn fairings_without_routes_do_not_prevent_the_launch() {
    let rocket = rocket().attach(AdHoc::on_ignite("before", |rocket| async { rocket.manage(7_u8) }));
    let rocket = rocket.attach(protected().mount("/", routes![plain].public()));
    let rocket = rocket.attach(AdHoc::on_liftoff("after", |_| Box::pin(async {})));
    start(rocket.attach(AdHoc::on_response("response", |_, _| Box::pin(async {}))));
}

#[test]
fn route_at_the_path_of_an_endpoint_collides() {
    let taken = vec![Route::new(Method::Get, "/auth/callback", rocket::route::dummy_handler)];
    let error = Client::untracked(rocket().attach(protected().mount("/", taken.public()))).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Collisions(_)), "{error}");
}

// 9

#[test]
fn protected_attached_twice_prevents_the_launch() {
    let log = log_of_failed_launch(|| {
        let one = Protected::new(zitadel()).mount("/", routes![plain]);
        rocket().attach(one).attach(Protected::new(zitadel()).mount("/", routes![other]))
    });
    assert!(log.contains("Two `Protected` are attached: mount all routes in one of them"), "{log}");
    assert!(!log.contains("mounted outside"), "{log}");
}

// The guards

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

#[test]
fn handler_with_a_user_prevents_the_launch_without_a_protected() {
    #[get("/")]
    fn user(_user: User) {}
    #[get("/")]
    fn maybe(_user: Option<User>) {}
    #[get("/")]
    fn result(_user: Result<User, Denied>) {}
    for routes in [routes![user], routes![maybe], routes![result]] {
        let log = log_of_failed_launch(|| rocket().mount("/", routes));
        assert!(log.contains("A handler asks for `User`, and no `Protected` is attached"), "{log}");
    }
    #[get("/")]
    fn role(_admin: Role<Admin>) {}
    #[get("/")]
    fn maybe_role(_admin: Option<Role<Admin>>) {}
    for routes in [routes![role], routes![maybe_role]] {
        let log = log_of_failed_launch(|| rocket().mount("/", routes));
        assert!(log.contains("A handler asks for `Role`, and no `Protected` is attached"), "{log}");
    }
    #[get("/")]
    fn token(_token: AccessToken) {}
    #[get("/")]
    fn maybe_token(_token: Option<AccessToken>) {}
    for routes in [routes![token], routes![maybe_token]] {
        let log = log_of_failed_launch(|| rocket().mount("/", routes));
        assert!(log.contains("A handler asks for `AccessToken`, and no `Protected` is attached"), "{log}");
    }
    struct Anyone;
    impl Policy for Anyone {
        const REQUIREMENT: Requirement<'static> = Requirement::user();
    }
    #[get("/")]
    fn authorized(_user: Authorized<Anyone>) {}
    let log = log_of_failed_launch(|| rocket().mount("/", routes![authorized]));
    assert!(log.contains("A handler asks for `Authorized`, and no `Protected` is attached"), "{log}");
}

// The log

#[test]
fn base_that_is_not_a_path_panics_and_the_caller_is_named() {
    let mut panicked = None;
    let mount = || drop(protected().mount("no slash", routes![plain]));
    let log = log::capture(|| panicked = catch_unwind(AssertUnwindSafe(mount)).err());
    assert_eq!(panicked.unwrap().downcast_ref::<&str>(), Some(&"aborting due to route base error"));
    assert!(log.contains("invalid route base: no slash") && log.contains("launch.rs"), "{log}");
}

#[test]
fn log_of_rocket_contains_the_engines_events_without_codes() {
    let app = start(rocket().attach(protected()));
    let log = log::capture(|| {
        drop(app.navigate("GET /auth/callback?error=access_denied&state=canary-state&code=canary-code"))
    });
    let events: Vec<&str> = log.lines().filter(|line| line.contains("login_failed")).collect();
    assert_eq!(events.len(), 1, "{log}");
    assert!(!events[0].contains("canary"), "{log}");
}
