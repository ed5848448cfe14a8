//! The access token of a user, for calling other APIs: `flow/access_token` has the rules.

use std::{sync::Arc, time::Duration};

use zitadel_core::{
    AccessToken, Authentication, ErrorCode, RequestHead, User, UserTokenError, environment::TransportError,
};
use zitadel_emulator::{AccessTokenType, EndpointName, Fault};

use crate::{
    stored_sessions::Stored,
    support::{App, Browser, Headers, Log, ObservedStore, emulator, refreshes},
};

/// Whether the provider accepts a token now.
fn is_active(app: &App, token: &AccessToken) -> bool {
    let request = http::Request::get("https://zitadel.example/oidc/v1/userinfo")
        .header("authorization", format!("Bearer {}", token.expose()));
    let response = app.emulator.respond(request.body(Vec::new()).unwrap());
    futures_util::FutureExt::now_or_never(response).unwrap().unwrap().status() == 200
}

async fn request(browser: &Browser) -> Authentication {
    browser.authenticate("GET", "/profile").await
}

/// A user kept beyond their request, as a WebSocket keeps it.
async fn kept(browser: &mut Browser) -> User {
    browser.open("/profile").await.unwrap()
}

fn bearer(token: &str) -> RequestHead {
    let mut head = RequestHead::new("GET", "/api");
    head.header("authorization", format!("Bearer {token}").as_bytes());
    head
}

#[tokio::test]
async fn rule_1_presented_token_is_that_of_the_request_and_of_nothing_else() {
    let emulator = emulator();
    emulator.client().set_access_token_type(AccessTokenType::Jwt);
    let project = emulator.client().snapshot().project_id;
    let app = App::with(emulator, &[("ZITADEL_API_AUDIENCE", &project)]);
    let presented = app.emulator.access_token_for("alice");
    // The second request is answered from memory.
    for _ in 0..2 {
        let authentication = app.zitadel.authenticate(bearer(&presented)).await;
        let token = authentication.access_token().await.unwrap();
        assert_eq!(token.expose(), presented);
        assert_eq!(token.expires_at(), authentication.user().unwrap().access_token_info().unwrap().expires_at());
        let user = authentication.user().unwrap();
        assert_eq!(app.zitadel.access_token(user).await, Err(UserTokenError::InRequestOnly));
        for shown in
            [format!("{token:?}"), format!("{user:?}"), format!("{authentication:?}"), format!("{:?}", app.zitadel)]
        {
            assert!(!shown.contains(&presented) && !shown.contains(&presented[presented.len() - 10..]), "{shown}");
        }
        let denied = authentication.access_token_after_rejection(&token).await.unwrap_err();
        assert_eq!(denied.code(), ErrorCode::InvalidToken, "its client has to get another one");
    }
    assert_eq!(refreshes(&app.emulator), 0);
}

#[tokio::test]
async fn rule_2_token_of_a_session_costs_nothing_while_it_is_not_due() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    let store = ObservedStore::new(&app.store);
    let browser = Browser { zitadel: app.builder().store(store.clone()).build().unwrap(), ..browser };
    let authentication = request(&browser).await;
    let calls = store.calls();
    let token = authentication.access_token().await.unwrap();
    assert!(is_active(&app, &token));
    assert_eq!(token.expires_at(), authentication.user().unwrap().session().unwrap().access_token_expires_at());
    assert_eq!((store.calls() - calls, refreshes(&app.emulator)), (0, 0));
    assert_eq!(app.zitadel.access_token(authentication.user().unwrap()).await.unwrap(), token);
    assert_ne!(request(&app.logged_in("bob").await).await.access_token().await.unwrap(), token);
}

