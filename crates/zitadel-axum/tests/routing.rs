//! What is closed and what is open, seen by visitors nobody knows. Numbers are those of `Protected`'s rules.

mod support;

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, Request, State},
    handler::Handler as _,
    response::Response,
    routing::{any, get, post},
};
use tower::service_fn;
use zitadel_axum::{Protected, PublicExt as _, User};

use self::support::{ask, ask_with, visit, zitadel};

async fn page() -> &'static str {
    "page"
}

async fn greeting(user: Option<User>) -> &'static str {
    if user.is_some() { "member" } else { "stranger" }
}

fn protected() -> Protected {
    Protected::new(zitadel())
}

// 1

#[tokio::test]
async fn a_visitor_at_a_closed_page_is_sent_to_sign_in_and_back() {
    let app = protected().route("/profile", get(page)).into_router();
    let answer = visit(&app, "GET /profile?tab=roles").await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), "/auth/login?callbackUrl=%2Fprofile%3Ftab%3Droles");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_script_at_a_closed_page_is_told_to_sign_in() {
    let app = protected().route("/profile", get(page)).into_router();
    ask(&app, "GET /profile").await.is_challenge();
}

#[tokio::test]
async fn every_method_of_a_closed_path_is_closed() {
    let app = protected()
        .route("/get", get(page))
        .route("/any", any(page))
        .route("/own", get(page).fallback(page))
        .route("/only-own", axum::routing::MethodRouter::new().fallback(page))
        .into_router();
    for path in ["/get", "/any", "/own", "/only-own"] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&app, &format!("{method} {path}")).await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_handler_that_asks_for_nothing_is_closed_all_the_same() {
    let app = protected().route("/", get(page)).into_router();
    ask(&app, "GET /").await.is_challenge();
}

// 2

#[tokio::test]
async fn anyone_sees_a_public_page_and_the_page_knows_nobody_is_there() {
    let app = protected().route("/", get(greeting).public()).into_router();
    let answer = ask(&app, "GET /").await;
    answer.is(200, "stranger");
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_public_page_that_needs_a_user_after_all_turns_visitors_away_itself() {
    let app = protected().route("/", get(async |_: User| "member").public()).into_router();
    ask(&app, "GET /").await.is_challenge();
    assert_eq!(visit(&app, "GET /").await.status, 302);
}

#[tokio::test]
async fn a_public_page_says_405_to_other_methods() {
    let app = protected().route("/", get(page).public()).into_router();
    let answer = ask(&app, "DELETE /").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET,HEAD"));
}

// 3

#[tokio::test]
async fn one_path_can_be_public_to_read_and_closed_to_write() {
    for app in [
        protected().route("/news", get(page).public()).route("/news", post(page)),
        protected().route("/news", post(page)).route("/news", get(page).public()),
    ] {
        let app = app.into_router();
        ask(&app, "GET /news").await.is(200, "page");
        ask(&app, "HEAD /news").await.is(200, "");
        ask(&app, "POST /news").await.is_challenge();
        assert_eq!(ask(&app, "DELETE /news").await.status, 405);
    }
}

#[tokio::test]
async fn a_closed_any_beside_a_public_get_closes_the_rest() {
    let app = protected().route("/x", get(page).public()).route("/x", any(page)).into_router();
    ask(&app, "GET /x").await.is(200, "page");
    ask(&app, "POST /x").await.is_challenge();
    ask(&app, "BREW /x").await.is_challenge();
}

#[tokio::test]
async fn a_public_any_beside_a_closed_get_leaves_the_get_closed() {
    let app = protected().route("/x", any(page).public()).route("/x", get(page)).into_router();
    ask(&app, "GET /x").await.is_challenge();
    ask(&app, "HEAD /x").await.is_challenge();
    ask(&app, "POST /x").await.is(200, "page");
}

#[test]
#[should_panic = "Handler for `GET /x` already exists"]
fn a_page_that_is_both_public_and_closed_does_not_start() {
    let _ = protected().route("/x", get(page).public()).route("/x", get(page)).into_router();
}

// 4

#[tokio::test]
async fn head_is_as_open_as_get() {
    let app = protected().route("/open", get(page).public()).route("/shut", get(page)).into_router();
    ask(&app, "HEAD /open").await.is(200, "");
    let answer = ask(&app, "HEAD /shut").await;
    answer.is(401, "");
    assert_eq!(visit(&app, "HEAD /shut").await.status, 302);
}

// 5

#[tokio::test]
async fn a_nested_router_is_closed_as_a_whole() {
    let inner = Router::new().route("/", get(page)).route("/{id}", get(page)).fallback(page);
    let app = protected().nest("/api", inner).into_router();
    for path in ["/api", "/api/7", "/api/7/unknown"] {
        ask(&app, &format!("GET {path}")).await.is_challenge();
    }
    assert_eq!(ask(&app, "GET /elsewhere").await.status, 404);
}

#[tokio::test]
async fn a_nested_router_marked_public_is_open_as_a_whole() {
    let inner = Router::new().route("/{id}", get(async |Path(id): Path<String>| id)).fallback(greeting);
    let app = protected().nest("/api", inner.public()).into_router();
    ask(&app, "GET /api/7").await.is(200, "7");
    ask(&app, "GET /api/7/unknown").await.is(200, "stranger");
}

#[tokio::test]
async fn a_nested_protected_keeps_its_marks() {
    let inner = protected()
        .route("/open", get(greeting).public())
        .route("/shut", get(page))
        .nest("/deep", protected().route("/open", get(greeting).public()).route("/shut", get(page)));
    let app = protected().nest("/area", inner).into_router();
    for prefix in ["/area", "/area/deep"] {
        ask(&app, &format!("GET {prefix}/open")).await.is(200, "stranger");
        ask(&app, &format!("GET {prefix}/shut")).await.is_challenge();
        assert_eq!(ask(&app, &format!("GET {prefix}/unknown")).await.status, 404);
    }
}

#[tokio::test]
async fn someone_sent_away_from_a_nested_page_comes_back_to_the_whole_path() {
    let app = protected()
        .nest("/a", Router::new().nest("/b", Router::new().route("/c", get(page))))
        .nest("/p", protected().nest("/q", protected().route("/r", get(page))))
        .nest_service("/s", Router::new().route("/t", get(page)))
        .into_router();
    for (path, encoded) in
        [("/a/b/c?d=e", "%2Fa%2Fb%2Fc%3Fd%3De"), ("/p/q/r", "%2Fp%2Fq%2Fr"), ("/s/t?u", "%2Fs%2Ft%3Fu")]
    {
        let answer = visit(&app, &format!("GET {path}")).await;
        assert_eq!(answer.header("location"), format!("/auth/login?callbackUrl={encoded}"));
    }
}

#[tokio::test]
async fn merged_routes_are_closed_unless_marked() {
    let app = protected()
        .merge(Router::new().route("/shut", get(page)))
        .merge(Router::new().route("/open", get(greeting)).public())
        .merge(protected().route("/own-open", get(greeting).public()).route("/own-shut", get(page)))
        .into_router();
    ask(&app, "GET /open").await.is(200, "stranger");
    ask(&app, "GET /own-open").await.is(200, "stranger");
    ask(&app, "GET /shut").await.is_challenge();
    ask(&app, "GET /own-shut").await.is_challenge();
    ask(&app, "GET /unknown").await.is(404, "");
}

#[tokio::test]
async fn services_are_closed_unless_marked() {
    let service = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new("service".to_owned())));
    let app = protected()
        .route_service("/shut", service)
        .route_service("/open", service.public())
        .nest_service("/shut-tree", service)
        .nest_service("/open-tree", service.public())
        .into_router();
    ask(&app, "GET /open").await.is(200, "service");
    ask(&app, "GET /open-tree/a/b").await.is(200, "service");
    for path in ["/shut", "/shut-tree", "/shut-tree/", "/shut-tree/a/b"] {
        ask(&app, &format!("GET {path}")).await.is_challenge();
    }
}

