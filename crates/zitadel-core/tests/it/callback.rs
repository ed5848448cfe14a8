//! The callback: only the response to a login of this browser is accepted, and only once.

use zitadel_core::Endpoint;
use zitadel_emulator::{EndpointName, Fault};

use crate::support::{App, BASE, Browser, assert_page, json, location, query};

/// The login is consumed and there is no session.
#[track_caller]
fn assert_rejected(reply: &zitadel_core::Reply, browser: &Browser) {
    assert!(reply.body.contains("Start again"), "{}", reply.body);
    assert_eq!((browser.session_cookies(), browser.pending_logins()), (vec![], vec![]));
}

#[tokio::test]
async fn callback_without_pending_login_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let reply = browser.callback("/auth/callback?code=secret-code&state=y").await;
    assert_page(&reply, 400, "It was not started in this browser");
    assert_rejected(&reply, &browser);
    assert!(!reply.body.contains("secret-code"));
    let head = browser.request("GET", "/auth/callback?code=x&state=y");
    assert_eq!(json(&browser.serve(Endpoint::Callback, &head, "").await, 400)["error"], "state_mismatch");
    assert_eq!(app.emulator.requests(), [], "the provider is asked nothing");
}

#[tokio::test]
async fn callback_of_another_browser_is_rejected() {
    let app = App::new();
    let callback = app.browser().authorize_as("bob").await;
    let mut victim = app.browser();
    let own = victim.authorize_as("alice").await;
    assert_page(&victim.callback(&callback).await, 400, "This sign-in does not belong here");
    assert_eq!(victim.session_cookies(), []);
    assert_eq!(victim.callback(&own).await.status, 302, "the victim's own login is still pending");
}

#[tokio::test]
async fn callback_of_another_browser_keeps_the_session() {
    let app = App::new();
    let mut victim = app.logged_in("alice").await;
    let session = victim.session_cookie().unwrap().to_owned();
    let callback = app.browser().authorize_as("bob").await;
    assert_eq!(location(&victim.callback(&callback).await), "/profile");
    assert_eq!(victim.session_cookie(), Some(session.as_str()));
    assert_eq!(victim.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
}

#[tokio::test]
async fn callback_with_a_changed_state_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    // The beginning of the state names the cookie; the rest is compared.
    let state = query(&callback)["state"].clone();
    let last = if state.ends_with('A') { "B" } else { "A" };
    let changed = callback.replace(&state, &format!("{}{last}", &state[..state.len() - 1]));
    let reply = browser.callback(&changed).await;
    assert_page(&reply, 400, "This sign-in does not belong here");
    assert_eq!(browser.session_cookies(), []);
    assert_eq!(
        location(&browser.callback(&callback).await),
        "/profile",
        "the login of the right state is still pending"
    );
}

#[tokio::test]
async fn callback_with_a_state_of_the_providers_own_is_rejected() {
    let app = App::new();
    app.emulator.fault(EndpointName::Login, Fault::WrongState);
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    assert_page(&browser.callback(&callback).await, 400, "Please start again");
    assert_eq!(browser.session_cookies(), []);
}

#[tokio::test]
async fn callback_in_a_browser_that_lost_its_cookies_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    browser.cookies.clear();
    let reply = browser.callback(&callback).await;
    assert_page(&reply, 400, "This sign-in does not belong here");
    assert_rejected(&reply, &browser);
}

#[tokio::test]
async fn callback_is_redeemed_once() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
    // A reload in the browser that has the session.
    assert_eq!(location(&browser.callback(&callback).await), "/profile");
    assert_eq!(app.emulator.count(EndpointName::Token), 1, "the code is not sent twice");
}

#[tokio::test]
async fn callback_after_ten_minutes_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    app.advance(601);
    let reply = browser.callback(&callback).await;
    assert_page(&reply, 400, "The sign-in took too long");
    assert_rejected(&reply, &browser);
}