#[tokio::test]
async fn rule_2_token_that_is_due_is_that_of_the_successor_of_another_request() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    let before = app.zitadel.access_token(&user).await.unwrap();
    app.advance(590);
    let mut other = browser.clone();
    other.open("/").await.unwrap();
    let after = app.zitadel.access_token(&user).await.unwrap();
    assert!(after != before && is_active(&app, &after) && !is_active(&app, &before));
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn rule_2_token_that_becomes_due_while_a_handler_runs_is_refreshed_and_the_response_carries_the_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let authentication = request(&browser).await;
    app.advance(601);
    let (one, other) = tokio::join!(authentication.access_token(), authentication.access_token());
    let token = one.unwrap();
    assert_eq!(other.unwrap(), token);
    assert!(is_active(&app, &token));
    assert_eq!(refreshes(&app.emulator), 1);
    browser.receive(&authentication);
    // Long after a successor is forgotten.
    app.advance(500);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    app.advance(110);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 2);
}

#[tokio::test]
async fn rule_2_session_that_the_response_renews_anyway_is_replaced_by_the_refreshed_one() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    // The cookie is due to be written again, and the tokens are not due.
    app.advance(500);
    let authentication = request(&browser).await;
    let written = authentication.clone();
    app.advance(101);
    authentication.access_token().await.unwrap();
    let headers = Headers::from_authentication(&written);
    let sessions = headers.all("set-cookie").into_iter().filter(|line| line.starts_with("zitadel.session"));
    assert_eq!(sessions.count(), 1, "{:?}", headers.0);
    assert_eq!(headers.all("cache-control"), ["no-store"]);
    // Whatever happened, the browser has the new session.
    for line in headers.all("set-cookie") {
        let (name, value) = line.split("; ").next().unwrap().split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
    }
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
}

#[tokio::test]
async fn rule_3_session_that_ended_has_no_token() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    let authentication = request(&browser).await;
    browser.clone().logout().await;
    assert_eq!(app.zitadel.access_token(&user).await, Err(UserTokenError::SessionEnded));
    app.advance(5);
    assert_eq!(authentication.access_token().await.unwrap_err().into_reply().status, 302, "another login");

    // By an administrator, on another replica; and after its time limits.
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    app.replica().end_sessions(user.subject()).await.unwrap();
    assert_eq!(app.zitadel.access_token(&user).await, Err(UserTokenError::SessionEnded));
    app.advance(1);
    let user = kept(&mut app.logged_in("alice").await).await;
    app.advance(3_601);
    assert_eq!(app.zitadel.access_token(&user).await, Err(UserTokenError::SessionEnded));
    let token = AccessToken::clone(&request(&app.logged_in("bob").await).await.access_token().await.unwrap());
    assert_eq!(app.zitadel.access_token_after_rejection(&user, &token).await, Err(UserTokenError::SessionEnded));
}

#[tokio::test]
async fn rule_3_stored_session_that_ended_has_no_token_and_one_that_was_used_since_goes_on() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let zitadel = browser.zitadel.clone();
    let user = kept(&mut browser).await;
    for _ in 0..3 {
        stored.app.advance(3_000);
        browser.open("/").await.unwrap();
    }
    // Beyond the idle limit of the request that the user came from.
    let token = zitadel.access_token(&user).await.unwrap();
    assert!(is_active(&stored.app, &token));
    browser.logout().await;
    assert_eq!(zitadel.access_token(&user).await, Err(UserTokenError::SessionEnded));
    assert_eq!(zitadel.access_token_after_rejection(&user, &token).await, Err(UserTokenError::SessionEnded));
}

#[tokio::test]
async fn rule_3_store_that_does_not_answer_means_neither() {
    for mode in ["cookie", "stored"] {
        let app = App::with(emulator(), &[("SESSION_MODE", mode)]);
        let store = ObservedStore::new(&app.store);
        let mut browser = app.browser_of(app.builder().store(store.clone()).build().unwrap());
        browser.login("alice", "/").await;
        let authentication = request(&browser).await;
        let user = authentication.user().unwrap();
        store.set_down(true);
        assert!(authentication.access_token().await.is_ok(), "the store was asked a moment ago");
        app.advance(5);
        assert_eq!(browser.zitadel.access_token(user).await, Err(UserTokenError::StoreUnavailable));
        let log = Log::collect();
        let denied = authentication.access_token().await.unwrap_err();
        assert_eq!((denied.code(), denied.into_reply().status), (ErrorCode::StoreUnavailable, 503));
        assert!(log.event("user_token_not_available").contains("the store is not available"));
        store.set_down(false);
        assert!(authentication.access_token().await.is_ok());
    }
}

