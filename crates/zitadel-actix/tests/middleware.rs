//! The middleware by themselves, for applications that do not use `Protected`.

mod support;

use actix_web::{
    App, Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    error::{self, PayloadError},
    http::StatusCode,
    middleware::{self, Next, from_fn},
    web::{self, Bytes},
};
use futures_util::stream;
use zitadel_actix::{
    Protected, PublicExt as _, Role, RoleKey, User, authenticate, endpoints, guard, require_role, require_user,
};

use self::support::{GARBAGE, Site, protected, serving, start, zitadel};

struct Admin;

impl RoleKey for Admin {
    const KEY: &'static str = "admin";
}

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "member" } else { "stranger" }
}

async fn user(_: User) -> &'static str {
    "member"
}

async fn admin(_: Role<Admin>) -> &'static str {
    "admin"
}

async fn closes(app: &Site, paths: &[&str]) {
    for path in paths {
        app.ask(&format!("GET {path}")).await.is_challenge();
        let location = format!("/auth/login?callbackUrl={}", path.replace('/', "%2F"));
        assert_eq!(app.visit(&format!("GET {path}")).await.header("location"), location);
    }
}

#[actix_web::test]
async fn around_the_app_they_close_what_they_cover_and_bring_the_endpoints() {
    let app = App::new()
        .service(web::scope("/shut").wrap(require_user()).route("/page", web::get().to(page)))
        .service(web::resource("/role").wrap(require_role("admin")).to(page))
        .route("/open", web::get().to(greeting))
        .route("/user", web::get().to(user))
        .route("/admin", web::get().to(admin))
        .wrap(authenticate(zitadel()));
    let app = start(app).await;
    app.ask("GET /open").await.is(200, "stranger");
    closes(&app, &["/shut/page", "/role", "/user", "/admin"]).await;
    assert_eq!(app.ask("GET /shut/unknown").await.status, 401);
    app.ask("GET /auth/session").await.is(200, "null");
    assert_eq!(app.ask("GET /unknown").await.status, 404);
}

#[actix_web::test]
async fn around_a_scope_or_a_resource_they_work_with_endpoints_beside() {
    let zitadel = zitadel();
    let app = App::new()
        .configure(endpoints(&zitadel))
        .service(
            web::scope("/area")
                .wrap(require_user())
                .wrap(authenticate(zitadel.clone()))
                .route("/page", web::get().to(page)),
        )
        .service(web::resource("/one").wrap(require_user()).wrap(authenticate(zitadel.clone())).to(page));
    let app = start(app).await;
    closes(&app, &["/area/page", "/one"]).await;
    for path in ["/auth/session", "/auth/se%73sion"] {
        app.ask(&format!("GET {path}")).await.is(200, "null");
    }
    let answer = app.ask("BREW /auth/logout").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST, GET, HEAD"));
    let answer = app.ask_with("POST /auth/signin/zitadel", &[], "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(answer.status, 413);
}

#[actix_web::test]
async fn closing_the_whole_app_locks_nobody_out_of_signing_in() {
    let app =
        start(App::new().wrap(require_user()).wrap(authenticate(zitadel())).route("/", web::get().to(page))).await;
    closes(&app, &["/", "/unknown"]).await;
    app.ask("GET /auth/session").await.is(200, "null");
    app.ask("GET /auth/s%65ssion").await.is(200, "null");
    assert_eq!(app.visit("GET /auth/callback").await.status, 400);
}

#[actix_web::test]
async fn without_authenticate_doors_stay_shut_and_nothing_panics() {
    let app = App::new()
        .service(web::scope("/shut").wrap(require_user()).route("/page", web::get().to(page)))
        .service(web::resource("/role").wrap(require_role("admin")).to(page))
        .service(web::resource("/turned").wrap(authenticate(zitadel())).wrap(require_user()).to(page))
        .route("/user", web::get().to(user))
        .route("/admin", web::get().to(admin))
        .route("/open", web::get().to(greeting))
        .route("/guarded", web::get().guard(guard::signed_in()).to(page));
    let app = start(app).await;
    for path in ["/shut/page", "/shut/unknown", "/role", "/turned", "/user", "/admin"] {
        let answer = app.ask(&format!("GET {path}")).await;
        assert_eq!(answer.status, 500, "{path}");
        assert!(!answer.body.contains("authenticate"), "advice belongs into the log");
    }
    app.ask("GET /open").await.is(200, "stranger");
    assert_eq!(app.ask("GET /guarded").await.status, 404);
}

#[actix_web::test]
async fn guards_choose_a_page_and_protect_none() {
    let app = protected()
        .service(
            web::resource("/")
                .route(web::get().guard(guard::has_role("admin")).to(async || "admin"))
                .route(web::get().guard(guard::signed_in()).to(async || "dashboard"))
                .route(web::get().to(async || "landing"))
                .public(),
        )
        .service(web::scope("/staff").guard(guard::has_role("staff")).route("", web::get().to(page)).public())
        .route("/route", web::get().guard(guard::signed_in()).to(page).public())
        .service(web::resource("/inside").route(web::get().guard(guard::signed_in()).to(page)).public())
        .service(web::scope("/deep").route("/inside", web::get().guard(guard::signed_in()).to(page)).public());
    let app = serving(app).await;
    app.ask("GET /").await.is(200, "landing");
    for path in ["/staff", "/route"] {
        app.ask(&format!("GET {path}")).await.is_challenge();
    }
    assert_eq!(app.ask("GET /inside").await.status, 405);
    assert_eq!(app.ask("GET /deep/inside").await.status, 404);
    let app = App::new().route("/", web::get().guard(guard::signed_in()).to(page)).wrap(authenticate(zitadel()));
    assert_eq!(start(app).await.ask("GET /").await.status, 404);
}

// Cookies, once each, on every path

#[actix_web::test]
async fn cookies_are_on_every_answer() {
    async fn fails() -> Result<&'static str, Error> {
        Err(error::ErrorImATeapot("tea"))
    }
    async fn streams() -> HttpResponse {
        let chunks = ["one ", "two"].map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes())));
        HttpResponse::Ok().streaming(stream::iter(chunks))
    }
    async fn early(request: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Ok(request.into_response(HttpResponse::Accepted().finish()))
    }
    async fn broken(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Err(error::ErrorBadGateway("broken"))
    }
    async fn own_cookie() -> HttpResponse {
        HttpResponse::Ok().append_header(("set-cookie", "a=1")).append_header(("set-cookie", "b=2")).finish()
    }
    let app = || {
        protected()
            .route("/closed", web::get().to(page))
            .route("/open", web::get().to(page).public())
            .route("/fails", web::get().to(fails).public())
            .route("/extractor", web::get().to(async |_: web::Path<u8>| "").public())
            .route("/user", web::get().to(user).public())
            .route("/streams", web::get().to(streams).public())
            .route("/own", web::get().to(own_cookie).public())
            .service(web::resource("/early").wrap(from_fn(early)).to(page).public())
            .service(web::resource("/broken").wrap(from_fn(broken)).to(page).public())
    };
    let twice = zitadel();
    let sites = [
        serving(app()).await,
        start(App::new().service(app()).wrap(authenticate(zitadel()))).await,
        start(App::new().service(Protected::new(twice.clone()).service(app().public())).wrap(authenticate(twice)))
            .await,
    ];
    for (site, lines) in sites.iter().zip([1, 2, 2]) {
        for (path, status, body, own) in [
            ("/open", 200, "page", 0),
            ("/fails", 418, "tea", 0),
            ("/streams", 200, "one two", 0),
            ("/early", 202, "", 0),
            ("/broken", 502, "broken", 0),
            ("/own", 200, "", 2),
            ("/unknown", 404, "", 0),
        ] {
            let answer = site.ask_with(&format!("GET {path}"), &[GARBAGE], "").await;
            answer.is(status, body);
            assert_eq!(answer.cookies(), lines + own, "{path}");
            assert_eq!(answer.headers.get_all("vary").count(), 1, "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        for path in ["/closed", "/user"] {
            let answer = site.ask_with(&format!("GET {path}"), &[GARBAGE], "").await;
            answer.is_challenge();
            assert_eq!(answer.cookies(), lines, "{path}");
        }
        assert_eq!(site.ask_with("GET /extractor", &[GARBAGE], "").await.cookies(), lines);
    }
}

