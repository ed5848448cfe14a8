//! What is protected and what is public. Numbers are those of the rules in the documentation of `Protected`.

use actix_web::{
    App, HttpResponse,
    dev::{AppService, HttpServiceFactory, ResourceDef, ServiceRequest, fn_service},
    get, guard,
    middleware::NormalizePath,
    route,
    web::{self, ServiceConfig},
};
use zitadel_actix::{PublicExt as _, User};

use crate::support::{protected, serve, start};

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "user" } else { "anonymous" }
}

#[get("/secret")]
async fn secret() -> &'static str {
    "secret"
}

#[get("/public")]
async fn public_page() -> &'static str {
    "public"
}

// 1

#[actix_web::test]
async fn protected_page_redirects_a_browser_to_login_and_back() {
    let app = serve(protected().route("/profile", web::get().to(page))).await;
    let response = app.navigate("GET /profile?tab=roles").await;
    response.assert_redirect_to_login("%2Fprofile%3Ftab%3Droles");
    assert_eq!(response.values("cache-control"), ["no-store"]);
    assert_eq!(response.values("vary"), ["Cookie"]);
}

#[actix_web::test]
async fn protected_page_challenges_an_api_client() {
    serve(protected().service(secret)).await.call("GET /secret").await.assert_challenge();
}

#[actix_web::test]
async fn protected_route_denies_every_method() {
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
    let app = serve(app).await;
    for path in ["/secret", "/get", "/any", "/resource", "/all", "/own", "/configured"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get"] {
            assert_eq!(app.call(&format!("{method} {path}")).await.status, 401, "{method} {path}");
        }
    }
}

