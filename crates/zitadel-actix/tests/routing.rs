//! What is closed and what is open, seen by visitors nobody knows. Numbers are those of `Protected`'s rules.

mod support;

use actix_web::{
    App, HttpResponse,
    dev::{AppService, HttpServiceFactory, ResourceDef, ServiceRequest, fn_service},
    get, guard,
    middleware::NormalizePath,
    route,
    web::{self, ServiceConfig},
};
use zitadel_actix::{Protected, PublicExt as _, User};

use self::support::{protected, serving, start};

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "member" } else { "stranger" }
}

#[get("/secret")]
async fn secret() -> &'static str {
    "secret"
}

#[get("/open")]
async fn open() -> &'static str {
    "open"
}

// 1

#[actix_web::test]
async fn a_visitor_at_a_closed_page_is_sent_to_sign_in_and_back() {
    let app = serving(protected().route("/profile", web::get().to(page))).await;
    let answer = app.visit("GET /profile?tab=roles").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), "/auth/login?callbackUrl=%2Fprofile%3Ftab%3Droles");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_script_at_a_closed_page_is_told_to_sign_in() {
    serving(protected().service(secret)).await.ask("GET /secret").await.is_challenge();
}

#[actix_web::test]
async fn every_method_of_a_closed_path_is_closed() {
    let app = protected()
        .service(secret)
        .route("/get", web::get().to(page))
        .route("/any", web::route().to(page))
        .service(web::resource("/resource").route(web::get().to(page)))
        .service(web::resource("/all").to(page))
        .service(web::resource("/own").default_service(web::to(page)))
        .configure(|app: &mut ServiceConfig| {
            app.route("/configured", web::get().to(page));
        });
    let app = serving(app).await;
    for path in ["/secret", "/get", "/any", "/resource", "/all", "/own", "/configured"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
            assert_eq!(app.ask(&format!("{method} {path}")).await.status, 401, "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn a_handler_that_asks_for_nothing_is_closed_all_the_same() {
    serving(protected().route("/", web::get().to(page))).await.ask("GET /").await.is_challenge();
}

#[actix_web::test]
async fn writing_a_closed_path_in_another_way_opens_nothing() {
    let app = serving(protected().service(secret)).await;
    for path in ["/%73ecret", "/%73%65%63%72%65%74", "/secret?x=1", "/secret#x", "http://host/secret"] {
        app.ask(&format!("GET {path}")).await.is_challenge();
    }
    for path in ["/secret/", "//secret", "/SECRET", "/secret%2F", "/%2573ecret", "/x/../secret", "/secret;x"] {
        assert_eq!(app.ask(&format!("GET {path}")).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn a_service_that_matches_by_prefix_is_closed() {
    /// As `actix_files::Files` registers itself.
    struct Files;
    impl HttpServiceFactory for Files {
        fn register(self, app: &mut AppService) {
            let files = fn_service(async |request: ServiceRequest| {
                Ok::<_, actix_web::Error>(request.into_response(HttpResponse::Ok().body("file")))
            });
            app.register_service(ResourceDef::root_prefix("/files"), None, files, None);
        }
    }
    let app = serving(protected().service(Files)).await;
    app.ask("GET /files/a/b.png").await.is_challenge();
    app.ask("GET /files").await.is_challenge();
    serving(protected().service(Files.public())).await.ask("GET /files/a").await.is(200, "file");
}

// 2

#[actix_web::test]
async fn anyone_sees_a_public_page_and_the_page_knows_nobody_is_there() {
    let app = serving(protected().route("/", web::get().to(greeting).public())).await;
    let answer = app.ask("GET /").await;
    answer.is(200, "stranger");
    assert_eq!(answer.cookies(), 0);
    assert_eq!(answer.header("vary"), "Cookie");
}

#[actix_web::test]
async fn a_public_page_that_needs_a_user_after_all_turns_visitors_away_itself() {
    let app = serving(protected().route("/", web::get().to(async |_: User| "member").public())).await;
    app.ask("GET /").await.is_challenge();
    assert_eq!(app.visit("GET /").await.status, 302);
}

#[actix_web::test]
async fn a_public_resource_says_405_to_other_methods() {
    let app = serving(protected().service(web::resource("/").route(web::get().to(page)).public())).await;
    let answer = app.ask("DELETE /").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET"));
}

#[actix_web::test]
async fn a_configuration_is_closed_unless_marked() {
    fn pages(app: &mut ServiceConfig) {
        app.service(web::resource("/page").to(greeting)).app_data(7_u8);
    }
    serving(protected().configure(pages)).await.ask("GET /page").await.is_challenge();
    let app = serving(protected().service(secret).configure(pages.public())).await;
    app.ask("GET /page").await.is(200, "stranger");
    app.ask("GET /secret").await.is_challenge();
}

// 3

#[actix_web::test]
async fn one_path_can_be_public_to_read_and_closed_to_write() {
    for app in [
        protected().route("/news", web::get().to(page).public()).route("/news", web::post().to(page)),
        protected().route("/news", web::post().to(page)).route("/news", web::get().to(page).public()),
    ] {
        let app = serving(app).await;
        app.ask("GET /news").await.is(200, "page");
        app.ask("POST /news").await.is_challenge();
        app.ask("DELETE /news").await.is_challenge();
    }
}

#[actix_web::test]
async fn where_a_public_and_a_closed_path_overlap_the_public_one_answers() {
    let public = web::get().to(async |name: web::Path<String>| format!("public {name}"));
    let app = serving(protected().service(secret).route("/{name}", public.public())).await;
    app.ask("GET /secret").await.is(200, "public secret");
    let app = serving(protected().route("/{name}", web::get().to(page)).service(open.public())).await;
    app.ask("GET /open").await.is(200, "open");
    app.ask("GET /other").await.is_challenge();
}

// 4

#[actix_web::test]
async fn head_is_as_open_as_the_route_that_names_it() {
    #[route("/both", method = "GET", method = "HEAD")]
    async fn both() -> &'static str {
        "both"
    }
    #[route("/shut", method = "GET", method = "HEAD")]
    async fn shut() -> &'static str {
        "shut"
    }
    let app = serving(protected().service(both.public()).service(shut).service(open.public())).await;
    assert_eq!(app.ask("HEAD /both").await.status, 200);
    assert_eq!(app.ask("HEAD /shut").await.status, 401);
    assert_eq!(app.visit("HEAD /shut").await.status, 302);
    assert_eq!(app.ask("HEAD /open").await.status, 401, "no public route names it");
}

// 5

#[actix_web::test]
async fn a_scope_is_closed_as_a_whole_unless_marked() {
    let scope = || {
        web::scope("/api")
            .route("", web::get().to(page))
            .service(web::scope("/deep").route("/{id}", web::get().to(page)))
    };
    let app = serving(protected().service(scope())).await;
    for path in ["/api", "/api/deep/7", "/api/de%65p/7"] {
        app.ask(&format!("GET {path}")).await.is_challenge();
    }
    assert_eq!(app.ask("GET /elsewhere").await.status, 404);
    let app = serving(protected().service(secret).service(scope().public())).await;
    app.ask("GET /api/deep/7").await.is(200, "page");
    app.ask("GET /secret").await.is_challenge();
}

#[actix_web::test]
async fn a_protected_inside_another_is_closed_unless_marked_and_keeps_its_marks() {
    let inner = || protected().service(open.public()).service(secret);
    let app = serving(protected().service(web::scope("/area").service(inner()))).await;
    app.ask("GET /area/open").await.is_challenge();
    app.ask("GET /area/secret").await.is_challenge();
    for app in [
        serving(protected().service(web::scope("/area").service(inner()).public())).await,
        serving(web::scope("/area").service(inner())).await,
    ] {
        app.ask("GET /area/open").await.is(200, "open");
        app.ask("GET /area/secret").await.is_challenge();
        assert_eq!(app.ask("GET /area/unknown").await.status, 404);
        assert_eq!(
            app.visit("GET /area/secret?x").await.header("location"),
            "/auth/login?callbackUrl=%2Farea%2Fsecret%3Fx"
        );
    }
}

#[actix_web::test]
async fn a_path_that_is_tidied_up_on_its_way_to_an_inner_protected_is_known_there() {
    let inner = protected().service(open.public()).service(secret);
    let area = web::scope("/area").wrap(NormalizePath::trim()).service(inner);
    let app = serving(protected().service(area.public())).await;
    app.ask("GET /area/open/").await.is(200, "open");
    for path in ["/area/secret", "/area/secret/", "/area//secret"] {
        app.ask(&format!("GET {path}")).await.is_challenge();
    }
    assert_eq!(app.ask("GET /area/unknown/").await.status, 404);
}

#[actix_web::test]
async fn scopes_of_one_prefix_chosen_by_a_guard_hide_pages_and_open_none() {
    let elsewhere = |path: &str| web::scope(path).guard(guard::Host("other.example")).service(open);
    let app = serving(protected().service(elsewhere("/t")).service(web::scope("/t").service(secret))).await;
    assert_eq!(app.ask("GET /t/secret").await.status, 404);
    let app = start(App::new().service(elsewhere("")).service(protected().service(secret))).await;
    assert_eq!(app.ask("GET /secret").await.status, 404);
    let public = web::scope("/t").service(open).public();
    let app = serving(protected().service(public).service(web::scope("/t").service(secret))).await;
    assert_eq!(app.ask("GET /t/secret").await.status, 404);
}

#[actix_web::test]
async fn a_closed_scopes_default_service_is_nobodys_way_in() {
    let app = protected()
        .service(web::scope("/d").route("/page", web::get().to(page)).default_service(web::to(page)))
        .configure(|app: &mut ServiceConfig| {
            app.default_service(web::to(page));
        });
    let app = serving(app).await;
    for path in ["/d/x", "/d", "/x"] {
        assert_eq!(app.ask(&format!("GET {path}")).await.status, 404, "{path}");
    }
    app.ask("GET /d/page").await.is_challenge();
}

// 6

#[actix_web::test]
async fn unknown_paths_are_404_for_everyone() {
    let app = serving(protected().route("/{page}/closed", web::get().to(page))).await;
    for line in ["GET /unknown", "POST /unknown", "GET /", "GET /a/b/c", "BREW /%75nknown"] {
        app.ask(line).await.is(404, "");
        app.visit(line).await.is(404, "");
    }
}

#[actix_web::test]
async fn the_applications_own_404_page_answers_for_unknown_paths() {
    async fn not_found(user: Option<User>) -> HttpResponse {
        HttpResponse::NotFound().body(if user.is_some() { "member" } else { "no such page, stranger" })
    }
    let app = protected().service(secret).service(web::scope("/area").service(open).public());
    let app = start(App::new().service(app).default_service(web::to(not_found))).await;
    app.ask("GET /unknown").await.is(404, "no such page, stranger");
    app.ask("GET /area/unknown").await.is(404, "no such page, stranger");
    app.ask("GET /secret").await.is_challenge();
}

#[actix_web::test]
async fn what_is_registered_after_it_is_swallowed_and_what_comes_before_is_not() {
    let app = start(App::new().service(open).service(protected()).service(secret)).await;
    app.ask("GET /open").await.is(200, "open");
    assert_eq!(app.ask("GET /secret").await.status, 404);
}

// 7

#[actix_web::test]
async fn the_endpoints_are_there_and_open() {
    let app = serving(protected().service(secret)).await;
    app.ask("GET /auth/session").await.is(200, "null");
    app.ask("GET /auth/se%73sion").await.is(200, "null");
    assert_eq!(app.ask("GET /auth/userinfo").await.status, 401);
    assert_eq!(app.ask("GET /auth/session/").await.status, 404);
    let answer = app.ask("BREW /auth/session").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET, HEAD"));
    assert_eq!(app.visit("GET /auth/callback?code=x&state=y").await.status, 400);
    assert_eq!(app.visit("HEAD /auth/callback?code=x&state=y").await.status, 405);
}

#[actix_web::test]
async fn nothing_filed_in_it_hides_an_endpoint() {
    let everything = |app: &mut ServiceConfig| {
        app.service(web::resource("/{path}*").to(page)).default_service(web::to(page));
    };
    for app in [protected().configure(everything), protected().configure(everything.public())] {
        serving(app).await.ask("GET /auth/session").await.is(200, "null");
    }
}

#[actix_web::test]
async fn a_sign_in_that_another_site_started_is_refused() {
    let app = serving(protected()).await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let answer = app.ask_with("POST /auth/signin/zitadel", &[form, header], "callbackUrl=%2F").await;
        assert_eq!(answer.status, 403, "{header:?}");
        assert_eq!(answer.cookies(), 0);
    }
}

#[actix_web::test]
async fn an_endpoint_reads_64_kibibytes_and_no_more() {
    let app = serving(protected()).await;
    let headers = [("sec-fetch-site", "cross-site")];
    let answer = app.ask_with("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024)).await;
    assert_eq!(answer.status, 403);
    let answer = app.ask_with("POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(answer.status, 413);
}

#[actix_web::test]
async fn an_endpoint_keeps_its_place_when_the_protected_moves() {
    let app = serving(web::scope("/area").service(protected().service(secret))).await;
    assert_eq!(app.ask("GET /area/auth/session").await.status, 404);
    assert_eq!(app.ask("GET /auth/session").await.status, 404, "documented: it is not seen from in there");
}

#[actix_web::test]
async fn health_is_open_where_the_application_puts_it() {
    let app = protected()
        .route("/healthz", zitadel_actix::healthz().public())
        .route("/inner/healthz", zitadel_actix::healthz())
        .service(web::resource("/resource").route(zitadel_actix::healthz()).public());
    let app = serving(app).await;
    for path in ["/healthz", "/resource"] {
        app.ask(&format!("GET {path}")).await.is(200, "ok");
        assert_eq!(app.ask(&format!("HEAD {path}")).await.status, 200);
    }
    assert_eq!(app.ask("POST /resource").await.status, 405);
    app.ask("GET /inner/healthz").await.is_challenge();
}

// Data

#[actix_web::test]
async fn handlers_have_the_applications_data_on_both_sides() {
    async fn name(name: web::Data<&'static str>) -> &'static str {
        name.get_ref()
    }
    let site: Protected = protected().route("/open", web::get().to(name).public());
    let app = start(App::new().app_data(web::Data::new("data")).service(site)).await;
    app.ask("GET /open").await.is(200, "data");
    let bring = |app: &mut ServiceConfig| {
        app.app_data(web::Data::new("data"));
    };
    for (configured, status) in [(protected().configure(bring.public()), 200), (protected().configure(bring), 500)] {
        let app = serving(configured.route("/open", web::get().to(name).public())).await;
        assert_eq!(app.ask("GET /open").await.status, status);
    }
}
