//! What a load balancer and an operator see.

use behaviours::Setup;

use super::subject;

#[tokio::test]
async fn running_application_is_alive_and_ready() {
    let app = subject::start().await;
    let response = app.browser().plain("GET", "/healthz").await;
    response.assert_status(200).assert_not_stored();
    assert_eq!((response.body.as_str(), response.header("content-type")), ("ok", Some("text/plain; charset=utf-8")));
    assert_eq!(app.emulator().requests(), [], "liveness does not depend on the provider");
    let readiness = app.browser().plain("GET", "/readyz").await.assert_json(200);
    assert_eq!((&readiness["status"], &readiness["dependencies"]["zitadel"]), (&"ready".into(), &"ok".into()));
}

#[tokio::test]
async fn application_without_its_provider_is_alive_and_not_ready() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    app.browser().plain("GET", "/healthz").await.assert_status(200);
    let response = app.browser().plain("GET", "/readyz").await;
    let readiness = response.assert_json(503);
    assert_eq!(readiness["dependencies"]["zitadel"], "unavailable");
    assert_eq!(readiness["dependencies"]["store"], "ok");
    assert_eq!(readiness["reasons"]["zitadel"], "refused");
    response.assert_no_text("127.0.0.1");
}

#[tokio::test]
#[ignore = "not built yet: /metrics of contract 1"]
async fn metrics_are_prometheus_text() {
    let app = subject::start().await;
    app.logged_in("alice").await;
    let response = app.browser().plain("GET", "/metrics").await;
    response.assert_status(200);
    assert!(response.header("content-type").unwrap().starts_with("text/plain"));
    assert!(response.body.contains("# TYPE "), "{}", response.body);
}

#[tokio::test]
async fn back_channel_logout_without_a_token_is_rejected() {
    let app = subject::start().await;
    let response = app.browser().plain("POST", "/auth/backchannel-logout").await;
    response.assert_status(400).assert_not_stored();
}
