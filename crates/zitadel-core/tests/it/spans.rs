//! Spans.

use tracing::{Instrument as _, info_span};
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