#[actix_web::test]
async fn middleware_further_out_sees_the_error_as_it_was_and_may_word_it_twice() {
    async fn broken(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
        Err(PayloadError::Overflow.into())
    }
    async fn looks(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let outcome = next.call(request).await;
        let error = outcome.as_ref().err();
        assert!(error.is_some_and(|error| matches!(error.as_error(), Some(PayloadError::Overflow))));
        assert_eq!(error.map(Error::error_response).map(|answer| answer.status()), Some(StatusCode::PAYLOAD_TOO_LARGE));
        outcome
    }
    let app = App::new()
        .route("/", web::get().to(page))
        .wrap(from_fn(broken))
        .wrap(authenticate(zitadel()))
        .wrap(from_fn(looks));
    let answer = start(app).await.ask_with("GET /", &[GARBAGE], "").await;
    answer.is(413, &PayloadError::Overflow.to_string());
    assert_eq!((answer.cookies(), answer.header("cache-control")), (1, "no-store"));
}

#[actix_web::test]
async fn an_endpoint_deletes_a_cookie_once_wherever_it_is_mounted() {
    let zitadel = zitadel();
    let sites = [
        serving(Protected::new(zitadel.clone())).await,
        start(App::new().wrap(authenticate(zitadel.clone()))).await,
        start(App::new().configure(endpoints(&zitadel))).await,
        start(App::new().configure(endpoints(&zitadel)).wrap(authenticate(zitadel.clone()))).await,
        start(App::new().service(Protected::new(zitadel.clone())).wrap(authenticate(zitadel.clone()))).await,
        // Here only the endpoint's resource knows that the path is its own.
        start(
            App::new()
                .configure(endpoints(&zitadel))
                .wrap(middleware::NormalizePath::trim())
                .wrap(authenticate(zitadel.clone())),
        )
        .await,
        // And here only the `authenticate` of the inside.
        start(
            App::new()
                .service(Protected::new(zitadel.clone()))
                .wrap(middleware::NormalizePath::trim())
                .wrap(authenticate(zitadel.clone())),
        )
        .await,
    ];
    for (number, site) in sites.iter().enumerate() {
        for path in ["/auth/session", "/auth/s%65ssion", "/auth/session/"] {
            let answer = site.ask_with(&format!("GET {path}"), &[GARBAGE], "").await;
            if path.ends_with('/') && number < 5 {
                assert_eq!(answer.status, 404, "{number} {path}");
                continue;
            }
            answer.is(200, "null");
            assert_eq!(answer.headers.get_all("vary").count(), 1, "{number} {path}");
            assert_eq!(answer.cookies(), 1, "{number} {path}");
        }
    }
}
