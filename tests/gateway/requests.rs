//! What every request and response has: ids, JSON errors, the access log, health.

use behaviours::{Log, Request};

use crate::harness::{Gateway, Setup, assert_error, redemption};

#[tokio::test]
async fn unknown_path_and_unknown_method_are_json_errors() {
    let gateway = Gateway::start(Setup::spa()).await;
    for path in ["/", "/api/v1", "/api/v1/", "/api/v1/login/", "/api/v1/login/complete", "/api/v1/auth/login", "/%00"] {
        assert_error(&gateway.browser().get(path).await, 404, "not_found");
    }
    for path in ["/healthz", "/openapi.json", "/api/v1/validate"] {
        assert_error(&gateway.browser().plain("PUT", path).await, 405, "method_not_allowed");
    }
    assert_error(&gateway.browser().plain("PUT", "/api/v1/login").await, 405, "method_not_allowed");
}

#[tokio::test]
async fn every_response_has_a_request_id_and_a_proxys_is_kept() {
    let gateway = Gateway::start(Setup::spa()).await;
    let first = gateway.browser().get("/healthz").await;
    let second = gateway.browser().get("/healthz").await;
    let (first, second) = (first.header("x-request-id").unwrap(), second.header("x-request-id").unwrap());
    assert!(first != second && first.len() == 32, "{first} {second}");
    let request = |id: &str| Request::new("GET", "/nowhere").with("x-request-id", id);
    let kept = gateway.browser().send(request("from-the-proxy-1")).await;
    assert_error(&kept, 404, "not_found");
    assert_eq!(kept.header("x-request-id"), Some("from-the-proxy-1"));
    for id in ["a b c d e f g h", "<script>alert(1)</script>", "short", &"a".repeat(200)] {
        let replaced = gateway.browser().send(request(id)).await;
        assert_error(&replaced, 404, "not_found");
        assert_eq!(replaced.header("x-request-id").unwrap().len(), 32, "{id}");
    }
}

#[tokio::test]
async fn health_readiness_and_metrics_are_served() {
    let gateway = Gateway::start(Setup::default()).await;
    gateway.browser().get("/healthz").await.assert_status(200);
    gateway.browser().get("/readyz").await.assert_json(200);
    gateway.browser().get("/metrics").await.assert_text("zitadel_");
    let out = Gateway::start(Setup::default()).await;
    out.emulator.stop_listening().await;
    out.browser().get("/healthz").await.assert_status(200);
    out.browser().get("/readyz").await.assert_json(503);
}

#[tokio::test]
async fn access_log_has_the_route_and_nothing_secret() {
    let log = Log::collect();
    let gateway = Gateway::start(Setup::spa()).await;
    let (mut browser, code) = gateway.with_code().await;
    let callback_query = {
        let mut other = gateway.browser();
        other.get("/api/v1/login").await;
        other.authorize_as("bob").await.header("location").unwrap().split_once('?').unwrap().1.to_owned()
    };
    let refused = gateway.browser().get(&format!("/api/v1/callback?{callback_query}")).await;
    refused.assert_status(400);
    let token = browser.send(redemption(&code)).await.assert_json(200);
    let token = token["access_token"].as_str().unwrap();
    gateway.with_bearer("/api/v1/validate", token).await.assert_status(200);
    gateway.browser().get("/secret-in-the-path/4711?secret=4712").await.assert_status(404);
    let session = browser.session().remove(0).1;
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("zitadel_gateway::access")).collect();
    for expected in [
        r#"method="GET" route="/api/v1/login" status=302"#,
        r#"method="GET" route="/api/v1/callback" status=400"#,
        r#"method="POST" route="/api/v1/token" status=200"#,
        r#"method="GET" route="(none)" status=404"#,
    ] {
        assert!(
            lines.iter().any(|line| line.contains(expected) && line.contains("request{request_id=")),
            "{expected}: {lines:#?}"
        );
    }
    // The id of an error leads to what the core logged about it.
    let span = format!("request{{request_id=\"{}\"}}", refused.header("x-request-id").unwrap());
    assert!(text.lines().any(|line| line.contains(&span) && line.contains("login_failed")), "{text}");
    let parameters = form_urlencoded::parse(callback_query.as_bytes()).map(|(_, value)| value.into_owned());
    let secrets = [code, token.to_owned(), session, "4711".to_owned(), "4712".to_owned()];
    for secret in parameters.filter(|value| value.len() > 20).chain(secrets) {
        assert!(!lines.iter().any(|line| line.contains(&secret)), "the access log has {secret}");
    }
}