#[tokio::test]
async fn callback_consumes_the_pending_login_whatever_it_contains() {
    let app = App::new();
    for parameters in ["error=access_denied", "code=x&code=y", "code=x&error=access_denied", "iss=a&iss=b", ""] {
        let mut browser = app.browser();
        let url = browser.start_login("/profile").await;
        let callback = app.emulator.authorize_as(&url, "alice");
        let state = &query(&url)["state"];
        let reply = browser.callback(&format!("/auth/callback?{parameters}&state={state}")).await;
        assert!((400..500).contains(&reply.status), "{parameters}: {}", reply.status);
        assert_rejected(&reply, &browser);
        assert_eq!(browser.callback(&callback).await.status, 400, "{parameters}");
    }
}

#[tokio::test]
async fn callback_with_contradicting_or_repeated_parameters_is_rejected() {
    let app = App::new();
    for addition in ["&error=access_denied", "&code=again", "&state=again", "&iss=a&iss=b"] {
        let mut browser = app.browser();
        let callback = browser.authorize_as("alice").await;
        let reply = browser.callback(&format!("{callback}{addition}")).await;
        assert_page(&reply, 400, "This link does not work");
        assert_rejected(&reply, &browser);
    }
}

#[tokio::test]
async fn callback_without_readable_parameters_is_rejected() {
    let app = App::new();
    for parameters in ["", "?", "?code=x", "?state=x", "?code=&state=", "?%00=%ff", "?code=%zz&state=%zz"] {
        let reply = app.browser().callback(&format!("/auth/callback{parameters}")).await;
        assert_page(&reply, 400, "Please start again");
    }
}

#[tokio::test]
async fn callback_that_names_another_issuer_is_rejected() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let bare = callback.split("&iss=").next().unwrap();
    let reply = browser.callback(&format!("{bare}&iss=https%3A%2F%2Felsewhere.example")).await;
    assert_page(&reply, 400, "This sign-in does not belong here");
    assert_rejected(&reply, &browser);
}

#[tokio::test]
async fn callback_by_head_redeems_nothing() {
    let app = App::new();
    let mut browser = app.browser();
    let callback = browser.authorize_as("alice").await;
    let head = browser.navigation("HEAD", callback.strip_prefix(BASE).unwrap());
    assert_eq!(browser.serve(Endpoint::Callback, &head, "").await.status, 405);
    assert_eq!(app.emulator.count(EndpointName::Token), 0);
    assert_eq!(browser.callback(&callback).await.status, 302);
}

#[tokio::test]
async fn provider_error_is_shown_in_our_words_and_its_text_is_not() {
    let app = App::new();
    for (error, status, words) in [
        ("access_denied", 403, "Sign-in was declined"),
        ("login_required", 403, "Please sign in"),
        ("interaction_required", 403, "One more step is needed"),
        ("consent_required", 403, "Your consent is needed"),
        ("temporarily_unavailable", 400, "The identity provider is busy"),
        ("server_error", 400, "The identity provider had a problem"),
        ("invalid_request", 400, "Sign-in is not set up correctly"),
        ("invalid_scope", 400, "Sign-in is not set up correctly"),
        ("<script>alert(1)</script>", 400, "ZITADEL did not complete this sign-in"),
    ] {
        let mut browser = app.browser();
        let state = query(&browser.start_login("/profile").await)["state"].clone();
        let parameters: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("error", error)
            .append_pair("error_description", "call +1 555 to unlock your account")
            .append_pair("state", &state)
            .finish();
        let reply = browser.callback(&format!("/auth/callback?{parameters}")).await;
        assert_page(&reply, status, words);
        assert_rejected(&reply, &browser);
        assert!(!reply.body.contains("unlock your account") && !reply.body.contains("alert(1)"), "{error}");
    }
}

#[tokio::test]
async fn retry_link_returns_to_the_requested_page() {
    let app = App::new();
    let mut browser = app.browser();
    let state = query(&browser.start_login("/admin").await)["state"].clone();
    let reply = browser.callback(&format!("/auth/callback?error=access_denied&state={state}")).await;
    assert_page(&reply, 403, r#"href="/auth/login?callbackUrl=%2Fadmin""#);
}

#[tokio::test]
async fn declined_login_keeps_the_existing_session() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let state = query(&browser.start_login("/profile").await)["state"].clone();
    let reply = browser.callback(&format!("/auth/callback?error=access_denied&state={state}")).await;
    assert_page(&reply, 403, "Sign-in was declined");
    assert_eq!(browser.open("/profile").await.unwrap().name(), Some("Alice Anderson"));
}
