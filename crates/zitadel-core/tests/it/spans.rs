//! Spans, and the user's id in the span of a request.

use tracing::{Instrument as _, field::Empty, info_span};
use zitadel_core::environment::TransportError;

use crate::support::{App, Log};

#[tokio::test]
async fn event_is_in_the_span_of_its_flow_also_in_a_task_of_its_own() {
    let app = App::with_short_lived_tokens();
    let log = Log::collect();
    let mut browser = app.logged_in("alice").await;
    assert!(log.event("login_started").contains(" login: "));
    assert!(log.event("login_completed").contains(" callback: "), "the code is redeemed in a task");
    app.advance(601);
    browser.open("/").instrument(info_span!("request")).await.unwrap();
    assert!(log.event("session_refreshed").contains(" request:refresh: "));
    app.transport.fail(TransportError::Refused);
    browser.logout().await;
    assert!(log.event("logout_completed").contains(" logout: "));
    assert!(log.event("token_not_revoked").contains(" logout: "), "the token is revoked in a task");
}

/// A request whose span declares the field, as an application writes it.
async fn span_of_a_request(browser: &crate::support::Browser) -> String {
    let log = Log::collect();
    let span = info_span!("request", enduser.id = Empty);
    let (cached, asked) = (browser.navigation("GET", "/"), browser.navigation("GET", "/"));
    async {
        browser.zitadel.authenticate(asked).await;
        tracing::info!("asked");
    }
    .instrument(span)
    .await;
    info_span!("request", enduser.id = Empty).in_scope(|| {
        browser.zitadel.authenticate_cached(cached).unwrap();
        tracing::info!("cached");
    });
    log.event("asked") + &log.event("cached")
}

#[tokio::test]
async fn user_id_is_in_the_span_of_a_request_only_if_the_application_opted_in() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let subject = browser.open("/").await.unwrap().subject().to_owned();
    assert!(!span_of_a_request(&browser).await.contains(&subject));
    browser.zitadel = app.builder().record_user_id().build().unwrap();
    let spans = span_of_a_request(&browser).await;
    assert_eq!(spans.matches(&format!("enduser.id=\"{subject}\"")).count(), 2, "{spans}");
    assert!(!spans.contains("alice"), "{spans}");
    let anonymous = span_of_a_request(&app.browser_of(browser.zitadel.clone())).await;
    assert!(!anonymous.contains("enduser.id="), "{anonymous}");
}
