//! What a load balancer and an operator see.

use behaviours::Setup;

use super::subject;

#[tokio::test]
async fn an_app_that_runs_is_alive() {
    let app = subject::start().await;
    let answer = app.browser().bare("GET", "/healthz").await;
    answer.has_status(200).is_not_stored();
    assert_eq!((answer.body.as_str(), answer.header("content-type")), ("ok", Some("text/plain; charset=utf-8")));
    assert_eq!(app.emulator().requests(), [], "nobody was asked");
}

#[tokio::test]
async fn an_app_that_can_sign_people_in_is_ready() {
    let app = subject::start().await;
    let told = app.browser().bare("GET", "/readyz").await.is_json(200);
    assert_eq!((&told["status"], &told["dependencies"]["zitadel"]), (&"ready".into(), &"ok".into()));
}

#[tokio::test]
async fn an_app_without_its_provider_is_alive_but_not_ready_and_says_what_is_out() {
    let app = subject::with(Setup::new().provider_is_down()).await;
    let mut probe = app.browser();
    probe.bare("GET", "/healthz").await.has_status(200);
    let answer = probe.bare("GET", "/readyz").await;
    let told = answer.is_json(503);
    assert_eq!(told["dependencies"]["zitadel"], "unavailable");
    assert_eq!(told["dependencies"]["store"], "ok");
    answer.hides("127.0.0.1").hides("refused");
}

#[tokio::test]
async fn a_provider_that_went_down_later_does_not_make_every_replica_unready() {
    let app = subject::start().await;
    let mut probe = app.browser();
    probe.bare("GET", "/readyz").await.is_json(200);
    app.emulator().stop_listening().await;
    probe.bare("GET", "/readyz").await.is_json(200);
}

#[tokio::test]
#[ignore = "not built yet: /metrics of contract 1"]
async fn metrics_are_text_that_prometheus_reads() {
    let app = subject::start().await;
    app.signed_in("alice").await;
    let answer = app.browser().bare("GET", "/metrics").await;
    answer.has_status(200);
    assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    assert!(answer.body.contains("# TYPE "), "{}", answer.body);
}

#[tokio::test]
#[ignore = "not built yet: back-channel logout of contract 1"]
async fn a_back_channel_logout_without_a_token_is_refused() {
    let app = subject::start().await;
    let answer = app.browser().bare("POST", "/auth/backchannel-logout").await;
    answer.has_status(400).is_not_stored();
}

#[tokio::test]
async fn no_page_links_to_an_address_that_does_not_exist() {
    let app = subject::start().await;
    let mut browser = app.signed_in("alice").await;
    for page in ["/", "/profile", "/admin", "/auth/login", "/auth/error", "/nowhere"] {
        let body = browser.get(page).await.body;
        for link in body.split("href=\"/").skip(1) {
            let path = format!("/{}", link.split('"').next().unwrap());
            assert_ne!(browser.clone().get(&path).await.status, 404, "{page} links to {path}");
        }
    }
}
