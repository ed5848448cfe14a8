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

/// The value of a series of the Prometheus text; 0 if it is not there yet.
fn value(text: &str, series: &str) -> f64 {
    text.lines().find_map(|line| line.strip_prefix(series)?.trim().parse().ok()).unwrap_or(0.0)
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_count_a_login() {
    let app = subject::start().await;
    let before = app.browser().plain("GET", "/metrics").await;
    app.logged_in("alice").await;
    let response = app.browser().plain("GET", "/metrics").await;
    response.assert_status(200).assert_not_stored();
    assert_eq!(response.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(response.header("set-cookie").is_none());
    for line in [
        "# HELP zitadel_logins_total Logins that ended",
        "# TYPE zitadel_logins_total counter",
        "# TYPE zitadel_provider_request_duration_seconds histogram",
        r#"zitadel_provider_request_duration_seconds_bucket{endpoint="token",le="0.5"}"#,
    ] {
        assert!(response.body.contains(line), "{line}: {}", response.body);
    }
    // Other tests of this process log in, too.
    let logins = |text: &str| value(text, r#"zitadel_logins_total{outcome="ok",reason="none"}"#);
    assert!(logins(&response.body) >= logins(&before.body) + 1.0, "{}", response.body);
    app.browser().plain("HEAD", "/metrics").await.assert_status(200);
}

#[tokio::test]
async fn back_channel_logout_without_a_token_is_rejected() {
    let app = subject::start().await;
    let response = app.browser().plain("POST", "/auth/backchannel-logout").await;
    response.assert_status(400).assert_not_stored();
}