/// The response of a kept user was made long ago.
#[tokio::test]
async fn rule_4_session_in_a_cookie_is_not_refreshed_where_no_response_can_carry_it() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    let authentication = request(&browser).await;
    browser.receive(&authentication);
    app.advance(590);
    let token = app.zitadel.access_token(&user).await.unwrap();
    assert!(is_active(&app, &token), "it is due, and valid");
    app.advance(20);
    assert_eq!(app.zitadel.access_token(&user).await, Err(UserTokenError::NotRenewable));
    assert_eq!(app.zitadel.access_token_after_rejection(&user, &token).await, Err(UserTokenError::NotRenewable));
    let denied = authentication.access_token().await.unwrap_err();
    assert_eq!((denied.code(), denied.into_reply().status), (ErrorCode::SessionExpired, 401));
    assert_eq!(refreshes(&app.emulator), 0);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1, "nothing was lost");
    assert!(is_active(&app, &app.zitadel.access_token(&user).await.unwrap()), "that of the other request");
}

#[tokio::test]
async fn rule_4_stored_session_is_refreshed_wherever_it_is_asked_for() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let zitadel = browser.zitadel.clone();
    let user = kept(&mut browser).await;
    stored.app.advance(601);
    let token = zitadel.access_token(&user).await.unwrap();
    assert!(is_active(&stored.app, &token));
    assert_eq!(refreshes(&stored.app.emulator), 1);
    // Long after a successor is forgotten, on another replica, with the cookie of before.
    stored.app.advance(500);
    let mut elsewhere = stored.elsewhere(&browser);
    assert_eq!(elsewhere.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    assert_eq!(zitadel.access_token(&user).await.unwrap(), token);
    assert_eq!(refreshes(&stored.app.emulator), 1);
}

#[tokio::test]
async fn rule_4_session_without_refresh_token_has_a_token_until_it_expires() {
    let app = App::new();
    app.emulator.client().set_access_token_lifetime(Duration::from_secs(600));
    app.emulator.fault(EndpointName::Token, Fault::NoRefreshToken);
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    assert!(app.zitadel.access_token(&user).await.is_ok());
    app.advance(601);
    let authentication = request(&browser).await;
    assert!(authentication.user().is_some(), "the session goes on");
    assert_eq!(authentication.access_token().await.unwrap_err().code(), ErrorCode::SessionExpired);
    assert_eq!(app.zitadel.access_token(&user).await, Err(UserTokenError::NotRenewable));
}

#[tokio::test]
async fn rule_5_provider_that_is_down_costs_nothing_until_the_token_expires() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    let early = request(&browser).await;
    app.advance(590);
    app.transport.fail(TransportError::Connect);
    let authentication = request(&browser).await;
    let sent = app.transport.sent().len();
    let token = authentication.access_token().await.unwrap();
    assert_eq!(app.transport.sent().len(), sent, "authentication has just tried");
    assert!(is_active(&app, &token));
    assert_eq!(early.access_token().await.unwrap(), token, "tried, and of no consequence");
    app.advance(20);
    let denied = early.access_token().await.unwrap_err();
    assert_eq!((denied.code(), denied.into_reply().header("retry-after")), (ErrorCode::ProviderUnavailable, Some("5")));
}