// 6

#[tokio::test]
async fn unknown_paths_are_404_for_everyone() {
    let app = protected().route("/{page}/closed", get(page)).into_router();
    for line in ["GET /unknown", "POST /unknown", "GET /", "GET /a/b/c"] {
        ask(&app, line).await.is(404, "");
        visit(&app, line).await.is(404, "");
    }
}

#[tokio::test]
async fn a_public_fallback_answers_whatever_else_is_there() {
    let area = protected().route("/x", get(page));
    let app = protected()
        .fallback(greeting.public())
        .route("/closed", get(page))
        .merge(Router::new().route("/merged", get(page)))
        .nest("/area", area)
        .into_router();
    ask(&app, "GET /unknown").await.is(200, "stranger");
    ask(&app, "GET /area/unknown").await.is(200, "stranger");
    ask(&app, "GET /closed").await.is_challenge();
    // An application around it sees the same fallback.
    let outer = Router::new().route("/outer", get(page)).merge(app);
    ask(&outer, "GET /unknown").await.is(200, "stranger");
}

#[tokio::test]
async fn a_bare_fallback_is_closed() {
    let app = protected().fallback(page).route("/open", get(page).public()).into_router();
    ask(&app, "GET /unknown").await.is_challenge();
    ask(&app, "GET /open").await.is(200, "page");
    let app = protected().fallback_service(page.with_state(())).into_router();
    ask(&app, "GET /unknown").await.is_challenge();
    let app = protected().fallback_service(page.with_state(()).public()).into_router();
    ask(&app, "GET /unknown").await.is(200, "page");
}

#[tokio::test]
async fn a_fallback_of_a_nested_protected_is_as_open_as_it_says() {
    let app = protected()
        .nest("/open", protected().fallback(greeting.public()))
        .nest("/shut", protected().fallback(page))
        .into_router();
    ask(&app, "GET /open/unknown").await.is(200, "stranger");
    ask(&app, "GET /shut/unknown").await.is_challenge();
    ask(&app, "GET /unknown").await.is(404, "");
}

