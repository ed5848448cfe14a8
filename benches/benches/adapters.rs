//! A page that each framework serves with the adapter, compared with the same page without it; in process, without a
//! socket.
//!
//! *signed-in*: a protected page whose handler takes the `User`, with a session cookie that is cached, as it is after the
//! first request of a session. Compared with *bare*: the framework's own router and the same headers. *anonymous*: a
//! public page without a cookie. Compared with *bare-anonymous*.
#![expect(clippy::unwrap_used, reason = "a benchmark")]
#![expect(clippy::needless_pass_by_value, reason = "handlers own their arguments")]

use std::hint::black_box;

use benches::{Sample, added, criterion, samples};
use criterion::Criterion;

const HELLO: &str = "Hello, user whose name takes a few more bytes";

fn main() {
    let mut criterion = criterion();
    let [_, ordinary, _] = samples();
    on_axum::bench(&mut criterion, &ordinary);
    on_actix::bench(&mut criterion, &ordinary);
    on_rocket::bench(&mut criterion, &ordinary);
    criterion.final_summary();
    for framework in ["axum", "actix-web", "Rocket"] {
        let bare = format!("{framework}/bare");
        added(&format!("{framework}: added to a signed-in request"), &format!("{framework}/signed-in"), &bare);
        let (anonymous, bare) = (format!("{framework}/anonymous"), format!("{framework}/bare-anonymous"));
        added(&format!("{framework}: added to an anonymous request"), &anonymous, &bare);
    }
}

/// The headers of a browser, with its session or without.
fn headers(sample: &Sample, signed_in: bool) -> Vec<(&'static str, String)> {
    sample.headers().into_iter().filter(|(name, _)| signed_in || *name != "cookie").collect()
}

mod on_axum {
    use axum::{Router, body::Body, extract::Request, routing::get};
    use tower::ServiceExt as _;
    use zitadel_axum::{Protected, PublicExt as _, User};

    use super::*;

    pub(crate) fn bench(criterion: &mut Criterion, sample: &Sample) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bare = Router::new().route("/profile", get(async || HELLO));
        let page = async |user: User| if user.subject().is_empty() { "" } else { HELLO };
        let protected = Protected::new(sample.zitadel.clone()).route("/profile", get(page)).into_router();
        let page = async |user: Option<User>| if user.is_some() { "" } else { HELLO };
        let public = Protected::new(sample.zitadel.clone()).route("/profile", get(page).public()).into_router();
        let mut group = criterion.benchmark_group("axum");
        for (name, app, signed_in) in [
            ("bare", bare.clone(), true),
            ("signed-in", protected, true),
            ("bare-anonymous", bare, false),
            ("anonymous", public, false),
        ] {
            let headers = headers(sample, signed_in);
            let send = || {
                let mut request = Request::builder().uri("/profile?tab=roles");
                for (name, value) in &headers {
                    request = request.header(*name, value);
                }
                let response = runtime.block_on(app.clone().oneshot(request.body(Body::empty()).unwrap())).unwrap();
                assert_eq!(response.status(), 200);
                response
            };
            group.bench_function(name, |b| b.iter(|| black_box(send())));
        }
        group.finish();
    }
}

mod on_actix {
    use actix_web::{App, rt::System, test, web};
    use zitadel_actix::{Protected, PublicExt as _, User};

    use super::*;

    pub(crate) fn bench(criterion: &mut Criterion, sample: &Sample) {
        let system = System::new();
        let bare = system.block_on(test::init_service(App::new().route("/profile", web::get().to(async || HELLO))));
        let page = async |user: User| if user.subject().is_empty() { "" } else { HELLO };
        let protected = Protected::new(sample.zitadel.clone()).route("/profile", web::get().to(page));
        let protected = system.block_on(test::init_service(App::new().service(protected)));
        let page = async |user: Option<User>| if user.is_some() { "" } else { HELLO };
        let public = Protected::new(sample.zitadel.clone()).route("/profile", web::get().to(page).public());
        let public = system.block_on(test::init_service(App::new().service(public)));
        let mut group = criterion.benchmark_group("actix-web");
        let request = |signed_in: bool| {
            let headers = headers(sample, signed_in);
            move || {
                let request = test::TestRequest::with_uri("/profile?tab=roles");
                headers.iter().fold(request, |request, (name, value)| request.insert_header((*name, value.as_str())))
            }
        };
        let (signed_in, anonymous) = (request(true), request(false));
        macro_rules! bench {
            ($name:literal, $app:expr, $request:expr) => {
                group.bench_function($name, |b| {
                    b.iter(|| {
                        let response = system.block_on(test::call_service(&$app, $request().to_request()));
                        assert_eq!(response.status(), 200);
                        black_box(response)
                    });
                });
            };
        }
        bench!("bare", bare, signed_in);
        bench!("signed-in", protected, signed_in);
        bench!("bare-anonymous", bare, anonymous);
        bench!("anonymous", public, anonymous);
        group.finish();
    }
}

mod on_rocket {
    use rocket::{Build, Config, Rocket, config::LogLevel, get, http::Header, local::asynchronous::Client, routes};
    use zitadel_rocket::{Protected, PublicExt as _, User};

    use super::*;

    #[get("/profile")]
    const fn bare() -> &'static str {
        HELLO
    }

    #[get("/profile")]
    fn protected(user: User) -> &'static str {
        if user.subject().is_empty() { "" } else { HELLO }
    }

    #[get("/profile")]
    fn public(user: Option<User>) -> &'static str {
        if user.is_some() { "" } else { HELLO }
    }

    pub(crate) fn bench(criterion: &mut Criterion, sample: &Sample) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let quiet = || rocket::custom(Config { log_level: LogLevel::Off, ..Config::release_default() });
        let wrap = || Protected::new(sample.zitadel.clone());
        let client = |rocket: Rocket<Build>| runtime.block_on(Client::untracked(rocket)).unwrap();
        let bare = client(quiet().mount("/", routes![bare]));
        let protected = client(quiet().attach(wrap().mount("/", routes![protected])));
        let public = client(quiet().attach(wrap().mount("/", routes![public].public())));
        let mut group = criterion.benchmark_group("Rocket");
        for (name, client, signed_in) in [
            ("bare", &bare, true),
            ("signed-in", &protected, true),
            ("bare-anonymous", &bare, false),
            ("anonymous", &public, false),
        ] {
            let headers = headers(sample, signed_in);
            let send = || {
                let request = headers.iter().fold(client.get("/profile?tab=roles"), |request, (name, value)| {
                    request.header(Header::new(*name, value.clone()))
                });
                let response = runtime.block_on(request.dispatch());
                assert_eq!(response.status().code, 200);
                black_box(&response);
            };
            group.bench_function(name, |b| b.iter(send));
        }
        group.finish();
    }
}
