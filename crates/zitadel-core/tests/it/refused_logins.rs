//! Logins that the provider refuses, and settings that do not match it: who is at fault is in status, page and log.

use zitadel_core::{Endpoint, ErrorCode, ErrorPage, OAuthErrorCode, Reply};
use zitadel_emulator::{AuthMethod, EndpointName, Fault};

use crate::support::{App, Log, assert_page, emulator, incident, json, location, query};

fn json_fault(status: u16, body: &str) -> Fault {
    Fault::StatusBody { status, content_type: "application/json".to_owned(), body: body.as_bytes().to_vec() }
}

/// The page after a login that the token endpoint answers like this.
async fn login_with(app: &App, response: Fault) -> Reply {
    let mut browser = app.browser();
    app.emulator.fault(EndpointName::Token, response);
    let reply = browser.login("alice", "/profile").await;
    assert!(browser.cookies.is_empty(), "neither a session nor the pending login is left");
    app.emulator.clear_faults();
    reply
}

/// A page about settings that do not match the provider: no retry changes that.
#[track_caller]
fn assert_misconfigured(reply: &Reply) {
    assert_page(reply, 503, "Sign-in is not set up correctly");
    assert_eq!(reply.header("retry-after"), None);
    incident(reply);
}

/// A user who was never activated, as ZITADEL answers; and two more refusals.
#[tokio::test]
async fn refusal_at_the_code_exchange_is_a_4xx_in_zitadels_name_with_its_words_in_the_log() {
    for (status, body, words) in [
        (404, r#"{"error":"invalid_request","error_description":"Errors.User.NotFound"}"#, "Errors.User.NotFound"),
        (400, r#"{"error":"invalid_grant","error_description":"invalid code_verifier"}"#, "invalid code_verifier"),
        (400, r#"{"error":"of-their-own","error_description":"Errors.Odd"}"#, "Errors.Odd"),
        (403, r#"{"code":7,"message":"Errors.User.Locked","details":[]}"#, "Errors.User.Locked"),
    ] {
        let (app, log) = (App::new(), Log::collect());
        let reply = login_with(&app, json_fault(status, body)).await;
        assert_page(&reply, 400, "ZITADEL did not complete this sign-in");
        assert!(!reply.body.contains(words), "the provider's text is for the log only");
        let refused = log.event("token_request_refused");
        assert!(refused.contains(words) && refused.contains(&format!("status={status}")), "{refused}");
        let failed = log.event("login_failed");
        assert!(failed.contains("WARN") && failed.contains(r#"code="invalid_grant""#), "{failed}");
        assert!(!log.text().contains("ERROR"), "{}", log.text());
    }
}

#[tokio::test]
async fn client_that_the_provider_does_not_accept_is_a_configuration_error_and_the_log_names_the_variables() {
    for (status, error) in [
        (400, "invalid_client"),
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "unsupported_grant_type"),
    ] {
        let (app, log) = (App::new(), Log::collect());
        let body = format!(r#"{{"error":"{error}","error_description":"no active client not found"}}"#);
        assert_misconfigured(&login_with(&app, json_fault(status, &body)).await);
        let event = log.event("client_misconfigured");
        for part in ["ERROR", error, "no active client not found", "ZITADEL_CLIENT_ID", "ZITADEL_CLIENT_SECRET"] {
            assert!(event.contains(part), "{part}: {event}");
        }
        assert!(log.event("login_failed").contains("ERROR"));
    }
}

#[tokio::test]
async fn wrong_client_secret_is_a_configuration_error_and_is_not_shown() {
    let emulator = emulator();
    emulator.client().set_auth_method(AuthMethod::Basic);
    let app = App::with(emulator, &[("ZITADEL_CLIENT_SECRET", "not-the-secret")]);
    let mut browser = app.browser();
    let reply = browser.login("alice", "/").await;
    assert_misconfigured(&reply);
    assert!(browser.cookies.is_empty() && !reply.body.contains("not-the-secret"));
}

#[tokio::test]
async fn provider_that_is_busy_says_so_with_any_status() {
    for error in ["temporarily_unavailable", "server_error", "slow_down"] {
        let reply = login_with(&App::new(), json_fault(400, &format!(r#"{{"error":"{error}"}}"#))).await;
        assert_page(&reply, 503, "The identity provider cannot be reached");
        assert_eq!(reply.header("retry-after"), Some("5"), "{error}");
    }
}

#[tokio::test]
async fn wrong_issuer_is_a_configuration_error_and_the_log_has_both_names_and_the_variable() {
    let (app, log) = (App::new(), Log::collect());
    app.emulator.fault(EndpointName::Discovery, Fault::WrongIssuer);
    let mut browser = app.browser();
    // The second attempt comes while the provider is not asked again yet.
    for _ in 0..2 {
        let reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "").await;
        assert_misconfigured(&reply);
        assert!(browser.cookies.is_empty() && !reply.body.contains("elsewhere.localhost"));
    }
    let event = log.event("issuer_mismatch");
    for part in ["ERROR", "https://zitadel.example", "http://elsewhere.localhost", "ZITADEL_DOMAIN must equal"] {
        assert!(event.contains(part), "{part}: {event}");
    }
    assert!(log.text().lines().filter(|line| line.contains("login_failed")).all(|line| line.contains("ERROR")));
    app.emulator.clear_faults();
    app.advance(2);
    assert_eq!(browser.login("alice", "/").await.status, 302, "corrected at the provider: no restart is needed");
}

#[tokio::test]
async fn no_query_of_the_callback_makes_it_a_5xx_or_an_error_in_the_log() {
    let (app, log) = (App::new(), Log::collect());
    let errors = OAuthErrorCode::ALL.iter().map(|code| format!("error={}", code.as_str()));
    let others =
        ["error=of-their-own", "error=", "code=%00", "code=a&code=b", "code=made-up", "error=server_error&iss=x"];
    for parameters in errors.chain(others.map(str::to_owned)) {
        let mut browser = app.browser();
        let state = query(&browser.start_login("/profile").await)["state"].clone();
        let reply = browser.callback(&format!("/auth/callback?{parameters}&state={state}")).await;
        assert!((400..500).contains(&reply.status), "{parameters}: {}", reply.status);
        assert_eq!(reply.header("retry-after"), None, "{parameters}");
    }
    let text = log.text();
    let count = |level: &str| text.lines().filter(|line| line.contains(level) && line.contains("login_failed")).count();
    assert_eq!(count("ERROR"), 0, "{text}");
    // The user's own decisions (403) are not worth a warning.
    let decisions = OAuthErrorCode::ALL.iter().filter(|code| ErrorPage::new(ErrorCode::OAuth(**code)).status() == 403);
    assert_eq!(count(" WARN"), OAuthErrorCode::ALL.len() + others.len() - decisions.count(), "{text}");
}

#[tokio::test]
async fn page_after_a_refused_login_has_a_link_to_start_again() {
    let app = App::new();
    let reply = login_with(&app, json_fault(404, r#"{"error":"invalid_request"}"#)).await;
    assert!(reply.body.contains(r#"href="/auth/login?callbackUrl=%2Fprofile""#), "{}", reply.body);
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.emulator.fault(EndpointName::Token, json_fault(404, r#"{"error":"invalid_request"}"#));
    let head = browser.request("GET", callback.strip_prefix(crate::support::BASE).unwrap());
    let reply = browser.serve(Endpoint::Callback, &head, "").await;
    assert_eq!(json(&reply, 400)["error"], "invalid_grant");
}

/// The logout of a session that exists goes to the provider, so it needs its metadata.
#[tokio::test]
async fn logout_with_a_wrong_issuer_is_reported_as_a_configuration_error() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.replica();
    app.emulator.fault(EndpointName::Discovery, Fault::WrongIssuer);
    assert_eq!(location(&browser.logout().await), "/auth/logout/error?reason=misconfigured");
}
