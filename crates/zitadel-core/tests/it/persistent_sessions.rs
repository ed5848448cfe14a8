//! Sessions that the browser keeps when it is closed.

use zitadel_core::{Endpoint, LoginOptions, Reply};

use crate::support::{App, Browser, Headers, emulator, location};

/// `Max-Age` of the session cookie in a response.
fn max_age(lines: &[&str], name: &str) -> Option<u64> {
    let line = lines.iter().find(|line| line.starts_with(&format!("{name}="))).unwrap();
    line.split("; ").find_map(|part| part.strip_prefix("Max-Age=")).map(|seconds| seconds.parse().unwrap())
}

fn max_age_of(app: &App, reply: &Reply) -> Option<u64> {
    let lines = reply.headers.iter().filter(|(name, _)| *name == "set-cookie");
    let lines: Vec<_> = lines.map(|(_, line)| line.as_str()).collect();
    max_age(&lines, app.zitadel.session_cookie_name().unwrap())
}

async fn login(app: &App, browser: &mut Browser, form: &str) -> Reply {
    let reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", form).await;
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    browser.callback(&callback).await
}

#[tokio::test]
async fn session_is_kept_as_the_configuration_and_the_login_say() {
    for (vars, form, expected) in [
        (&[][..], "", None),
        (&[][..], "remember=true", Some(43_200)),
        (&[][..], "remember=on", Some(43_200)),
        (&[][..], "remember=yes%20please", None),
        (&[("SESSION_PERSISTENT", "true")][..], "", Some(43_200)),
        (&[("SESSION_PERSISTENT", "true")][..], "remember=false", None),
        (&[("SESSION_PERSISTENT", "true"), ("SESSION_MAX_DURATION", "7200")][..], "", Some(7_200)),
    ] {
        let app = App::with(emulator(), vars);
        let reply = login(&app, &mut app.browser(), form).await;
        assert_eq!(max_age_of(&app, &reply), expected, "{vars:?} {form}");
    }
    let app = App::new();
    let mut browser = app.browser();
    let head = browser.navigation("POST", "/again");
    let reply = app.zitadel.login(&head, &LoginOptions::new().persistent(true), None).await;
    browser.store_cookies(&reply);
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    assert_eq!(max_age_of(&app, &browser.callback(&callback).await), Some(43_200));
}

#[tokio::test]
async fn kept_session_stays_kept_when_it_is_written_again_and_refreshed_and_ends_at_its_limit() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.browser();
    login(&app, &mut browser, "remember=true").await;
    let name = app.zitadel.session_cookie_name().unwrap();
    let mut passed = 0;
    for seconds in [361, 601, 1_000] {
        app.advance(seconds);
        passed += seconds;
        let authentication = browser.authenticate("GET", "/").await;
        let headers = Headers::from_authentication(&authentication);
        assert_eq!(max_age(&headers.all("set-cookie"), name), Some(43_200 - passed));
        browser.receive(&authentication);
    }
    // Another replica, and a restart.
    browser.zitadel = app.restarted(&[]);
    app.advance(400);
    let authentication = browser.authenticate("GET", "/").await;
    let headers = Headers::from_authentication(&authentication);
    assert_eq!(max_age(&headers.all("set-cookie"), name), Some(43_200 - passed - 400));
}

#[tokio::test]
async fn repeated_callback_sets_the_same_cookie_of_a_kept_session() {
    let app = App::new();
    let mut browser = app.browser();
    let reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "remember=1").await;
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    let mut again = browser.clone();
    again.zitadel = app.replica();
    let (one, other) = (browser.callback(&callback).await, again.callback(&callback).await);
    assert_eq!((max_age_of(&app, &one), max_age_of(&app, &other)), (Some(43_200), Some(43_200)));
    assert_eq!(browser.session_cookie(), again.session_cookie());
}
