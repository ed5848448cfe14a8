//! Login and logout.

use behaviours::Request;

use crate::harness::{Gateway, SPA, Setup, assert_error, code_of, from_spa};

#[tokio::test]
async fn login_with_a_callback_url_returns_to_that_page_of_the_gateway() {
    let gateway = Gateway::start(Setup::spa()).await;
    let mut browser = gateway.browser();
    let callback = gateway.log_in(&mut browser, "/api/v1/login?callbackUrl=%2Forders%3Fpage%3D2", "alice").await;
    callback.assert_redirect("/orders?page=2");
    let session = browser.get("/api/v1/session").await.assert_json(200);
    assert_eq!(session["user"]["preferred_username"], "alice");
}

#[tokio::test]
async fn login_without_one_returns_to_the_single_page_application_with_a_code() {
    let gateway = Gateway::start(Setup::spa()).await;
    let mut browser = gateway.browser();
    let callback = gateway.log_in(&mut browser, "/api/v1/login", "alice").await;
    code_of(&callback);
    callback.assert_not_stored();
    assert_eq!(callback.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(browser.session().len(), 1);
}

#[tokio::test]
async fn login_returns_to_a_path_of_the_single_page_application() {
    let gateway = Gateway::start(Setup::spa().var("ZITADEL_POST_LOGIN_URL", "/welcome?from=login")).await;
    let callback = gateway.log_in(&mut gateway.browser(), "/api/v1/login", "alice").await;
    let location = callback.header("location").unwrap();
    assert!(location.starts_with(&format!("{SPA}/welcome?from=login#code=")), "{location}");
}

#[tokio::test]
async fn without_a_single_page_application_a_login_returns_to_the_gateway() {
    let gateway = Gateway::start(Setup::default()).await;
    gateway.log_in(&mut gateway.browser(), "/api/v1/login", "alice").await.assert_redirect("/");
}

#[tokio::test]
async fn callback_url_of_another_site_is_dropped() {
    let gateway = Gateway::start(Setup::default()).await;
    for url in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%2F%09%2Fevil.example"] {
        let path = format!("/api/v1/login?callbackUrl={url}");
        gateway.log_in(&mut gateway.browser(), &path, "alice").await.assert_redirect("/");
    }
}

#[tokio::test]
async fn unknown_foreign_and_expired_state_is_400_json_for_browsers_too() {
    let gateway = Gateway::start(Setup::spa()).await;
    let mut browser = gateway.browser();
    assert_error(&browser.get("/api/v1/callback?code=a&state=b").await, 400, "state_mismatch");
    assert_error(&browser.get("/api/v1/callback").await, 400, "invalid_callback");
    // The response to a login that another browser started.
    browser.get("/api/v1/login").await;
    let to_callback = browser.authorize_as("alice").await;
    let url = to_callback.header("location").unwrap().to_owned();
    assert_error(&gateway.browser().get(&url).await, 400, "state_mismatch");
    gateway.advance(601);
    assert_error(&browser.get(&url).await, 400, "expired_login");
}

#[tokio::test]
async fn response_that_belongs_to_no_login_is_an_error_in_a_browser_with_a_session_too() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, _) = gateway.with_code().await;
    assert_error(&browser.get("/api/v1/callback?code=a&state=b").await, 400, "state_mismatch");
    assert!(browser.get("/api/v1/session").await.assert_json(200)["user"].is_object());
}

#[tokio::test]
async fn declined_login_is_an_error_in_json() {
    let gateway = Gateway::start(Setup::spa()).await;
    let mut browser = gateway.browser();
    let start = browser.get("/api/v1/login").await;
    let state = start.header("location").unwrap().split("state=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let declined = browser.get(&format!("/api/v1/callback?error=access_denied&state={state}")).await;
    assert_error(&declined, 403, "access_denied");
}

#[tokio::test]
async fn login_while_the_provider_is_out_is_503_with_retry_after() {
    let gateway = Gateway::start(Setup::spa()).await;
    gateway.emulator.stop_listening().await;
    let response = gateway.browser().get("/api/v1/login").await;
    assert_error(&response, 503, "provider_unavailable");
    assert_eq!(response.header("retry-after"), Some("5"));
}

#[tokio::test]
async fn logout_asks_first_ends_the_session_here_and_at_the_provider_and_returns_to_the_application() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, _) = gateway.with_code().await;
    browser.get("/api/v1/logout").await.assert_page(200, "Sign out");
    assert_eq!(browser.session().len(), 1, "a GET ends nothing");
    let response = browser.click("Sign out").await;
    response.assert_redirect(&format!("{}/oidc/v1/end_session", gateway.emulator.issuer()));
    assert!(browser.session().is_empty());
    let mut returned = browser.follow().await;
    for _ in 0..3 {
        if returned.header("location").is_some_and(|location| location.contains("/api/v1/logout/callback")) {
            break;
        }
        returned = browser.follow().await;
    }
    browser.follow().await.assert_redirect("/api/v1/logout/success");
    let last = browser.follow().await;
    assert_eq!((last.status, last.header("location")), (302, Some(&*format!("{SPA}/"))));
}

#[tokio::test]
async fn without_a_single_page_application_a_logout_ends_at_a_page() {
    let gateway = Gateway::start(Setup::default()).await;
    gateway.browser().get("/api/v1/logout/success").await.assert_page(200, "signed out");
    let error = gateway.browser().get("/api/v1/logout/error?reason=store_unavailable").await;
    assert_error(&error, 503, "store_unavailable");
    assert_error(&gateway.browser().get("/api/v1/logout/error?reason=%3Cb%3E").await, 400, "logout_failed");
}

#[tokio::test]
async fn single_page_application_learns_that_a_logout_failed() {
    let gateway = Gateway::start(Setup::spa()).await;
    let error = gateway.browser().get("/api/v1/logout/error?reason=store_unavailable").await;
    assert_eq!(error.header("location"), Some(&*format!("{SPA}/#error=store_unavailable")));
    let error = gateway.browser().get("/api/v1/logout/error?reason=%3Cb%3E").await;
    assert_eq!(error.header("location"), Some(&*format!("{SPA}/#error=logout_failed")));
}

#[tokio::test]
async fn form_of_the_single_page_application_logs_out_and_one_of_another_site_does_not() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, _) = gateway.with_code().await;
    for origin in ["http://localhost:5174", "https://evil.example", "null"] {
        let form = Request::new("POST", "/api/v1/logout").with("origin", origin).with("sec-fetch-site", "same-site");
        assert_error(&browser.send(form).await, 403, "cross_site");
    }
    let two = from_spa("POST", "/api/v1/logout").with("origin", "https://evil.example");
    assert_error(&browser.send(two).await, 403, "cross_site");
    assert_eq!(browser.session().len(), 1);
    browser.send(from_spa("POST", "/api/v1/logout")).await.assert_status(302);
    assert!(browser.session().is_empty());
}

#[tokio::test]
async fn provider_ends_a_session_by_back_channel_logout() {
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, _) = gateway.with_code().await;
    let session = gateway.emulator.session_ids("alice").remove(0);
    assert!(gateway.emulator.end_session(&session));
    let mut ended = false;
    for _ in 0..100 {
        ended = browser.get("/api/v1/session").await.assert_json(200).is_null();
        if ended {
            break;
        }
        gateway.advance(1);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(ended);
    assert_error(&browser.plain("POST", "/api/v1/backchannel-logout").await, 400, "invalid_logout_token");
}