#[actix_web::test]
async fn protected_path_in_another_spelling_is_denied_or_unknown() {
    let app = serve(protected().service(secret)).await;
    for path in ["/%73ecret", "/%73%65%63%72%65%74", "/secret?x=1", "/secret#x", "http://host/secret"] {
        app.call(&format!("GET {path}")).await.assert_challenge();
    }
    for path in ["/secret/", "//secret", "/SECRET", "/secret%2F", "/%2573ecret", "/x/../secret", "/secret;x"] {
        assert_eq!(app.call(&format!("GET {path}")).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn service_that_matches_by_prefix_is_protected_unless_marked() {
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
    let app = serve(protected().service(Files)).await;
    app.call("GET /files/a/b.png").await.assert_challenge();
    app.call("GET /files").await.assert_challenge();
    serve(protected().service(Files.public())).await.call("GET /files/a").await.assert_is(200, "file");
}

// 2

#[actix_web::test]
async fn public_page_is_served_without_a_user() {
    let app = serve(protected().route("/", web::get().to(greeting).public())).await;
    let response = app.call("GET /").await;
    response.assert_is(200, "anonymous");
    assert_eq!(response.values("set-cookie"), [""; 0]);
    assert_eq!(response.header("vary"), "Cookie");
}

#[actix_web::test]
async fn public_handler_that_requires_a_user_denies_anonymous_requests() {
    let app = serve(protected().route("/", web::get().to(async |_: User| "user").public())).await;
    app.call("GET /").await.assert_challenge();
    assert_eq!(app.navigate("GET /").await.status, 302);
}

#[actix_web::test]
async fn public_resource_answers_other_methods_with_405() {
    let app = serve(protected().service(web::resource("/").route(web::get().to(page)).public())).await;
    let response = app.call("DELETE /").await;
    assert_eq!((response.status, response.header("allow")), (405, "GET"));
}

#[actix_web::test]
async fn configuration_is_protected_unless_marked() {
    fn pages(app: &mut ServiceConfig) {
        app.service(web::resource("/page").to(greeting)).app_data(7_u8);
    }
    serve(protected().configure(pages)).await.call("GET /page").await.assert_challenge();
    let app = serve(protected().service(secret).configure(pages.public())).await;
    app.call("GET /page").await.assert_is(200, "anonymous");
    app.call("GET /secret").await.assert_challenge();
}

// 3

#[actix_web::test]
async fn path_can_be_public_for_get_and_protected_for_post() {
    for app in [
        protected().route("/news", web::get().to(page).public()).route("/news", web::post().to(page)),
        protected().route("/news", web::post().to(page)).route("/news", web::get().to(page).public()),
    ] {
        let app = serve(app).await;
        app.call("GET /news").await.assert_is(200, "page");
        app.call("POST /news").await.assert_challenge();
        app.call("DELETE /news").await.assert_challenge();
    }
}

#[actix_web::test]
async fn public_path_is_preferred_to_a_protected_one_that_overlaps() {
    let public = web::get().to(async |name: web::Path<String>| format!("public {name}"));
    let app = serve(protected().service(secret).route("/{name}", public.public())).await;
    app.call("GET /secret").await.assert_is(200, "public secret");
    let app = serve(protected().route("/{name}", web::get().to(page)).service(public_page.public())).await;
    app.call("GET /public").await.assert_is(200, "public");
    app.call("GET /other").await.assert_challenge();
}

// 4

#[actix_web::test]
async fn head_requires_what_the_route_that_names_it_requires() {
    #[route("/both", method = "GET", method = "HEAD")]
    async fn both() -> &'static str {
        "both"
    }
    #[route("/protected", method = "GET", method = "HEAD")]
    async fn protected_page() -> &'static str {
        "protected"
    }
    let app = serve(protected().service(both.public()).service(protected_page).service(public_page.public())).await;
    assert_eq!(app.call("HEAD /both").await.status, 200);
    assert_eq!(app.call("HEAD /protected").await.status, 401);
    assert_eq!(app.navigate("HEAD /protected").await.status, 302);
    assert_eq!(app.call("HEAD /public").await.status, 401, "no public route names it");
}

// 5

#[actix_web::test]
async fn scope_is_protected_as_a_whole_unless_marked() {
    let scope = || {
        web::scope("/api")
            .route("", web::get().to(page))
            .service(web::scope("/deep").route("/{id}", web::get().to(page)))
    };
    let app = serve(protected().service(scope())).await;
    for path in ["/api", "/api/deep/7", "/api/de%65p/7"] {
        app.call(&format!("GET {path}")).await.assert_challenge();
    }
    assert_eq!(app.call("GET /unknown").await.status, 404);
    let app = serve(protected().service(secret).service(scope().public())).await;
    app.call("GET /api/deep/7").await.assert_is(200, "page");
    app.call("GET /secret").await.assert_challenge();
}

#[actix_web::test]
async fn nested_protected_is_protected_unless_marked_and_keeps_its_marks() {
    let inner = || protected().service(public_page.public()).service(secret);
    let app = serve(protected().service(web::scope("/area").service(inner()))).await;
    app.call("GET /area/public").await.assert_challenge();
    app.call("GET /area/secret").await.assert_challenge();
    for app in [
        serve(protected().service(web::scope("/area").service(inner()).public())).await,
        serve(web::scope("/area").service(inner())).await,
    ] {
        app.call("GET /area/public").await.assert_is(200, "public");
        app.call("GET /area/secret").await.assert_challenge();
        assert_eq!(app.call("GET /area/unknown").await.status, 404);
        app.navigate("GET /area/secret?x").await.assert_redirect_to_login("%2Farea%2Fsecret%3Fx");
    }
}

#[actix_web::test]
async fn path_that_is_normalized_before_a_nested_protected_is_known_there() {
    let inner = protected().service(public_page.public()).service(secret);
    let area = web::scope("/area").wrap(NormalizePath::trim()).service(inner);
    let app = serve(protected().service(area.public())).await;
    app.call("GET /area/public/").await.assert_is(200, "public");
    for path in ["/area/secret", "/area/secret/", "/area//secret"] {
        app.call(&format!("GET {path}")).await.assert_challenge();
    }
    assert_eq!(app.call("GET /area/unknown/").await.status, 404);
}

#[actix_web::test]
async fn scopes_of_one_prefix_with_a_guard_hide_pages_and_open_none() {
    let guarded = |path: &str| web::scope(path).guard(guard::Host("other.example")).service(public_page);
    let app = serve(protected().service(guarded("/t")).service(web::scope("/t").service(secret))).await;
    assert_eq!(app.call("GET /t/secret").await.status, 404);
    let app = start(App::new().service(guarded("")).service(protected().service(secret))).await;
    assert_eq!(app.call("GET /secret").await.status, 404);
    let public = web::scope("/t").service(public_page).public();
    let app = serve(protected().service(public).service(web::scope("/t").service(secret))).await;
    assert_eq!(app.call("GET /t/secret").await.status, 404);
}

#[actix_web::test]
async fn default_service_of_a_protected_scope_is_404_without_a_user() {
    let app = protected()
        .service(web::scope("/d").route("/page", web::get().to(page)).default_service(web::to(page)))
        .configure(|app: &mut ServiceConfig| {
            app.default_service(web::to(page));
        });
    let app = serve(app).await;
    for path in ["/d/x", "/d", "/x"] {
        assert_eq!(app.call(&format!("GET {path}")).await.status, 404, "{path}");
    }
    app.call("GET /d/page").await.assert_challenge();
}

// 6

#[actix_web::test]
async fn unknown_path_is_404_without_authentication() {
    let app = serve(protected().route("/{page}/protected", web::get().to(page))).await;
    for line in ["GET /unknown", "POST /unknown", "GET /", "GET /a/b/c", "BREW /%75nknown"] {
        app.call(line).await.assert_is(404, "");
        app.navigate(line).await.assert_is(404, "");
    }
}

#[actix_web::test]
async fn default_service_of_the_application_answers_unknown_paths() {
    async fn not_found(user: Option<User>) -> HttpResponse {
        HttpResponse::NotFound().body(if user.is_some() { "user" } else { "no such page" })
    }
    let app = protected().service(secret).service(web::scope("/area").service(public_page).public());
    let app = start(App::new().service(app).default_service(web::to(not_found))).await;
    app.call("GET /unknown").await.assert_is(404, "no such page");
    app.call("GET /area/unknown").await.assert_is(404, "no such page");
    app.call("GET /secret").await.assert_challenge();
}

#[actix_web::test]
async fn service_registered_after_a_protected_is_404() {
    let app = start(App::new().service(public_page).service(protected()).service(secret)).await;
    app.call("GET /public").await.assert_is(200, "public");
    assert_eq!(app.call("GET /secret").await.status, 404);
}

// 7

#[actix_web::test]
async fn endpoints_are_mounted_and_public() {
    let app = serve(protected().service(secret)).await;
    app.call("GET /auth/session").await.assert_is(200, "null");
    app.call("GET /auth/se%73sion").await.assert_is(200, "null");
    assert_eq!(app.call("GET /auth/userinfo").await.status, 401);
    assert_eq!(app.call("GET /auth/session/").await.status, 404);
    let response = app.call("BREW /auth/session").await;
    assert_eq!((response.status, response.header("allow")), (405, "GET, HEAD"));
    assert_eq!(app.navigate("GET /auth/callback?code=x&state=y").await.status, 400);
    assert_eq!(app.navigate("HEAD /auth/callback?code=x&state=y").await.status, 405);
}

#[actix_web::test]
async fn endpoint_is_preferred_to_everything_in_the_protected() {
    let everything = |app: &mut ServiceConfig| {
        app.service(web::resource("/{path}*").to(page)).default_service(web::to(page));
    };
    for app in [protected().configure(everything), protected().configure(everything.public())] {
        serve(app).await.call("GET /auth/session").await.assert_is(200, "null");
    }
}

#[actix_web::test]
async fn endpoint_keeps_its_path_in_a_protected_with_a_prefix() {
    let app = serve(web::scope("/area").service(protected().service(secret))).await;
    assert_eq!(app.call("GET /area/auth/session").await.status, 404);
    assert_eq!(app.call("GET /auth/session").await.status, 404, "documented: requests for it do not reach the scope");
}

#[actix_web::test]
async fn healthz_is_public_only_if_marked() {
    let app = protected()
        .route("/healthz", zitadel_actix::healthz().public())
        .route("/inner/healthz", zitadel_actix::healthz())
        .service(web::resource("/resource").route(zitadel_actix::healthz()).public());
    let app = serve(app).await;
    for path in ["/healthz", "/resource"] {
        app.call(&format!("GET {path}")).await.assert_is(200, "ok");
        assert_eq!(app.call(&format!("HEAD {path}")).await.status, 200);
    }
    assert_eq!(app.call("POST /resource").await.status, 405);
    app.call("GET /inner/healthz").await.assert_challenge();
}

// Data

#[actix_web::test]
async fn handlers_have_their_data_whether_public_or_protected() {
    async fn name(name: web::Data<&'static str>) -> &'static str {
        name.get_ref()
    }
    let site = protected().route("/public", web::get().to(name).public());
    let app = start(App::new().app_data(web::Data::new("data")).service(site)).await;
    app.call("GET /public").await.assert_is(200, "data");
    let bring = |app: &mut ServiceConfig| {
        app.app_data(web::Data::new("data"));
    };
    for (configured, status) in [(protected().configure(bring.public()), 200), (protected().configure(bring), 500)] {
        let app = serve(configured.route("/public", web::get().to(name).public())).await;
        assert_eq!(app.call("GET /public").await.status, status);
    }
}
