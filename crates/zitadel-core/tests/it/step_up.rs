//! A page that requires a recent login, or one with certain methods: the browser logs in again and returns, once.

use std::time::Duration;

use zitadel_core::{Authentication, Endpoint, ErrorCode, LoginOptions, Pages, Reply, RequestHead, Requirement};
use zitadel_emulator::AuthFactor;

use crate::support::{App, BASE, Browser, Headers, assert_page, json, location, query};

const FRESH: Requirement<'static> = Requirement::user().max_age(Duration::from_secs(60));
const TWO_FACTORS: Requirement<'static> = Requirement::user().amr("mfa");

/// The response to a request that is denied.
fn denied(authentication: &Authentication, requirement: &Requirement<'_>) -> Reply {
    authentication.authorize(requirement).unwrap_err().into_reply()
}

/// Loads a page with this requirement; the response if it is denied.
async fn open(browser: &mut Browser, target: &str, requirement: &Requirement<'_>) -> Option<Reply> {
    let authentication = browser.authenticate("GET", target).await;
    browser.receive(&authentication);
    authentication.authorize(requirement).err().map(|denied| denied.into_reply())
}

/// Follows the redirect of a page; the URL at the provider.
async fn follow(browser: &mut Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 302, "{}", reply.body);
    let target = location(reply).to_owned();
    assert_eq!(browser.zitadel.match_endpoint(target.split('?').next().unwrap()), Some(Endpoint::StepUp));
    let reply = browser.get(Endpoint::StepUp, &target).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    location(&reply).to_owned()
}

#[tokio::test]
async fn browser_with_an_old_login_logs_in_again_and_returns_to_the_page() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    assert!(open(&mut browser, "/payments?id=7", &FRESH).await.is_none(), "the login is new");
    app.advance(61);
    let reply = open(&mut browser, "/payments?id=7", &FRESH).await.unwrap();
    assert_eq!(location(&reply), "/auth/step-up?callbackUrl=%2Fpayments%3Fid%3D7&max_age=60");
    let url = follow(&mut browser, &reply).await;
    let sent = query(&url);
    assert_eq!((sent["max_age"].as_str(), sent["prompt"].as_str()), ("60", "login"));
    assert_eq!(sent["login_hint"], "alice", "the login name need not be typed again");
    assert!(!sent.contains_key("acr_values"));
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/payments?id=7");
    assert!(open(&mut browser, "/payments?id=7", &FRESH).await.is_none());
}

#[tokio::test]
async fn provider_that_does_not_ask_again_leads_to_an_error_page_and_to_no_loop() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(61);
    let reply = open(&mut browser, "/payments", &FRESH).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    // The authentication is older than required when the code is redeemed, by less than clocks may differ elsewhere.
    app.advance(62);
    let before = browser.session_cookie().map(str::to_owned);
    let reply = browser.callback(&callback).await;
    assert_page(&reply, 401, "Please confirm that it is you");
    let challenge = reply.header("www-authenticate").unwrap();
    assert_eq!(challenge, r#"Bearer error="insufficient_user_authentication""#);
    assert_eq!(browser.session_cookie(), before.as_deref(), "the session of before goes on");
    assert!(open(&mut browser, "/", &Requirement::user()).await.is_none());
}

#[tokio::test]
async fn methods_that_a_page_requires_are_compared_with_the_new_login() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let reply = open(&mut browser, "/admin", &TWO_FACTORS).await.unwrap();
    assert_eq!(location(&reply), "/auth/step-up?callbackUrl=%2Fadmin&amr=mfa");
    let url = follow(&mut browser, &reply).await;
    assert_eq!(query(&url)["prompt"], "login", "no parameter asks for a method");
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_page(&browser.callback(&callback).await, 401, "a more recent or a stronger sign-in");

    app.emulator.update_person("alice", |alice| alice.factors = vec![AuthFactor::Passkey]);
    let reply = open(&mut browser, "/admin", &TWO_FACTORS).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/admin");
    assert!(open(&mut browser, "/admin", &TWO_FACTORS).await.is_none());
    let user = browser.open("/").await.unwrap();
    assert_eq!(user.amr().collect::<Vec<_>>(), ["user", "mfa"]);
    assert_eq!(user.authenticated_at(), user.session().unwrap().authenticated_at());
}