#[test]
#[should_panic = "both have a fallback"]
fn two_fallbacks_do_not_start() {
    let _ = protected().fallback(page).fallback(page.public()).into_router();
}

// 7

#[tokio::test]
async fn the_endpoints_are_there_and_open() {
    let app = protected().route("/", get(page)).into_router();
    let answer = ask(&app, "GET /auth/session").await;
    answer.is(200, "null");
    assert_eq!(ask(&app, "GET /auth/userinfo").await.status, 401);
    assert_eq!(visit(&app, "GET /auth/callback?code=x&state=y").await.status, 400);
}

#[test]
#[should_panic = "Handler for `GET /auth/callback` already exists"]
fn a_page_where_an_endpoint_is_does_not_start() {
    let _ = protected().route("/auth/callback", get(page).public()).into_router();
}

#[test]
#[should_panic = "Cannot merge two `MethodRouter`s"]
fn a_page_for_any_method_where_an_endpoint_is_does_not_start() {
    let _ = protected().route("/auth/logout", any(page)).into_router();
}

#[tokio::test]
async fn an_endpoint_answers_methods_that_nobody_named() {
    let app = protected().into_router();
    assert_eq!(ask(&app, "BREW /auth/session").await.status, 405);
}

#[tokio::test]
async fn a_sign_in_that_another_site_started_is_refused() {
    let app = protected().into_router();
    let form = ("content-type", "application/x-www-form-urlencoded");
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let answer = ask_with(&app, "POST /auth/signin/zitadel", &[form, header], "callbackUrl=%2F").await;
        assert_eq!(answer.status, 403, "{header:?}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn an_endpoint_reads_64_kibibytes_and_no_more() {
    let app = protected().into_router();
    let headers = [("sec-fetch-site", "cross-site")];
    let answer = ask_with(&app, "POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024)).await;
    assert_eq!(answer.status, 403);
    let answer = ask_with(&app, "POST /auth/signin/zitadel", &headers, "x".repeat(64 * 1024 + 1)).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn an_endpoint_waits_for_no_body_that_it_does_not_want() {
    let never = || Body::from_stream(futures_util::stream::pending::<Result<Bytes, Infallible>>());
    let app = protected().into_router();
    ask_with(&app, "GET /auth/session", &[], never()).await.is(200, "null");
    assert_eq!(ask_with(&app, "PUT /auth/session", &[], never()).await.status, 405);
}

#[tokio::test]
async fn a_nested_protected_mounts_no_second_sign_in() {
    let app = protected().nest("/area", protected().route("/x", get(page))).into_router();
    assert_eq!(ask(&app, "GET /area/auth/session").await.status, 404);
    ask(&app, "GET /auth/session").await.is(200, "null");
}

#[tokio::test]
async fn health_is_open_where_the_application_puts_it() {
    let app = protected()
        .route("/healthz", zitadel_axum::healthz().public())
        .route("/inner/healthz", zitadel_axum::healthz())
        .into_router();
    ask(&app, "GET /healthz").await.is(200, "ok");
    ask(&app, "GET /inner/healthz").await.is_challenge();
}

// State and layers

#[tokio::test]
async fn handlers_have_their_state_on_both_sides() {
    #[derive(Clone)]
    struct Name(&'static str);
    let app = Protected::new(zitadel())
        .route("/open", get(async |State(name): State<Name>| name.0).public())
        .route("/shut", get(async |State(name): State<Name>| name.0))
        .fallback((async |State(name): State<Name>| name.0).public())
        .with_state(Name("state"))
        .route("/late", get(page).public())
        .into_router();
    ask(&app, "GET /open").await.is(200, "state");
    ask(&app, "GET /unknown").await.is(200, "state");
    ask(&app, "GET /late").await.is(200, "page");
    ask(&app, "GET /shut").await.is_challenge();
}

#[tokio::test]
async fn a_layer_inside_sees_admitted_requests_only() {
    let stamp = axum::middleware::map_response(async |mut response: Response| {
        response.headers_mut().insert("x-inside", "yes".parse().unwrap());
        response
    });
    let app = protected().route("/open", get(page).public()).route("/shut", get(page)).layer(stamp).into_router();
    assert_eq!(ask(&app, "GET /open").await.header("x-inside"), "yes");
    assert_eq!(ask(&app, "GET /shut").await.header("x-inside"), "");
    assert_eq!(ask(&app, "GET /unknown").await.header("x-inside"), "yes");
}

// What nobody can forget, and what axum cannot prevent

#[tokio::test]
async fn a_plain_handler_in_the_container_is_closed_and_one_added_to_the_finished_router_is_not() {
    let app = protected().route("/forgotten", get(page)).into_router().route("/outside", get(page));
    ask(&app, "GET /forgotten").await.is_challenge();
    assert_eq!(visit(&app, "GET /forgotten").await.header("location"), "/auth/login?callbackUrl=%2Fforgotten");
    // The limit the documentation names: a `Router` tells nobody what is added to it later.
    ask(&app, "GET /outside").await.is(200, "page");
}
