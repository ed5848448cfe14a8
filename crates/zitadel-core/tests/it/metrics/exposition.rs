//! What Prometheus reads.

use std::time::Duration;

use super::{LOGOUTS, REFRESHES};
use crate::support::{App, Metrics, emulator};

#[tokio::test]
async fn exposition_has_no_secret_and_no_personal_data() {
    let metrics = Metrics::collect();
    let emulator = emulator();
    emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    let app = App::with(emulator, &[("SESSION_SECRET", "session-secret-canary-0123456789-0123456789")]);
    let mut canaries = vec!["session-secret-canary".to_owned()];
    let mut browser = app.logged_in("alice").await;
    let user = browser.open("/profile?canary=query").await.unwrap();
    app.advance(601);
    browser.open("/").await.unwrap();
    canaries.extend(browser.cookies.values().cloned());
    browser.callback("/auth/callback?code=code-canary&state=state-canary&error_description=words-canary").await;
    browser.logout().await;
    for field in ["code", "refresh_token", "token", "code_verifier"] {
        canaries.extend(["/token", "/revoke"].into_iter().flat_map(|path| app.transport.fields(path, field)));
    }
    canaries.extend(["alice", "Alice", "canary", "localhost", "zitadel.example"].map(str::to_owned));
    canaries.push(user.subject().to_owned());
    assert!(canaries.len() > 10, "{canaries:?}");
    let text = metrics.text();
    assert!(text.contains(REFRESHES) && text.contains(LOGOUTS), "{text}");
    for canary in canaries {
        assert!(!text.contains(&canary), "{canary}: {text}");
    }
}

#[test]
fn described_metrics_have_a_help_text() {
    let metrics = Metrics::collect();
    zitadel_core::metrics::describe();
    metrics::counter!("zitadel_background_tasks_lost_total").increment(1);
    let text = metrics.text();
    assert!(text.contains("# HELP zitadel_background_tasks_lost_total Tasks that panicked"), "{text}");
    assert!(text.contains("# TYPE zitadel_background_tasks_lost_total counter"), "{text}");
}