#[tokio::test]
async fn methods_of_the_login_survive_a_refresh_and_a_restart() {
    let app = App::with_short_lived_tokens();
    app.emulator.update_person("alice", |alice| {
        alice.factors = vec![AuthFactor::Password, AuthFactor::OneTimePassword];
    });
    let mut browser = app.logged_in("alice").await;
    app.advance(590);
    let user = browser.open("/").await.unwrap();
    assert_eq!(user.session().unwrap().refresh_count(), 1);
    assert_eq!(user.amr().collect::<Vec<_>>(), ["pwd", "otp", "mfa"]);
    browser.zitadel = app.replica();
    assert_eq!(browser.open("/").await.unwrap().amr().collect::<Vec<_>>(), ["pwd", "otp", "mfa"]);
    assert!(open(&mut browser, "/", &TWO_FACTORS.max_age(Duration::from_secs(600))).await.is_none());
    assert!(open(&mut browser, "/", &FRESH).await.is_some(), "a refresh is no authentication");
}

#[tokio::test]
async fn class_that_a_page_requires_is_asked_for_and_compared_with_the_new_login() {
    const CLASS: Requirement<'static> = Requirement::user().acr("urn:mfa");
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let reply = open(&mut browser, "/", &CLASS).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    assert_eq!(query(&url)["acr_values"], "urn:mfa");
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_page(&browser.callback(&callback).await, 401, "Please confirm");

    // A provider that has classes.
    app.emulator.client().set_id_token_userinfo_assertion(true);
    app.emulator.update_person("alice", |alice| {
        alice.user_info_claims.insert("acr".to_owned(), "urn:mfa".into());
    });
    let reply = open(&mut browser, "/", &CLASS).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/");
    assert!(open(&mut browser, "/", &CLASS).await.is_none());
    assert_eq!(browser.open("/").await.unwrap().acr(), Some("urn:mfa"));
}

/// What cannot be asked for must not be asked for: the browser would come back as it was.
#[tokio::test]
async fn requirement_that_no_login_can_meet_is_denied_at_once() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let long = "a".repeat(300);
    for requirement in [
        Requirement::user().any_amr(&[]),
        Requirement::user().acr("ä"),
        Requirement::user().acr(&long),
        Requirement::user().any_amr(&["mfa", "two words"]),
    ] {
        let reply = open(&mut browser, "/", &requirement).await.unwrap();
        assert_page(&reply, 401, "Please confirm");
    }
}

#[tokio::test]
async fn script_gets_the_challenge_of_rfc_9470_and_no_redirect() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    app.advance(61);
    let authentication = app.zitadel.authenticate(browser.request("GET", "/payments")).await;
    let reply = denied(&authentication, &FRESH.acr("urn:mfa"));
    assert_eq!(json(&reply, 401)["error"], "insufficient_user_authentication");
    assert_eq!(
        reply.header("www-authenticate"),
        Some(
            r#"Bearer realm="https://zitadel.example", error="insufficient_user_authentication", max_age="60", acr_values="urn:mfa""#
        )
    );
    // Nor does a page load of a route that is an API.
    let api = app.zitadel.clone().with_api_path("/payments");
    let authentication = api.authenticate(browser.navigation("GET", "/payments")).await;
    assert_eq!(denied(&authentication, &FRESH).status, 401);
}

#[tokio::test]
async fn without_a_session_the_browser_goes_to_the_login_page() {
    let app = App::new();
    let reply = open(&mut app.browser(), "/payments", &FRESH).await.unwrap();
    assert_eq!(location(&reply), "/auth/login?callbackUrl=%2Fpayments");
}

#[tokio::test]
async fn login_page_of_the_application_is_not_asked_again() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    browser.zitadel = app.builder().pages(Pages::new().login_path("/auth/login")).build().unwrap();
    app.advance(61);
    let reply = open(&mut browser, "/payments", &FRESH).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/payments");
    assert!(open(&mut browser, "/payments", &FRESH).await.is_none());
}

