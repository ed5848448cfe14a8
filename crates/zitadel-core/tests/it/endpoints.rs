//! The engine's own endpoints: methods, bodies, paths, the session as JSON, readiness.

use zitadel_core::{
    Config, Endpoint, LoginOptions, MAX_FORM_BYTES, Pages, Requirement, Zitadel, environment::TransportError,
};

use crate::support::{App, assert_page, authorize, json};

#[tokio::test]
async fn endpoint_rejects_other_methods_and_names_its_own() {
    let app = App::new();
    for (endpoint, path) in app.zitadel.endpoints() {
        let own = match endpoint {
            Endpoint::Login | Endpoint::StepUp | Endpoint::Callback | Endpoint::LogoutCallback => "GET",
            Endpoint::LoginPost | Endpoint::BackChannelLogout => "POST",
            Endpoint::Logout => "POST, GET, HEAD",
            _ => "GET, HEAD",
        };
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let mut browser = app.browser();
            let head = browser.navigation(method, path);
            let reply = browser.serve(endpoint, &head, "").await;
            if own.split(", ").any(|known| known == method) {
                assert_ne!(reply.status, 405, "{method} {path}");
            } else {
                assert_page(&reply, 405, "Method not allowed");
                assert_eq!(reply.header("allow"), Some(own), "{method} {path}");
                assert!(browser.cookies.is_empty(), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn body_that_is_too_large_or_breaks_off_is_413() {
    assert_eq!(MAX_FORM_BYTES, 64 * 1024);
    let app = App::new();
    let browser = app.browser();
    let head = browser.navigation("POST", "/auth/signin/zitadel");
    let reply = app.zitadel.serve(Endpoint::LoginPost, &head, async { None::<&str> }).await;
    assert_page(&reply, 413, "Request too large");
    assert!(reply.header("set-cookie").is_none());
}

#[tokio::test]
async fn session_endpoint_returns_user_roles_and_times_without_tokens() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let reply = browser.session().await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let session = json(&reply, 200);
    assert_eq!(session["user"]["name"], "Alice Anderson");
    assert_eq!(session["user"]["email"], "alice@example.com");
    assert_eq!(session["user"]["email_verified"], true);
    assert_eq!(session["user"]["organisation"]["name"], "Acme");
    assert!(session["roles"]["admin"].is_object(), "{session}");
    let at = |name: &str| session[name].as_u64().unwrap();
    assert!(at("started_at") < at("idle_expires_at") && at("idle_expires_at") <= at("expires_at"));
    assert!(!reply.body.contains("token"), "{}", reply.body);
}

#[tokio::test]
async fn session_endpoint_without_a_session_returns_null() {
    let reply = App::new().browser().session().await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(json(&reply, 200).is_null());
}

#[test]
fn endpoint_is_matched_by_its_exact_path() {
    let zitadel = App::new().zitadel;
    for (endpoint, path) in zitadel.endpoints() {
        assert_eq!(zitadel.match_endpoint(path), Some(endpoint));
        assert_eq!(zitadel.match_endpoint(&format!("{path}/")), None);
        assert_eq!(zitadel.match_endpoint(&path.to_uppercase()), None);
    }
    assert_eq!(zitadel.match_endpoint("/profile"), None);
}

#[test]
fn page_of_the_application_replaces_the_endpoint_at_its_path_only() {
    let app = App::new();
    let with = |pages| app.builder().pages(pages).build().unwrap();
    let moved = with(Pages::new().login_path("/welcome").logged_out_path("/"));
    assert_eq!(moved.match_endpoint("/auth/login"), Some(Endpoint::Login), "the link that logs in without a page");
    assert_eq!(moved.match_endpoint("/auth/logout/success"), None);
    assert_eq!(moved.match_endpoint("/"), None);
    assert_eq!(with(Pages::new().login_path("/auth/login")).match_endpoint("/auth/login"), None);
}

#[test]
fn page_whose_path_is_not_local_is_an_error_at_startup() {
    let pages = Pages::new().login_path("https://evil.example/");
    let error = App::new().builder().pages(pages).build().unwrap_err();
    assert!(error.to_string().starts_with(".pages(): `login_path` "), "{error}");
}

#[tokio::test]
async fn application_without_login_has_no_endpoints_and_serves_no_protected_route() {
    let app = App::new();
    let config = Config::api_builder("https://zitadel.example").audience("4711").build().unwrap();
    let zitadel = Zitadel::builder(config).transport(app.transport.clone()).build().unwrap();
    assert_eq!(zitadel.endpoints().count(), 0);
    let head = app.logged_in("alice").await.navigation("GET", "/");
    let authentication = zitadel.authenticate(head.clone()).await;
    assert_eq!(authorize(&authentication, &Requirement::user()).err(), Some(401), "no redirect: there is no login");
    assert_eq!(zitadel.login(&head, &LoginOptions::new(), None).await.status, 501);
}

#[tokio::test]
async fn readiness_needs_metadata_and_keys_once() {
    let app = App::new();
    app.transport.fail(TransportError::Connect);
    let reply = app.zitadel.readiness().await;
    let body = json(&reply, 503);
    assert_eq!(
        (&body["dependencies"]["zitadel"], &body["dependencies"]["store"]),
        (&"unavailable".into(), &"ok".into())
    );
    assert!(!reply.body.contains("zitadel.example") && !reply.body.contains("connection"), "{}", reply.body);
    app.transport.recover();
    app.advance(2);
    let body = json(&app.zitadel.readiness().await, 200);
    assert_eq!((&body["status"], &body["dependencies"]["zitadel"]), (&"ready".into(), &"ok".into()));
    // An outage later must not make every replica unready.
    app.transport.fail(TransportError::Connect);
    assert_eq!(app.zitadel.readiness().await.status, 200);
}

#[test]
fn liveness_is_200() {
    let reply = Zitadel::liveness();
    assert_eq!((reply.status, reply.body.as_str(), reply.header("cache-control")), (200, "ok", Some("no-store")));
}