#[tokio::test(start_paused = true)]
async fn rule_5_provider_that_hangs_is_waited_for_two_seconds_while_the_token_is_valid() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    let authentication = request(&browser).await;
    app.advance(590);
    app.transport.set_hanging(true);
    let within = |limit| tokio::time::timeout(Duration::from_millis(limit), authentication.access_token());
    assert!(within(1_999).await.is_err(), "it is waited for");
    assert!(within(2_001).await.unwrap().is_ok());
    app.advance(20);
    assert!(within(3_000).await.is_err(), "longer than for a token that is valid");
    assert_eq!(within(12_001).await.unwrap().unwrap_err().code(), ErrorCode::ProviderUnavailable);
}

#[tokio::test]
async fn rule_6_rejected_token_is_replaced_by_that_of_the_successor_without_a_refresh() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    let user = kept(&mut browser).await;
    let late = request(&browser).await;
    let rejected = late.access_token().await.unwrap();
    app.advance(590);
    browser.open("/").await.unwrap();
    assert!(!is_active(&app, &rejected), "the refresh revoked it");
    let newer = app.zitadel.access_token_after_rejection(&user, &rejected).await.unwrap();
    assert_eq!(late.access_token_after_rejection(&rejected).await.unwrap(), newer);
    assert!(newer != rejected && is_active(&app, &newer));
    assert_eq!(refreshes(&app.emulator), 1);
}

#[tokio::test]
async fn rule_6_rejected_token_is_refreshed_once_and_the_response_carries_the_session() {
    let app = App::with_short_lived_tokens();
    let mut browser = app.logged_in("alice").await;
    app.advance(60);
    let authentication = request(&browser).await;
    let rejected = authentication.access_token().await.unwrap();
    let newer = authentication.access_token_after_rejection(&rejected).await.unwrap();
    assert!(newer != rejected && is_active(&app, &newer));
    // An API that rejects every token.
    let denied = authentication.access_token_after_rejection(&newer).await.unwrap_err();
    assert_eq!((denied.code(), refreshes(&app.emulator)), (ErrorCode::SessionExpired, 1));
    browser.receive(&authentication);
    app.advance(400);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 1);
    app.advance(201);
    assert_eq!(browser.open("/").await.unwrap().session().unwrap().refresh_count(), 2, "nothing was lost");
}

#[tokio::test]
async fn rule_6_refusal_of_the_provider_ends_the_session() {
    let stored = Stored::new();
    let mut browser = stored.logged_in("alice").await;
    let zitadel = browser.zitadel.clone();
    let user = kept(&mut browser).await;
    let rejected = zitadel.access_token(&user).await.unwrap();
    stored.app.emulator.deactivate("alice");
    stored.app.advance(60);
    assert_eq!(zitadel.access_token_after_rejection(&user, &rejected).await, Err(UserTokenError::SessionEnded));
}

#[tokio::test]
async fn request_that_is_denied_has_no_token() {
    let app = App::with_short_lived_tokens();
    let browser = app.logged_in("alice").await;
    let mut head = browser.request("POST", "/profile");
    head.header("origin", b"https://evil.example");
    let authentication = app.zitadel.authenticate(head).await;
    assert_eq!(authentication.access_token().await.unwrap_err().code(), ErrorCode::CrossSite);
    let anonymous = app.zitadel.authenticate(app.browser().navigation("GET", "/profile")).await;
    assert_eq!(anonymous.access_token().await.unwrap_err().into_reply().status, 302);
}

#[test]
fn errors_are_told_apart_and_have_the_codes_of_the_documentation() {
    let guide = include_str!("../../../../docs/calling-apis.md");
    for error in [
        UserTokenError::SessionEnded,
        UserTokenError::NotRenewable,
        UserTokenError::InRequestOnly,
        UserTokenError::ProviderUnavailable,
        UserTokenError::StoreUnavailable,
        UserTokenError::Refused,
    ] {
        let row = format!("| `{error:?}` |");
        let line = guide.lines().find(|line| line.starts_with(&row)).unwrap_or_else(|| panic!("no row {row}"));
        assert!(line.contains(&format!("`{}`", error.code().as_str())), "{line}");
    }
    let _: Arc<dyn std::error::Error + Send + Sync> = Arc::new(UserTokenError::Refused);
}
