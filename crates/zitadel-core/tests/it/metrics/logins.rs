//! Logins, by how they end.

use zitadel_core::{Endpoint, environment::TransportError};
use zitadel_emulator::{EndpointName, Fault};

use super::{LOGINS, failing, json_fault};
use crate::support::{App, Metrics, query};

#[tokio::test]
async fn login_is_counted_with_the_requests_that_it_takes() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    app.logged_in("alice").await;
    let changes = metrics.changes();
    for (series, by) in [
        ("zitadel_login_starts_total", 1.0),
        (r#"zitadel_logins_total{outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_requests_total{endpoint="metadata",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_requests_total{endpoint="keys",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_requests_total{endpoint="token",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_requests_total{endpoint="userinfo",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_documents_total{document="metadata",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_provider_documents_total{document="keys",outcome="ok",reason="none"}"#, 1.0),
        (r#"zitadel_flow_duration_seconds_count{flow="login"}"#, 1.0),
        (r#"zitadel_flow_duration_seconds_count{flow="callback"}"#, 1.0),
        (r#"zitadel_provider_request_duration_seconds_count{endpoint="token"}"#, 1.0),
        (r#"zitadel_store_calls_total{operation="put_if_absent",outcome="ok"}"#, 1.0),
    ] {
        let found = changes.iter().find(|(name, _)| name == series);
        assert_eq!(found.map(|(_, by)| *by), Some(by), "{series}: {changes:?}");
    }
}

#[tokio::test]
async fn login_that_fails_is_counted_by_its_error_code() {
    for (fault, labels) in [
        (Fault::WrongNonce, "outcome=failed,reason=sign_in_failed"),
        (Fault::Status(503), "outcome=failed,reason=provider_unavailable"),
        (Fault::Drop, "outcome=failed,reason=provider_unavailable"),
        (json_fault(401, r#"{"error":"invalid_client"}"#), "outcome=failed,reason=misconfigured"),
        (json_fault(400, r#"{"error":"invalid_grant"}"#), "outcome=refused,reason=invalid_grant"),
    ] {
        let mut metrics = Metrics::collect();
        let app = App::new();
        app.emulator.fault(EndpointName::Token, fault);
        app.browser().login("alice", "/").await;
        assert_eq!(metrics.counted(LOGINS), labels);
    }
}

#[tokio::test]
async fn callback_that_is_refused_is_counted_by_its_error_code() {
    for (parameters, labels) in [
        ("error=access_denied&state={}", "outcome=refused,reason=access_denied"),
        ("code=x&state=another", "outcome=refused,reason=state_mismatch"),
        ("code=a&code=b&state={}", "outcome=refused,reason=invalid_callback"),
        ("error=%3Cscript%3E&state={}", "outcome=refused,reason=invalid_grant"),
    ] {
        let mut metrics = Metrics::collect();
        let app = App::new();
        let mut browser = app.browser();
        let state = query(&browser.start_login("/").await)["state"].clone();
        browser.callback(&format!("/auth/callback?{}", parameters.replace("{}", &state))).await;
        assert_eq!(metrics.counted(LOGINS), labels);
    }
}

#[tokio::test]
async fn login_without_provider_or_store_is_counted() {
    let mut metrics = Metrics::collect();
    let app = App::new();
    app.transport.fail(TransportError::Certificate);
    let head = app.browser().navigation("GET", "/auth/login");
    app.zitadel.serve(Endpoint::Login, &head, async { Some("") }).await;
    assert_eq!(metrics.counted(LOGINS), "outcome=failed,reason=provider_unavailable");
    let text = metrics.text();
    let expected =
        r#"zitadel_provider_documents_total{document="metadata",outcome="failed",reason="tls_certificate"} 1"#;
    assert!(text.contains(expected) && !text.contains("zitadel_login_starts_total"), "{text}");
    app.transport.recover();
    app.advance(5);
    let mut browser = app.browser_of(failing(&app, |_| true));
    browser.login("alice", "/").await;
    assert_eq!(metrics.counted(LOGINS), "outcome=failed,reason=store_unavailable");
}