#[tokio::test]
async fn form_that_requires_a_recent_login_is_not_sent_again() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(61);
    let authentication = browser.authenticate("POST", "/payments").await;
    let reply = denied(&authentication, &FRESH);
    assert_eq!(location(&reply), "/auth/step-up?max_age=60");
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    assert_eq!(location(&browser.callback(&callback).await), "/profile", "the page after login");
}

/// Another account may be taken, and what the page requires besides is decided again.
#[tokio::test]
async fn another_user_may_log_in() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(61);
    let reply = open(&mut browser, "/payments", &FRESH.role("admin")).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "bob");
    assert_eq!(location(&browser.callback(&callback).await), "/payments");
    assert_page(&open(&mut browser, "/payments", &FRESH.role("admin")).await.unwrap(), 403, "Not for this account");
}

#[tokio::test]
async fn session_that_stays_when_the_browser_is_closed_stays_so() {
    let app = App::new();
    let mut browser = app.browser();
    let reply = browser.post(Endpoint::LoginPost, "/auth/signin/zitadel", "remember=true").await;
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    browser.callback(&callback).await;
    app.advance(61);
    let reply = open(&mut browser, "/payments", &FRESH).await.unwrap();
    let url = follow(&mut browser, &reply).await;
    let callback = app.emulator.authorize_as(&url, "alice");
    let reply = browser.callback(&callback).await;
    let name = app.zitadel.session_cookie_name().unwrap();
    let lines = reply.headers.iter().filter(|(header, value)| *header == "set-cookie" && value.starts_with(name));
    let lines: Vec<_> = lines.collect();
    assert!(lines.iter().any(|(_, line)| line.contains("Max-Age=")), "{lines:?}");
}

#[tokio::test]
async fn forged_link_asks_for_another_login_and_for_nothing_weaker() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    app.advance(61);
    let head =
        browser.navigation("GET", "/auth/step-up?callbackUrl=https%3A%2F%2Fevil.example&max_age=99999999&prompt=none");
    let reply = browser.serve(Endpoint::StepUp, &head, "").await;
    let sent = query(location(&reply));
    assert_eq!(sent["prompt"], "login");
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    app.advance(61);
    assert_eq!(location(&browser.callback(&callback).await), "/profile", "no other site");
    assert!(open(&mut browser, "/payments", &FRESH).await.is_some(), "the page decides");
    for target in ["/auth/step-up?max_age=nonsense&acr_values=%0A", "/auth/step-up", "/auth/step-up?max_age=-1"] {
        let reply = browser.get(Endpoint::StepUp, target).await;
        assert!(!query(location(&reply)).contains_key("max_age"), "{target}");
    }
}

#[tokio::test]
async fn prefetch_of_the_link_starts_nothing() {
    let app = App::new();
    let mut browser = app.logged_in("alice").await;
    let mut head: RequestHead = browser.navigation("GET", "/auth/step-up?max_age=60");
    head.header("sec-purpose", b"prefetch");
    assert_eq!(browser.serve(Endpoint::StepUp, &head, "").await.status, 204);
    assert_eq!(browser.pending_logins(), []);
}

#[tokio::test]
async fn classes_are_a_wish_of_a_login_and_not_compared() {
    let app = App::new();
    let mut browser = app.browser();
    let options = LoginOptions::new().acr_values(["urn:mfa", "urn:pwd"]);
    let reply = app.zitadel.login(&browser.navigation("GET", "/again"), &options, None).await;
    browser.store_cookies(&reply);
    assert_eq!(query(location(&reply))["acr_values"], "urn:mfa urn:pwd");
    let callback = app.emulator.authorize_as(location(&reply), "alice");
    assert_eq!(browser.callback(&callback).await.status, 302);
    assert_eq!(browser.open("/").await.unwrap().acr(), None);
}

#[tokio::test]
async fn response_to_a_denied_request_carries_the_session() {
    let app = App::new();
    let browser = app.logged_in("alice").await;
    app.advance(400);
    let authentication = browser.authenticate("GET", "/payments").await;
    let denied = authentication.authorize(&FRESH).unwrap_err();
    assert_eq!(denied.code(), ErrorCode::InsufficientAuthentication);
    assert_eq!(Headers::from_authentication(&authentication).all("set-cookie").len(), 1);
    assert!(!denied.to_reply().header("location").unwrap().starts_with(BASE));
}
